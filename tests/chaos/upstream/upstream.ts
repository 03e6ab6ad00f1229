/**
 * The whole of a lane's upstream: backend and auth server behind one front,
 * with TLS and HTTP/2 or without, and a proxy before it where there is one.
 */
import type { Random } from "../../support/random.ts";
import { Backend, type BackendOptions } from "./backend.ts";
import { Behind, byHello, Front } from "./front.ts";
import type { Grants } from "./grants.ts";
import { type Handlers, serveHttp1 } from "./http1.ts";
import { serveHttp2 } from "./http2.ts";
import { connectDoor, socksDoor } from "./proxies.ts";
import { Websockets } from "./websocket.ts";
import { denoWire } from "./wire.ts";

export interface UpstreamOptions extends BackendOptions {
  readonly random: Random;
  readonly grants: Grants;
  readonly isSecure: boolean;
  readonly proxy: "none" | "connect" | "socks";
  readonly violation: (text: string) => void;
}

const TLS = new URL("../../fixtures/tls/", import.meta.url);

/** The certificate that the server's is signed by. */
export const ROOT: string = new URL("root.pem", TLS).pathname;

export class Upstream implements AsyncDisposable {
  readonly front: Front;
  readonly proxy: Front | undefined;
  readonly #isSecure: boolean;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: {
      readonly front: Front;
      readonly proxy: Front | undefined;
      readonly isSecure: boolean;
      readonly stack: AsyncDisposableStack;
    },
  ) {
    this.front = parts.front;
    this.proxy = parts.proxy;
    this.#isSecure = parts.isSecure;
    this.#stack = parts.stack;
  }

  static async start(options: UpstreamOptions): Promise<Upstream> {
    const { random, count, isSecure, proxy, violation } = options;
    const backend = new Backend(options);
    const sockets = new Websockets(backend, options);
    const handlers: Handlers = {
      answer: (request, out) =>
        request.path.endsWith("/oauth/token")
          ? options.grants.answer(request, out)
          : request.path.includes("/models")
          ? out.answer(200, JSON_LINES, MODELS)
          : backend.answer(request, out),
      upgrade: (request, wire, rest) => sockets.serve(request, wire, rest),
    };
    const stack = new AsyncDisposableStack();
    const serve = isSecure
      ? await secure(handlers, stack)
      : (wire: Parameters<typeof serveHttp1>[0]) => serveHttp1(wire, handlers);
    const counted = (where: string) => (spoiling: string) =>
      count(`${where}: ${spoiling}`);
    const front = stack.use(
      new Front({ random, serve, count: counted("connection") }),
    );
    await front.open();
    const tunnels = {
      random,
      target: () => front.port,
      astray: (target: string) =>
        violation(`the proxy was asked for ${target}`),
    };
    const before = proxy === "none" ? undefined : stack.use(
      new Front({
        random,
        serve: proxy === "connect" ? connectDoor(tunnels) : socksDoor(tunnels),
        count: counted("proxy"),
      }),
    );
    await before?.open();
    return new Upstream({ front, proxy: before, isSecure, stack });
  }

  get origin(): string {
    return `${
      this.#isSecure ? "https" : "http"
    }://127.0.0.1:${this.front.port}`;
  }

  /** Throws everybody out. */
  slam(): void {
    this.front.slam();
    this.proxy?.slam();
  }

  /** Whether any connection was cut since then. */
  hasCut(since: number): boolean {
    return this.front.lastCut >= since || (this.proxy?.lastCut ?? 0) >= since;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

const JSON_LINES = [["content-type", "application/json"]] as const;
const MODELS = new TextEncoder().encode('{"models":[]}');

async function secure(handlers: Handlers, stack: AsyncDisposableStack) {
  const tls = {
    cert: await Deno.readTextFile(new URL("server.pem", TLS)),
    key: await Deno.readTextFile(new URL("server.key", TLS)),
  };
  const behind = new Behind();
  const http2 = serveHttp2({
    ...tls,
    answer: handlers.answer,
    cut: (port, how) => behind.cut(port, how),
  });
  // Not waited for: some of its answers have no end.
  stack.defer(() => void http2.shutdown());
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener = Deno.listenTls({ ...address, ...tls });
  stack.defer(() => listener.close());
  void (async () => {
    while (true) {
      const connection = await listener.accept().catch((error) => {
        if (error instanceof Deno.errors.BadResource) throw error;
      });
      if (connection) {
        void serveHttp1(denoWire(connection), handlers).catch(() => {});
      }
    }
  })().catch(() => {});
  return byHello(behind, {
    http1: listener.addr.port,
    http2: http2.addr.port,
  });
}

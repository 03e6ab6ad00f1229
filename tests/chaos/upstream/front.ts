/**
 * The door of an upstream: takes connections, spoils some of them, and is shut
 * or slams at times.
 *
 * With TLS it looks at the client's hello, as a load balancer does: who offers
 * HTTP/2 gets it, a websocket does not offer it.
 */
import { concat } from "@std/bytes";
import { createServer, type Server } from "node:net";
import type { Random } from "../../support/random.ts";
import { chooseSpoiling, spoiled } from "./spoiled.ts";
import { denoWire, join, socketWire, type Wire } from "./wire.ts";

export type Door = (wire: Wire) => Promise<void>;

export interface FrontOptions {
  readonly random: Random;
  /** Serves what comes in. */
  readonly serve: Door;
  /** Is told how a connection was spoiled. */
  readonly count: (spoiling: string) => void;
}

export class Front implements AsyncDisposable {
  readonly #options: FrontOptions;
  readonly #open = new Set<Wire>();
  #server: Server | undefined;
  #port = 0;
  /** When a connection was last cut by its spoiling. */
  lastCut = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, again on the port it had. */
  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((socket) =>
      void this.#take(socketWire(socket))
    );
    server.on("error", () => {});
    await new Promise<void>((done) => {
      server.listen(this.#port, "127.0.0.1", done);
    });
    const address = server.address();
    if (typeof address === "object" && address) this.#port = address.port;
    this.#server = server;
  }

  /** Nobody gets in; who is in stays. */
  shut(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Everybody who is in is thrown out. */
  slam(): void {
    for (const wire of this.#open) wire.reset();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.shut();
    this.slam();
    return Promise.resolve();
  }

  async #take(wire: Wire): Promise<void> {
    const { random, serve, count } = this.#options;
    const spoiling = chooseSpoiling(random);
    count(spoiling.name);
    this.#open.add(wire);
    const cut = () => void (this.lastCut = Date.now());
    await serve(spoiled(wire, spoiling, cut)).catch(() => {});
    wire.close();
    this.#open.delete(wire);
  }
}

/** The connections behind a front, by the port they come in from. */
export class Behind {
  readonly #wires = new Map<number, Wire>();

  cut(port: number, how: "close" | "reset"): void {
    this.#wires.get(port)?.[how]();
  }

  /** Carries one that came in to where it belongs. */
  async join(wire: Wire, port: number, first: Uint8Array): Promise<void> {
    const address = { hostname: "127.0.0.1", port };
    const connection = await Deno.connect(address);
    const { port: from } = connection.localAddr;
    this.#wires.set(from, wire);
    const behind = denoWire(connection);
    await behind.write(first);
    await join(wire, behind);
    this.#wires.delete(from);
  }
}

/** Serves TLS behind a front: the hello says which of two ports. */
export function byHello(
  behind: Behind,
  ports: { readonly http1: number; readonly http2: number },
): Door {
  return async (wire) => {
    const hello = await readHello(wire);
    if (!hello) return;
    const port = offersHttp2(hello) ? ports.http2 : ports.http1;
    await behind.join(wire, port, hello);
  };
}

/** The first record: five bytes, the last two its length. */
async function readHello(wire: Wire) {
  let hello = new Uint8Array();
  while (true) {
    const [, , , high, low] = hello;
    const isWhole = high !== undefined && low !== undefined &&
      hello.length >= 5 + high * 256 + low;
    if (isWhole) return hello;
    const chunk = await wire.read();
    if (!chunk) return undefined;
    hello = concat([hello, chunk]);
  }
}

/** The name in the list of RFC 7301, behind its length. */
function offersHttp2(hello: Uint8Array): boolean {
  return hello.some((byte, at) =>
    byte === 2 && hello[at + 1] === 0x68 && hello[at + 2] === 0x32
  );
}

/**
 * HTTP/2 behind TLS: streams that end with an error, connections that are cut
 * under all of their streams.
 *
 * By the runtime's own server; the one of `node:http2` ends the whole process
 * when a connection is given up at the wrong moment.
 */
import { concat } from "@std/bytes";
import type { Handlers } from "./http1.ts";
import type { HeaderLines, Output } from "./stage.ts";

export interface Http2Options {
  readonly cert: string;
  readonly key: string;
  readonly answer: Handlers["answer"];
  /** Cuts the connection that came in from this port. */
  readonly cut: (port: number, how: "close" | "reset") => void;
}

export function serveHttp2(
  { cert, key, answer, cut }: Http2Options,
): Deno.HttpServer<Deno.NetAddr> {
  const address = { hostname: "127.0.0.1", port: 0, onListen() {} };
  return Deno.serve(
    { ...address, cert, key, onError: () => new Response(null) },
    async (request, { remoteAddr }) => {
      const body = new Uint8Array(await request.arrayBuffer());
      const { pathname, search } = new URL(request.url);
      const output = new Http2Output(
        request.signal,
        (how) => cut(remoteAddr.port, how),
      );
      void answer({
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body,
      }, output).catch(() => output.reset());
      return await output.response;
    },
  );
}

class Http2Output implements Output {
  readonly version = "http2";
  readonly connection = undefined;
  readonly gone: AbortSignal;
  readonly response: Promise<Response>;
  readonly #begin: (response: Response) => void;
  readonly #cut: (how: "close" | "reset") => void;
  readonly #body = new TransformStream<Uint8Array<ArrayBuffer>>();
  readonly #writer = this.#body.writable.getWriter();
  #hasBegun = false;

  constructor(gone: AbortSignal, cut: (how: "close" | "reset") => void) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.gone = gone;
    this.response = promise;
    this.#begin = resolve;
    this.#cut = cut;
    this.#writer.closed.catch(() => {});
  }

  /** The runtime has no such answers. */
  inform = (): Promise<void> => Promise.resolve();

  head = (status: number, lines: HeaderLines = []): Promise<void> => {
    this.#answer(status, lines, this.#body.readable);
    return Promise.resolve();
  };

  write = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length === 0) return;
    await this.#writer.write(concat([bytes])).catch(() => {});
  };

  end = async (): Promise<void> => {
    await this.#writer.close().catch(() => {});
  };

  answer = (
    status: number,
    lines: HeaderLines,
    body: Uint8Array,
  ): Promise<void> => {
    this.#answer(status, lines, body.length === 0 ? null : concat([body]));
    return Promise.resolve();
  };

  reset = async (): Promise<void> => {
    // Before the head there is no stream that could end alone.
    if (!this.#hasBegun) return await this.hangUp("reset");
    await this.#writer.abort(new Error("reset")).catch(() => {});
  };

  hangUp = (how: "close" | "reset" = "close"): Promise<void> => {
    this.#cut(how);
    this.#answer(500, [], null);
    return Promise.resolve();
  };

  #answer(
    status: number,
    lines: HeaderLines,
    body:
      | ReadableStream<Uint8Array<ArrayBuffer>>
      | Uint8Array<ArrayBuffer>
      | null,
  ): void {
    this.#hasBegun = true;
    const headers = new Headers();
    for (const [name, value] of lines) headers.append(name, value);
    this.#begin(new Response(body, { status, headers }));
  }
}

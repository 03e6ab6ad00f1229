/** HTTP/2 behind TLS: streams that are reset, connections that say goodbye. */
import { concat } from "@std/bytes";
import { Buffer } from "node:buffer";
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Handlers } from "./http1.ts";
import type { HeaderLines, Output } from "./stage.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const INTERNAL_ERROR = 2;

export interface Http2Server extends AsyncDisposable {
  readonly port: number;
}

export async function serveHttp2(
  tls: { readonly cert: string; readonly key: string },
  { answer }: Pick<Handlers, "answer">,
): Promise<Http2Server> {
  const server = createSecureServer(tls);
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  server.on("error", () => {});
  server.on("sessionError", () => {});
  server.on("tlsClientError", () => {});
  server.on("stream", (stream, headers) => {
    void serveStream(stream, headers, answer);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    [Symbol.asyncDispose]: () => {
      for (const session of sessions) session.destroy();
      server.close();
      return Promise.resolve();
    },
  };
}

async function serveStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  answer: Handlers["answer"],
): Promise<void> {
  const gone = new AbortController();
  stream.on("error", () => gone.abort());
  stream.on("close", () => gone.abort());
  stream.on("aborted", () => gone.abort());
  const body = await readBody(stream, gone.signal);
  if (!body) return;
  const plain = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) {
      plain.set(name, [value].flat().join("; "));
    }
  }
  const request = {
    method: String(headers[":method"]),
    path: String(headers[":path"]),
    headers: plain,
    body,
  };
  await answer(request, outputOf(stream, gone.signal)).catch(() => {
    if (!gone.signal.aborted) stream.close(INTERNAL_ERROR);
  });
}

function readBody(
  stream: ServerHttp2Stream,
  gone: AbortSignal,
): Promise<Bytes | undefined> {
  const parts: Bytes[] = [];
  return new Promise((resolve) => {
    stream.on("data", (chunk: Uint8Array) => parts.push(new Uint8Array(chunk)));
    stream.on("end", () => resolve(concat(parts)));
    gone.addEventListener("abort", () => resolve(undefined));
  });
}

function outputOf(stream: ServerHttp2Stream, gone: AbortSignal): Output {
  const isOpen = () => !gone.aborted && !stream.destroyed && !stream.closed;
  const head = (status: number, lines: HeaderLines = []) => {
    if (isOpen()) stream.respond({ ":status": status, ...grouped(lines) });
    return Promise.resolve();
  };
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      if (!isOpen()) return resolve();
      gone.addEventListener("abort", () => resolve(), { once: true });
      stream.write(Buffer.from(bytes), () => resolve());
    });
  const end = () => {
    if (isOpen()) stream.end();
    return Promise.resolve();
  };
  return {
    version: "http2",
    connection: undefined,
    gone,
    head,
    inform: (status, lines = []) => {
      if (isOpen()) {
        stream.additionalHeaders({ ":status": status, ...grouped(lines) });
      }
      return Promise.resolve();
    },
    write,
    end,
    answer: async (status, lines, body) => {
      await head(status, lines);
      if (body.length > 0) await write(body);
      await end();
    },
    reset: () => {
      if (isOpen()) stream.close(INTERNAL_ERROR);
      return Promise.resolve();
    },
    hangUp: () => {
      stream.session?.destroy();
      return Promise.resolve();
    },
  };
}

/** Lines of one name become a list. */
function grouped(lines: HeaderLines): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of lines) (headers[name] ??= []).push(value);
  return headers;
}

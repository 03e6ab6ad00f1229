/**
 * An upstream that speaks HTTP/2 over TLS, keeps its turns open until it is
 * told to end them, and can lose a connection.
 */
import {
  createSecureServer,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";

const FILES = new URL("../fixtures/tls/", import.meta.url);

/** A test whose turns do not come must end all the same. */
const PATIENCE_MS = 20_000;

/** The root that its certificate is of. */
export function rootCertificate(): Promise<string> {
  return Deno.readTextFile(new URL("root.pem", FILES));
}

/** One turn under way. */
export interface H2Turn {
  /** Value of `chatgpt-account-id`. */
  readonly account: string;
  /** The connection, told apart by identity. */
  readonly session: Http2Session | undefined;
  /** Sends the rest of the answer. */
  end(): void;
}

export interface H2Upstream extends AsyncDisposable {
  /** For `--upstream`. */
  readonly url: string;
  /** Every turn so far, in order of arrival. */
  readonly turns: readonly H2Turn[];
  /** Resolves when `count` turns have come. */
  untilTurns(count: number): Promise<void>;
}

export async function h2Upstream(
  { maxStreams = 100 }: { readonly maxStreams?: number } = {},
): Promise<H2Upstream> {
  const [cert, key] = await Promise.all(
    ["server.pem", "server.key"].map((name) =>
      Deno.readTextFile(new URL(name, FILES))
    ),
  );
  const server = createSecureServer({
    cert,
    key,
    settings: { maxConcurrentStreams: maxStreams },
  });
  const sessions = new Set<Http2Session>();
  const turns: H2Turn[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  server.on("session", (session: Http2Session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "text/event-stream" });
    const number = turns.length;
    const response = { id: `resp_${number}` };
    send(stream, "response.created", { response });
    send(stream, "response.output_text.delta", { delta: "half " });
    turns.push({
      account: String(headers["chatgpt-account-id"]),
      session: stream.session,
      end: () => {
        send(stream, "response.output_text.delta", { delta: "whole" });
        send(stream, "response.completed", { response });
        stream.end();
      },
    });
    for (const { count, done } of waiting) if (turns.length >= count) done();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `https://127.0.0.1:${port}`,
    turns,
    untilTurns: async (count) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(
        () => reject(new Error(`${turns.length} of ${count} turns came`)),
        PATIENCE_MS,
      );
      waiting.push({ count, done: resolve });
      if (turns.length >= count) resolve();
      await promise.finally(() => clearTimeout(timer));
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function send(
  stream: ServerHttp2Stream,
  type: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  const data = JSON.stringify({ type, ...fields });
  stream.write(`event: ${type}\ndata: ${data}\n\n`);
}

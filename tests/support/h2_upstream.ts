/**
 * An upstream that speaks HTTP/2 over TLS, keeps its turns open until it is
 * told to end them, and can lose a connection. It is a program of its own
 * (`h2_server.mjs`).
 */
import { join } from "@std/path";
import {
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";

const FILES = new URL("../fixtures/tls/", import.meta.url);

/** A test whose turns do not come must end all the same. */
const PATIENCE_MS = 20_000;

/** The root that its certificate is of. */
export function rootCertificate(): Promise<string> {
  return Deno.readTextFile(new URL("root.pem", FILES));
}

/** A connection, told apart by identity. */
export interface H2Session {
  /** Loses the connection. */
  destroy(): void;
}

/** One turn under way. */
export interface H2Turn {
  /** Value of `chatgpt-account-id`. */
  readonly account: string;
  readonly session: H2Session;
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
  const child = new Deno.Command("node", {
    args: [
      join(import.meta.dirname ?? "", "h2_server.mjs"),
      JSON.stringify({ cert, key, maxStreams }),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const commands = child.stdin.getWriter();
  const command = (what: unknown) =>
    void commands.write(new TextEncoder().encode(`${JSON.stringify(what)}\n`))
      .catch(() => {});

  const port = Promise.withResolvers<number>();
  const turns: H2Turn[] = [];
  const sessions = new Map<number, H2Session>();
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  const sessionOf = (id: number): H2Session => {
    const session = sessions.get(id) ??
      { destroy: () => command({ destroy: id }) };
    sessions.set(id, session);
    return session;
  };
  const told = (line: string) => {
    const object = parseObject(line) ?? {};
    const listening = numberField(object, "port");
    if (listening !== undefined) return port.resolve(listening);
    const turn = objectField(object, "turn") ?? {};
    const number = turns.length;
    turns.push({
      account: stringField(turn, "account") ?? "",
      session: sessionOf(numberField(turn, "session") ?? -1),
      end: () => command({ end: number }),
    });
    for (const { count, done } of waiting) if (turns.length >= count) done();
  };
  const reading = (async () => {
    for await (const line of linesOf(child.stdout)) told(line);
    port.reject(new Error("the HTTP/2 server has ended"));
  })();
  port.promise.catch(() => {});

  return {
    url: `https://127.0.0.1:${await port.promise}`,
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
      await commands.close().catch(() => {});
      await reading;
      await child.status;
    },
  };
}

async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

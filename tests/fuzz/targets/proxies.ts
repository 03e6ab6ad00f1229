/**
 * What proxies answer, over real connections and in any pieces: a tunnel or an
 * error, the same whatever the pieces, and always an end.
 */
import { ownMessage } from "../../../lib/error_text.ts";
import { openTunnel } from "../../../lib/upstream/socket/tunnel.ts";
import { type Random, randomChunks } from "../../support/random.ts";
import { type Bytes, bytesOf, same, type Target } from "../target.ts";

const LATE_MS = 5_000;

interface Peer {
  readonly port: number;
  /** What the next connection is told, piece by piece. */
  pieces: readonly Uint8Array[];
}

let started: Peer | undefined;

/** One server for all: it answers at once, and closes behind the last piece. */
function peer(): Peer {
  if (started) return started;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const one: Peer = { port: listener.addr.port, pieces: [] };
  void (async () => {
    for await (const connection of listener) {
      void tell(connection, one.pieces).catch(() => {});
    }
  })();
  started = one;
  return one;
}

async function tell(
  connection: Deno.TcpConn,
  pieces: readonly Uint8Array[],
): Promise<void> {
  using _ = connection;
  connection.setNoDelay(true);
  for (const piece of pieces) {
    if (piece.length > 0) await connection.write(piece);
    await new Promise((done) => setTimeout(done, 0));
  }
  await connection.closeWrite();
  const buffer = new Uint8Array(1024);
  while (await connection.read(buffer) !== null);
}

async function outcome(
  scheme: string,
  pieces: readonly Uint8Array[],
): Promise<string> {
  const at = peer();
  at.pieces = pieces;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("late")), LATE_MS);
  try {
    const socket = await openTunnel({
      proxy: new URL(`${scheme}://user:word@127.0.0.1:${at.port}`),
      host: "chatgpt.com",
      port: 443,
      rootCertificates: [],
      signal: late.signal,
    });
    socket.destroy();
    return "open";
  } catch (error) {
    if (late.signal.aborted) throw new Error("never settled");
    const reason = ownMessage(error);
    // Whether the rest is there by then is a matter of time.
    return reason === "proxy: speaks unasked" ? "open" : reason;
  } finally {
    clearTimeout(timer);
  }
}

async function check(
  scheme: string,
  input: Bytes,
  random: Random,
): Promise<void> {
  const short = input.slice(0, 400);
  const longest = random.pick([8, 40, 400]);
  const pieces = randomChunks(random, short, longest);
  same(await outcome(scheme, pieces), await outcome(scheme, [short]), "cut");
}

export const CONNECT_ANSWERS: Target = {
  name: "connect answers",
  samples: [
    "HTTP/1.1 200 Connection established\r\n\r\n",
    "HTTP/1.0 200 OK\r\nvia: x\r\n\r\nrest",
    "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
  ].map(bytesOf),
  words: ["\r\n\r\n", "\n\n", "HTTP/1.1 ", "200", "999", ":", "\0"],
  check: (input, random) => check("http", input, random),
};

export const SOCKS_ANSWERS: Target = {
  name: "socks answers",
  samples: [
    [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80],
    [5, 2, 1, 0, 5, 0, 0, 3, 2, 104, 105, 0, 80],
    [5, 2, 1, 0, 5, 0, 0, 4, ...new Array<number>(16).fill(0), 0, 80],
    [5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0],
    [5, 255],
  ].map((bytes) => Uint8Array.from(bytes)),
  words: [Uint8Array.of(5), Uint8Array.of(5, 0), Uint8Array.of(0, 3, 255)],
  check: (input, random) => check("socks5", input, random),
};

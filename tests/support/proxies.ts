/**
 * Real proxies on loopback that keep a record: HTTP CONNECT and SOCKS5
 * (RFC 1928, user name and password as in RFC 1929).
 *
 * Whatever name a tunnel is asked for, it ends at `target`: a test can so see
 * which name was asked, and prove that nobody else resolved it.
 */
import { close, writeAll } from "./connection.ts";

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** What was asked for, as `host:port`, in order. */
  readonly asked: readonly string[];
  /** User name and password of the last tunnel, as `name:password`. */
  readonly credentials: () => string | undefined;
  /** Connections, whatever came of them. */
  readonly connections: () => number;
  /** Resolves when no connection is open any more. */
  readonly untilIdle: () => Promise<void>;
}

/** What it answers to a CONNECT instead of opening the tunnel. */
export interface ProxyOptions {
  readonly target: number;
  readonly refusal?: string;
  /** The head of an answer to CONNECT that opens the tunnel. */
  readonly accepts?: string;
  /** Reads the request and says nothing. */
  readonly isSilent?: boolean;
  readonly needsPassword?: boolean;
  /** How its own words, all in one count of bytes, go out. */
  readonly saying?: Saying;
  /** Kind, address and port in the reply of SOCKS5. Default: 127.0.0.1:0. */
  readonly bound?: readonly number[];
}

/** Bytes of an answer are sent in pieces, or only to a point. */
export interface Saying {
  /** A pause behind this byte, or behind each. */
  readonly cutAt?: number | "everywhere";
  /** Says no more behind this byte, and hangs up or stays. */
  readonly stopsAt?: number;
  readonly then?: "hangs up" | "stays";
}

export function connectProxy(
  options: ProxyOptions & { readonly cert?: string; readonly key?: string },
): Proxy {
  return proxy(options, async (connection, record) => {
    const { say } = record;
    const head = await readUntil(connection, "\r\n\r\n");
    record.asked(/^CONNECT (\S+) /.exec(head)?.[1] ?? head);
    const basic = /^proxy-authorization: Basic (\S+)/im.exec(head)?.[1];
    if (basic) {
      const bytes = Uint8Array.fromBase64(basic);
      record.credentials(new TextDecoder().decode(bytes));
    }
    if (options.isSilent) return false;
    const text = options.refusal ?? options.accepts ??
      "HTTP/1.1 200 Connection established\r\n";
    await say(new TextEncoder().encode(`${text}\r\n`));
    return options.refusal === undefined;
  });
}

export function socksProxy(options: ProxyOptions): Proxy {
  return proxy(options, async (connection, record) => {
    const { say } = record;
    const [, count = 0] = await read(connection, 2);
    await read(connection, count);
    if (options.isSilent) return false;
    const method = options.needsPassword ? 2 : 0;
    await say(Uint8Array.of(5, method));
    if (method === 2) {
      const name = await readText(connection, 1);
      record.credentials(`${name}:${await readText(connection)}`);
      await say(Uint8Array.of(1, 0));
    }
    const [, , , kind] = await read(connection, 4);
    const host = kind === 3
      ? await readText(connection)
      : (await read(connection, kind === 4 ? 16 : 4)).join(".");
    const [high = 0, low = 0] = await read(connection, 2);
    record.asked(`${host}:${high << 8 | low}`);
    const status = options.refusal === undefined ? 0 : 5;
    const { bound = [1, 127, 0, 0, 1, 0, 0] } = options;
    await say(Uint8Array.of(5, status, 0, ...bound));
    return status === 0;
  });
}

interface Asked {
  readonly asked: (target: string) => void;
  readonly credentials: (text: string) => void;
}

interface Record extends Asked {
  readonly say: (bytes: Uint8Array) => Promise<void>;
}

/** Accepts, lets `greet` speak the protocol, then carries bytes both ways. */
function proxy(
  { target, saying, cert, key }: {
    readonly target: number;
    readonly saying?: Saying;
    readonly cert?: string;
    readonly key?: string;
  },
  greet: (connection: Deno.Conn, record: Record) => Promise<boolean>,
): Proxy {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener = cert && key
    ? Deno.listenTls({ ...address, cert, key })
    : Deno.listen(address);
  const asked: string[] = [];
  let credentials: string | undefined;
  let connections = 0;
  const open = new Map<Deno.Conn, Promise<void>>();
  const record: Asked = {
    asked: (text) => asked.push(text),
    credentials: (text) => credentials = text,
  };
  const serve = async (connection: Deno.Conn) => {
    try {
      const say = sayer(connection, saying);
      if (await greet(connection, { ...record, say })) {
        await carry(connection, target);
      } // Whoever was refused, or not answered, leaves by itself.
      else await drain(connection);
    } catch {
      // The client left.
    } finally {
      close(connection);
      open.delete(connection);
    }
  };
  const loop = (async () => {
    for await (const connection of listener) {
      connections++;
      open.set(connection, serve(connection));
    }
  })().catch(() => {});
  return {
    port: listener.addr.transport === "tcp" ? listener.addr.port : 0,
    asked,
    credentials: () => credentials,
    connections: () => connections,
    untilIdle: async () => {
      await Promise.all(open.values());
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await loop;
      const served = [...open.values()];
      for (const connection of open.keys()) close(connection);
      await Promise.all(served);
    },
  };
}

/** Long enough that two pieces are read apart; nothing depends on it. */
const PAUSE_MS = 3;

function sayer(
  connection: Deno.Conn,
  { cutAt, stopsAt = Infinity, then = "hangs up" }: Saying = {},
): Record["say"] {
  if ("setNoDelay" in connection) {
    const { setNoDelay } = connection;
    if (typeof setNoDelay === "function") setNoDelay.call(connection, true);
  }
  let said = 0;
  return async (bytes) => {
    let from = 0;
    for (let at = 0; at <= bytes.length; at++) {
      const count = said + at;
      const isOver = count >= stopsAt;
      const isCut = cutAt === "everywhere" || cutAt === count;
      if (!isOver && !isCut && at < bytes.length) continue;
      await writeAll(connection, bytes.subarray(from, at));
      from = at;
      if (isOver && then === "stays") await drain(connection);
      if (isOver) throw new Error("this proxy says no more");
      if (isCut) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    said += bytes.length;
  };
}

async function carry(connection: Deno.Conn, port: number): Promise<void> {
  const upstream = await Deno.connect({ hostname: "127.0.0.1", port });
  const one = async (from: Deno.Conn, to: Deno.Conn) => {
    try {
      const buffer = new Uint8Array(65_536);
      while (true) {
        const size = await from.read(buffer);
        if (size === null) break;
        await writeAll(to, buffer.subarray(0, size));
      }
    } catch {
      // Either side is gone.
    }
    close(from);
    close(to);
  };
  await Promise.all([one(connection, upstream), one(upstream, connection)]);
}

async function drain(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (await connection.read(buffer) !== null);
}

async function readUntil(connection: Deno.Conn, end: string): Promise<string> {
  let text = "";
  while (!text.endsWith(end)) {
    text += String.fromCharCode(...await read(connection, 1));
  }
  return text;
}

/** A text behind `skip` bytes and one byte with its length. */
async function readText(connection: Deno.Conn, skip = 0): Promise<string> {
  await read(connection, skip);
  const [length = 0] = await read(connection, 1);
  return new TextDecoder().decode(await read(connection, length));
}

async function read(connection: Deno.Conn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const size = await connection.read(bytes.subarray(at));
    if (size === null) throw new Error("the client left");
    at += size;
  }
  return bytes;
}

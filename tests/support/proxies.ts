/**
 * Real proxies on loopback that keep a record: HTTP CONNECT and SOCKS5
 * (RFC 1928, user name and password as in RFC 1929).
 *
 * Whatever name a tunnel is asked for, it ends at `target`: a test can so see
 * which name was asked, and prove that nobody else resolved it.
 */

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
  /** Reads the request and says nothing. */
  readonly isSilent?: boolean;
  readonly needsPassword?: boolean;
}

export function connectProxy(
  options: ProxyOptions & { readonly cert?: string; readonly key?: string },
): Proxy {
  return proxy(options, async (connection, record) => {
    const head = await readUntil(connection, "\r\n\r\n");
    record.asked(/^CONNECT (\S+) /.exec(head)?.[1] ?? head);
    const basic = /^proxy-authorization: Basic (\S+)/im.exec(head)?.[1];
    if (basic) record.credentials(atob(basic));
    if (options.isSilent) return false;
    const text = options.refusal ?? "HTTP/1.1 200 Connection established\r\n";
    await write(connection, new TextEncoder().encode(`${text}\r\n`));
    return options.refusal === undefined;
  });
}

export function socksProxy(options: ProxyOptions): Proxy {
  return proxy(options, async (connection, record) => {
    const [, count = 0] = await read(connection, 2);
    await read(connection, count);
    if (options.isSilent) return false;
    const method = options.needsPassword ? 2 : 0;
    await write(connection, Uint8Array.of(5, method));
    if (method === 2) {
      const name = await readText(connection, 1);
      record.credentials(`${name}:${await readText(connection)}`);
      await write(connection, Uint8Array.of(1, 0));
    }
    const [, , , kind] = await read(connection, 4);
    const host = kind === 3
      ? await readText(connection)
      : (await read(connection, kind === 4 ? 16 : 4)).join(".");
    const [high = 0, low = 0] = await read(connection, 2);
    record.asked(`${host}:${high << 8 | low}`);
    const status = options.refusal === undefined ? 0 : 5;
    await write(
      connection,
      Uint8Array.of(5, status, 0, 1, 127, 0, 0, 1, 0, 0),
    );
    return status === 0;
  });
}

interface Record {
  readonly asked: (target: string) => void;
  readonly credentials: (text: string) => void;
}

/** Accepts, lets `greet` speak the protocol, then carries bytes both ways. */
function proxy(
  { target, cert, key }: {
    readonly target: number;
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
  const record: Record = {
    asked: (text) => asked.push(text),
    credentials: (text) => credentials = text,
  };
  const serve = async (connection: Deno.Conn) => {
    try {
      if (await greet(connection, record)) await carry(connection, target);
      // Whoever was refused, or not answered, leaves by itself.
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

async function carry(connection: Deno.Conn, port: number): Promise<void> {
  const upstream = await Deno.connect({ hostname: "127.0.0.1", port });
  const one = async (from: Deno.Conn, to: Deno.Conn) => {
    try {
      const buffer = new Uint8Array(65_536);
      while (true) {
        const size = await from.read(buffer);
        if (size === null) break;
        await write(to, buffer.subarray(0, size));
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

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed before.
  }
}

/**
 * The client's side of SOCKS5: CONNECT (RFC 1928), with a user name and a
 * password where there are some (RFC 1929). Opens and closes nothing.
 */
import { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import { once } from "node:events";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface SocksTarget {
  /** Sent as it is; a name is the proxy's to resolve. */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | undefined;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const PASSWORD = 2;
const CONNECT = 1;
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([[1, 4], [4, 16]]);
const NAME = 3;

/** What the proxy's reply means (RFC 1928, section 6). */
const REPLIES: readonly string[] = [
  "succeeded",
  "general failure",
  "connection not allowed",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "TTL expired",
  "command not supported",
  "address type not supported",
];

/** Rejects when the proxy says no, ends, or speaks something else. */
export async function greetSocks(
  socket: Socket,
  { host, port, credentials }: SocksTarget,
): Promise<void> {
  const methods = credentials
    ? [NO_AUTHENTICATION, PASSWORD]
    : [NO_AUTHENTICATION];
  socket.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method = -1] = await read(socket, 2);
  if (version !== VERSION) throw new Error("no SOCKS5 proxy");
  if (!methods.includes(method)) throw new Error("wants other credentials");
  if (method === PASSWORD && credentials) {
    await authenticate(socket, credentials);
  }

  const address = isIP(host) === 0 ? [NAME, ...counted(host)] : numeric(host);
  socket.write(
    Uint8Array.of(VERSION, CONNECT, 0, ...address, port >> 8, port & 255),
  );
  const [, status = 1, , kind = 0] = await read(socket, 4);
  if (status !== 0) {
    const reason = REPLIES[status] ?? `status ${status}`;
    throw new Error(`SOCKS5 ${reason}: ${host}:${port}`);
  }
  const [length = 0] = kind === NAME ? await read(socket, 1) : [];
  await read(socket, (ADDRESS_BYTES.get(kind) ?? length) + 2);
}

async function authenticate(
  socket: Socket,
  { username, password }: Credentials,
): Promise<void> {
  socket.write(Uint8Array.of(1, ...counted(username), ...counted(password)));
  const [, status] = await read(socket, 2);
  if (status !== 0) throw new Error("refuses the user name or password");
}

/** A text behind one byte with its length. */
function counted(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 255) throw new Error("more than 255 bytes for SOCKS5");
  return [bytes.length, ...bytes];
}

/** Kind and bytes of an address. IPv6 in the runtime's own spelling. */
function numeric(host: string): readonly number[] {
  if (isIP(host) === 4) return [1, ...host.split(".").map(Number)];
  const [head = "", tail = ""] = host.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const missing = 8 - groups(head).length - groups(tail).length;
  const zeros = Array.from({ length: missing }, () => "0");
  const all = [...groups(head), ...zeros, ...groups(tail)]
    .map((group) => parseInt(group, 16));
  return [4, ...all.flatMap((group) => [group >> 8, group & 255])];
}

/** Exactly `size` bytes; what is behind them stays in the socket. */
async function read(socket: Socket, size: number): Promise<Uint8Array> {
  while (true) {
    const chunk: unknown = socket.read(size);
    // At the end of the stream there may be less than asked for.
    if (chunk instanceof Buffer && chunk.length === size) return chunk;
    if (socket.readableEnded || socket.destroyed || chunk !== null) {
      throw new Error("closed the connection");
    }
    await readableOrOver(socket);
  }
}

async function readableOrOver(socket: Socket): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([
      once(socket, "readable", { signal }),
      once(socket, "end", { signal }),
      once(socket, "close", { signal }),
    ]);
  } finally {
    over.abort();
  }
}

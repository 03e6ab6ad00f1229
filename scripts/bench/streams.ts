/**
 * Many open streams that are read only now and then.
 *
 * Reading in batches keeps the load client cheap. What arrives between two
 * reads fits into the socket's buffer.
 */

import { connect } from "./exchange.ts";
import { sleep } from "./net.ts";

export interface OpenStreams {
  close(): void;
}

const LOOK_EVERY_MS = 200;
const OPEN_AT_ONCE = 50;

/** Opens `count` streams. Returns when each has got its first bytes. */
export async function openStreams(
  port: number,
  count: number,
  message: Uint8Array,
): Promise<OpenStreams> {
  const conns: Deno.TcpConn[] = [];
  while (conns.length < count) {
    const more = Math.min(OPEN_AT_ONCE, count - conns.length);
    conns.push(
      ...await Promise.all(
        Array.from({ length: more }, () => openOne(port, message)),
      ),
    );
  }
  let open = true;
  for (const conn of conns) drain(conn, () => open);
  return {
    close() {
      open = false;
      for (const conn of conns) conn.close();
    },
  };
}

async function openOne(
  port: number,
  message: Uint8Array,
): Promise<Deno.TcpConn> {
  const conn = await connect(port);
  await conn.write(message);
  await conn.read(new Uint8Array(4096));
  return conn;
}

async function drain(conn: Deno.Conn, open: () => boolean): Promise<void> {
  const buffer = new Uint8Array(16384);
  try {
    while (open()) {
      const count = await conn.read(buffer);
      if (count === null && open()) throw new Error("A stream ended early");
      await sleep(LOOK_EVERY_MS);
    }
  } catch (error) {
    if (open()) throw error;
  }
}

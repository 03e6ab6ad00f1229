/**
 * A connection as bytes in and bytes out, whatever is below it: a socket, or
 * one that spoils what passes.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import {
  close as closeConnection,
  writeAll,
} from "../../support/connection.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Wire {
  /** What came next; undefined at the end, however it came. */
  readonly read: () => Promise<Bytes | undefined>;
  /** Resolves also when nobody takes it: what is lost is told by `closed`. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly close: () => void;
  /** Ends it with an RST, where that can be done. */
  readonly reset: () => void;
  /** Aborts when the other side, or this one, has ended it. */
  readonly closed: AbortSignal;
}

/** More than this that nobody has read stays with the sender. */
const MAX_UNREAD = 1_048_576;

export function socketWire(socket: Socket): Wire {
  const closed = new AbortController();
  const arrived: Bytes[] = [];
  let unread = 0;
  let wake = () => {};
  const end = () => {
    closed.abort();
    wake();
  };
  socket.setNoDelay(true);
  socket.on("data", (chunk: Uint8Array) => {
    arrived.push(new Uint8Array(chunk));
    unread += chunk.length;
    if (unread > MAX_UNREAD) socket.pause();
    wake();
  });
  socket.on("error", end);
  socket.on("end", end);
  socket.on("close", end);
  return {
    closed: closed.signal,
    read: async () => {
      while (arrived.length === 0) {
        if (closed.signal.aborted) return undefined;
        await new Promise<void>((resolve) => wake = resolve);
      }
      const chunk = arrived.shift();
      unread -= chunk?.length ?? 0;
      if (unread <= MAX_UNREAD) socket.resume();
      return chunk;
    },
    write: (bytes) =>
      new Promise((resolve) => {
        if (closed.signal.aborted || socket.destroyed) return resolve();
        closed.signal.addEventListener("abort", () => resolve(), {
          once: true,
        });
        // A copy: what is handed over may be sent later.
        socket.write(Buffer.from(bytes), () => resolve());
      }),
    close: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

export function denoWire(connection: Deno.Conn): Wire {
  const closed = new AbortController();
  const close = () => {
    closed.abort();
    closeConnection(connection);
  };
  return {
    closed: closed.signal,
    read: async () => {
      const buffer = new Uint8Array(65_536);
      const size = await connection.read(buffer).catch(() => null);
      if (size !== null) return buffer.subarray(0, size);
      closed.abort();
      return undefined;
    },
    write: async (bytes) => {
      try {
        await writeAll(connection, bytes);
      } catch {
        closed.abort();
      }
    },
    close,
    reset: close,
  };
}

/** Carries bytes both ways until one side ends, then ends both. */
export async function join(one: Wire, other: Wire): Promise<void> {
  const carry = async (from: Wire, to: Wire) => {
    for (let chunk = await from.read(); chunk; chunk = await from.read()) {
      await to.write(chunk);
    }
    one.close();
    other.close();
  };
  await Promise.all([carry(one, other), carry(other, one)]);
}

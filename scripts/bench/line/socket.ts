/** A websocket that sends turns of any size, one at a time. */

import { benchRequest, SESSION } from "../request.ts";
import { handshake } from "../ws_handshake.ts";
import { encodeFrame, FrameReader, TEXT } from "../ws_frames.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
  /** A file with the root certificate of a place that speaks TLS. */
  readonly root?: string;
}

/** The function sends a turn and times it. */
export async function connectSocket(
  { host, port, root }: Place,
): Promise<(size: number) => Promise<{ readonly firstByteMs: number }>> {
  const tcp = await Deno.connect({ hostname: host, port });
  tcp.setNoDelay(true);
  const conn = root === undefined ? tcp : await Deno.startTls(tcp, {
    hostname: host,
    caCerts: [await Deno.readTextFile(root)],
  });
  await open(
    conn,
    root === undefined ? "/v1" : "/backend-api/codex",
    `${host}:${port}`,
  );
  const reader = new FrameReader(conn);
  return async (size) => {
    const frame = turn(size);
    const sentAt = performance.now();
    await write(conn, frame);
    let firstByteMs = NaN;
    let isOver = false;
    while (!isOver) {
      const isOpen = await reader.read((opcode, payload) => {
        if (opcode !== TEXT) return;
        if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - sentAt;
        const text = new TextDecoder().decode(payload);
        isOver ||= text.includes('"response.completed"');
      });
      if (!isOpen) throw new Error("A session was cut");
    }
    return { firstByteMs };
  };
}

async function open(conn: Deno.Conn, path: string, host: string) {
  const head = handshake({ host, path: `${path}/responses`, session: SESSION });
  await write(conn, new TextEncoder().encode(head));
  const buffer = new Uint8Array(4096);
  const answer = new TextDecoder().decode(
    buffer.subarray(0, await conn.read(buffer) ?? 0),
  );
  if (answer.startsWith("HTTP/1.1 101")) return;
  throw new Error(`Expected status 101, got: ${answer}`);
}

function turn(size: number): Uint8Array {
  const { body } = benchRequest({ size, session: SESSION });
  const text = `{"type":"response.create",${body.slice(1)}`;
  return encodeFrame(TEXT, new TextEncoder().encode(text), { masked: true });
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

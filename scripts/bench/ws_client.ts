/**
 * The load client for websockets: sessions that send turns.
 *
 * Looks only at the few bytes that tell the kind of an event.
 */
import { connect } from "./exchange.ts";
import { benchRequest } from "./request.ts";
import { kindOf, transitMs } from "./ws_answer.ts";
import { handshake } from "./ws_handshake.ts";
import {
  CLOSE,
  encodeFrame,
  FrameReader,
  PING,
  PONG,
  TEXT,
} from "./ws_frames.ts";

/** What was measured of one turn. */
export interface TurnTimes {
  /** Milliseconds from sending the turn to its first delta. */
  readonly firstDeltaMs: number;
}

interface OpenTurn {
  readonly sentAt: number;
  readonly done: PromiseWithResolvers<TurnTimes>;
  firstDeltaMs: number;
}

const OPEN_AT_ONCE = 25;
const encoder = new TextEncoder();

export class BenchSession {
  /** Events received in all turns. */
  events = 0;
  /** If set, collects each delta's transit in milliseconds. */
  transits: number[] | undefined;
  readonly #conn: Deno.Conn;
  readonly #turnFrame: Uint8Array;
  #turn: OpenTurn | undefined;
  #closed = false;

  constructor(conn: Deno.Conn, session: string) {
    this.#conn = conn;
    const { body } = benchRequest({ size: 1_000, session });
    const text = `{"type":"response.create",${body.slice(1)}`;
    this.#turnFrame = masked(TEXT, encoder.encode(text));
    this.#listen();
  }

  /** Sends a turn and waits for its end. One turn at a time. */
  async turn(): Promise<TurnTimes> {
    const done = Promise.withResolvers<TurnTimes>();
    this.#turn = { sentAt: performance.now(), done, firstDeltaMs: NaN };
    await write(this.#conn, this.#turnFrame);
    return await done.promise;
  }

  /** Closes; the official client sends no close frame, but others do. */
  async close(withFrame: boolean): Promise<void> {
    this.#closed = true;
    if (withFrame) {
      // 1000, normal closure (RFC 6455, section 7.4.1).
      await write(this.#conn, masked(CLOSE, new Uint8Array([3, 232])));
    }
    this.#conn.close();
  }

  async #listen(): Promise<void> {
    const reader = new FrameReader(this.#conn);
    const sink = this.#see.bind(this);
    try {
      while (await reader.read(sink));
      throw new Error("A session was cut");
    } catch (error) {
      if (this.#closed) return;
      if (!this.#turn) throw error;
      this.#turn.done.reject(error);
    }
  }

  #see(opcode: number, payload: Uint8Array): void {
    if (opcode === PING) {
      return void write(this.#conn, masked(PONG, payload));
    }
    const turn = this.#turn;
    if (opcode !== TEXT || !turn) {
      throw new Error(`Unexpected frame of opcode ${opcode}`);
    }
    this.events++;
    switch (kindOf(payload)) {
      case "created":
        return;
      case "delta":
        if (Number.isNaN(turn.firstDeltaMs)) {
          turn.firstDeltaMs = performance.now() - turn.sentAt;
        }
        this.transits?.push(transitMs(payload));
        return;
      case "completed":
        this.#turn = undefined;
        turn.done.resolve({ firstDeltaMs: turn.firstDeltaMs });
    }
  }
}

export async function openSessions(
  port: number,
  count: number,
): Promise<readonly BenchSession[]> {
  const sessions: BenchSession[] = [];
  while (sessions.length < count) {
    const more = Math.min(OPEN_AT_ONCE, count - sessions.length);
    sessions.push(
      ...await Promise.all(Array.from({ length: more }, () => open(port))),
    );
  }
  return sessions;
}

async function open(port: number): Promise<BenchSession> {
  const session = crypto.randomUUID();
  const conn = await connect(port);
  const request = handshake({
    host: `127.0.0.1:${port}`,
    path: "/v1/responses",
    session,
  });
  await write(conn, encoder.encode(request));
  // Nothing follows the head before the first turn.
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = await conn.read(buffer);
    if (count === null) break;
    head += new TextDecoder().decode(buffer.subarray(0, count));
  }
  if (head.startsWith("HTTP/1.1 101")) return new BenchSession(conn, session);
  throw new Error(`Expected status 101, got: ${head.slice(0, 600)}`);
}

function masked(opcode: number, payload: Uint8Array): Uint8Array {
  return encodeFrame(opcode, payload, { masked: true });
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
  }
}

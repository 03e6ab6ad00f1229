/**
 * The frames that answer a turn over a websocket, made once at the start.
 *
 * Deltas are like those of `answer.ts`. A paced delta carries the time when it
 * was sent, in the field where the real upstream has padding.
 */
import { concat } from "@std/bytes";
import { deflateRawSync } from "node:zlib";
import { encodeFrame, TEXT } from "./ws_frames.ts";

/** The frames of one turn as bytes. */
export interface TurnFrames {
  readonly created: Uint8Array;
  readonly deltas: readonly Uint8Array[];
  /**
   * Taken by turns: a gateway may take a second end of one response for a
   * repetition.
   */
  readonly completed: readonly [Uint8Array, Uint8Array];
  /** `BLOCK_DELTAS` deltas for one write. */
  readonly block: Uint8Array;
}

export const BLOCK_DELTAS = 20;

const DISTINCT_DELTAS = 500;
const UNSTAMPED = "0000000000000.000";
/** After the stamp come the ends of its string and of the object. */
const TAIL_BYTES = 2;
/** Where `created`, `completed` or another type begins. */
const TYPE_OFFSET = 18;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const CREATED = event("response.created", {
  response: { id: "resp_bench", object: "response", status: "in_progress" },
});

const DELTAS = Array.from(
  { length: DISTINCT_DELTAS },
  (_, index) =>
    event("response.output_text.delta", {
      sequence_number: index,
      item_id: "msg_0123456789abcdef",
      output_index: 0,
      content_index: 0,
      delta: ` token ${index}`,
      logprobs: [],
      obfuscation: UNSTAMPED,
    }),
);

export const PLAIN = turnFrames((payload) =>
  encodeFrame(TEXT, payload, { masked: false })
);

/** Compressed one by one, as `server_no_context_takeover` demands. */
export const COMPRESSED = turnFrames((payload) =>
  encodeFrame(TEXT, deflated(payload), { masked: false, compressed: true })
);

/** An uncompressed delta with the current time. */
export function stampedDelta(index: number): Uint8Array {
  const frame = (PLAIN.deltas[index % DISTINCT_DELTAS] ?? PLAIN.created)
    .slice();
  const stamp = now().toFixed(3);
  const at = frame.length - TAIL_BYTES - stamp.length;
  encoder.encodeInto(stamp, frame.subarray(at));
  return frame;
}

/** Milliseconds since another process sent a stamped delta. */
export function transitMs(payload: Uint8Array): number {
  const end = payload.length - TAIL_BYTES;
  const stamp = payload.subarray(end - UNSTAMPED.length, end);
  return now() - Number(decoder.decode(stamp));
}

/** The kind of a frame, from the few bytes that tell it. */
export function kindOf(payload: Uint8Array): "created" | "delta" | "completed" {
  if (payload[TYPE_OFFSET] !== 0x63 /* c */) return "delta";
  return payload[TYPE_OFFSET + 1] === 0x72 /* r */ ? "created" : "completed";
}

function turnFrames(encode: (payload: Uint8Array) => Uint8Array): TurnFrames {
  const deltas = DELTAS.map(encode);
  return {
    created: encode(CREATED),
    deltas,
    completed: [
      encode(completed("resp_bench")),
      encode(completed("resp_other")),
    ],
    block: concat(deltas.slice(0, BLOCK_DELTAS)),
  };
}

/** Raw deflate without its last four bytes (RFC 7692, section 7.2.1). */
function deflated(payload: Uint8Array): Uint8Array {
  // 2 is Z_SYNC_FLUSH.
  const bytes = new Uint8Array(deflateRawSync(payload, { finishFlush: 2 }));
  return bytes.subarray(0, bytes.length - 4);
}

function completed(id: string): Uint8Array {
  const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
  return event("response.completed", {
    response: { id, status: "completed", usage },
  });
}

function event(type: string, data: Record<string, unknown>): Uint8Array {
  return encoder.encode(JSON.stringify({ type, ...data }));
}

/** Milliseconds since the epoch, with fractions, the same in all processes. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Turns as bytes, to be sent by a raw upstream. */
import { concat } from "@std/bytes";
import { formatEvent } from "../../lib/protocol/sse.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

export function event(
  type: string,
  more: Readonly<Record<string, unknown>> = {},
): Bytes {
  return formatEvent(type, { type, ...more });
}

export const CREATED = event("response.created", {
  response: { id: "resp_1", status: "in_progress" },
});
export const DELTA = event("response.output_text.delta", {
  delta: "häß😀 \u2028",
});
export const COMPLETED = event("response.completed", {
  response: { id: "resp_1", status: "completed" },
});
export const WHOLE = concat([CREATED, DELTA, DELTA, COMPLETED]);

export function failed(code: string): Bytes {
  return event("response.failed", {
    response: { id: "resp_1", error: { code, message: `it is ${code}` } },
  });
}

export function text(bytes: Bytes): string {
  return new TextDecoder().decode(bytes);
}

/** `bytes` in pieces that end where `cuts` says; offsets in any order. */
export function cutAt(bytes: Bytes, cuts: readonly number[]): readonly Bytes[] {
  const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
  let from = 0;
  return ends.filter((end) => end > 0).map((end) => {
    const piece = bytes.slice(from, end);
    from = end;
    return piece;
  });
}

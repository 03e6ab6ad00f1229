/**
 * The answers of the benchmark's upstream as bytes, made once at the start.
 *
 * Events look like those of the Responses API. A delta has about 220 bytes and
 * a number, so that a lost or swapped event changes the digest.
 */
import { concat } from "@std/bytes";

const DISTINCT_DELTAS = 512;
const encoder = new TextEncoder();

const HEAD = encoder.encode([
  "HTTP/1.1 200 OK",
  "content-type: text/event-stream",
  "cache-control: no-cache",
  "x-request-id: req_bench",
  "transfer-encoding: chunked",
  "\r\n",
].join("\r\n"));

const CREATED = chunk("response.created", {
  response: { id: "resp_bench", object: "response", status: "in_progress" },
});

const ITEM = { type: "message", id: "msg_0123456789abcdef", role: "assistant" };
const PLACE = { item_id: ITEM.id, output_index: 0, content_index: 0 };
/** Of the first delta: in a longer answer nobody compares it. */
const TEXT = " token 0";

const ITEM_BEGINS = concat([
  chunk("response.output_item.added", {
    output_index: 0,
    item: { ...ITEM, status: "in_progress", content: [] },
  }),
  chunk("response.content_part.added", { ...PLACE, part: part("") }),
]);

const ITEM_ENDS = concat([
  chunk("response.output_text.done", { ...PLACE, text: TEXT }),
  chunk("response.content_part.done", { ...PLACE, part: part(TEXT) }),
  chunk("response.output_item.done", {
    output_index: 0,
    item: { ...ITEM, status: "completed", content: [part(TEXT)] },
  }),
]);

export const DELTAS: readonly Uint8Array[] = Array.from(
  { length: DISTINCT_DELTAS },
  (_, index) =>
    chunk("response.output_text.delta", {
      sequence_number: index,
      item_id: "msg_0123456789abcdef",
      output_index: 0,
      content_index: 0,
      delta: ` token ${index}`,
    }),
);

const COMPLETED = chunk("response.completed", {
  response: {
    id: "resp_bench",
    status: "completed",
    usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  },
});

/** The last chunk (RFC 9112, section 7.1). */
export const END = encoder.encode("0\r\n\r\n");

/** What is sent around the deltas of a stream. */
export interface AroundDeltas {
  /**
   * Head and events up to the first delta: a gateway may hold back all until
   * that.
   */
  readonly first: Uint8Array;
  /** All events after the last delta. */
  readonly last: Uint8Array;
  /** A short answer with one delta. */
  readonly whole: Uint8Array;
  /** Events in `first` and `last`. */
  readonly events: readonly [first: number, last: number];
}

export const PLAIN = around([CREATED], [COMPLETED], [2, 1]);

/** With the events of an output item. */
export const WITH_ITEM = around(
  [CREATED, ITEM_BEGINS],
  [ITEM_ENDS, COMPLETED],
  [4, 4],
);

export const REFUSAL = refusal();

function around(
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
  events: AroundDeltas["events"],
): AroundDeltas {
  const first = concat([HEAD, ...before, DELTAS[0] ?? END]);
  const last = concat([...after]);
  return { first, last, whole: concat([first, last, END]), events };
}

function part(text: string): Record<string, unknown> {
  return { type: "output_text", text, annotations: [] };
}

function chunk(type: string, data: Record<string, unknown>): Uint8Array {
  const json = JSON.stringify({ type, ...data });
  const event = `event: ${type}\ndata: ${json}\n\n`;
  return encoder.encode(`${event.length.toString(16)}\r\n${event}\r\n`);
}

function refusal(): Uint8Array {
  const error = { code: "rate_limit_exceeded", message: "Rate limit reached" };
  const body = JSON.stringify({ error: { type: "requests", ...error } });
  return encoder.encode(
    "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n" +
      `retry-after: 600\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

/**
 * The answers of the benchmark's upstream as bytes, made once at the start.
 *
 * Events look like those of the Responses API. A delta has about 220 bytes and
 * a number, so that a lost or swapped event changes the digest.
 */
import { concat } from "@std/bytes";

const DISTINCT_DELTAS = 500;
/** Deltas that leave in one write when there is no pause. */
export const BLOCK_DELTAS = 20;
const encoder = new TextEncoder();

const HEAD = encoder.encode([
  "HTTP/1.1 200 OK",
  "content-type: text/event-stream",
  "cache-control: no-cache",
  "x-request-id: req_bench",
  "transfer-encoding: chunked",
  "\r\n",
].join("\r\n"));

const CREATED = event("response.created", {
  response: { id: "resp_bench", object: "response", status: "in_progress" },
});

const ITEM = { type: "message", id: "msg_0123456789abcdef", role: "assistant" };
const PLACE = { item_id: ITEM.id, output_index: 0, content_index: 0 };
/** Of the first delta: in a longer answer nobody compares it. */
const TEXT = " token 0";

const ITEM_BEGINS = concat([
  event("response.output_item.added", {
    output_index: 0,
    item: { ...ITEM, status: "in_progress", content: [] },
  }),
  event("response.content_part.added", { ...PLACE, part: part("") }),
]);

const ITEM_ENDS = concat([
  event("response.output_text.done", { ...PLACE, text: TEXT }),
  event("response.content_part.done", { ...PLACE, part: part(TEXT) }),
  event("response.output_item.done", {
    output_index: 0,
    item: { ...ITEM, status: "completed", content: [part(TEXT)] },
  }),
]);

export const DELTA_EVENTS: readonly Uint8Array[] = Array.from(
  { length: DISTINCT_DELTAS },
  (_, index) =>
    event("response.output_text.delta", {
      sequence_number: index,
      item_id: "msg_0123456789abcdef",
      output_index: 0,
      content_index: 0,
      delta: ` token ${index}`,
    }),
);

/** Each as one chunk. */
export const DELTAS: readonly Uint8Array[] = DELTA_EVENTS.map(chunk);

/** All deltas again, `BLOCK_DELTAS` chunks for one write each. */
export const BLOCKS: readonly Uint8Array[] = Array.from(
  { length: DISTINCT_DELTAS / BLOCK_DELTAS },
  (_, index) =>
    concat(DELTAS.slice(index * BLOCK_DELTAS).slice(0, BLOCK_DELTAS)),
);

const COMPLETED = event("response.completed", {
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
  /** The events of `first`, without head and chunks. */
  readonly firstEvents: Uint8Array;
  readonly lastEvents: Uint8Array;
  /** Number of events in `first` and `last`. */
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
  const begin = [...before, ...DELTA_EVENTS.slice(0, 1)];
  const first = concat([HEAD, ...begin.map(chunk)]);
  const last = concat(after.map(chunk));
  return {
    first,
    last,
    whole: concat([first, last, END]),
    firstEvents: concat(begin),
    lastEvents: concat([...after]),
    events,
  };
}

function part(text: string): Record<string, unknown> {
  return { type: "output_text", text, annotations: [] };
}

function event(type: string, data: Record<string, unknown>): Uint8Array {
  const json = JSON.stringify({ type, ...data });
  return encoder.encode(`event: ${type}\ndata: ${json}\n\n`);
}

function chunk(bytes: Uint8Array): Uint8Array {
  const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  return concat([size, bytes, encoder.encode("\r\n")]);
}

function refusal(): Uint8Array {
  const error = { code: "rate_limit_exceeded", message: "Rate limit reached" };
  const body = JSON.stringify({ error: { type: "requests", ...error } });
  return encoder.encode(
    "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n" +
      `retry-after: 600\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

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

export const COMPLETED = chunk("response.completed", {
  response: {
    id: "resp_bench",
    status: "completed",
    usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  },
});

/** The last chunk (RFC 9112, section 7.1). */
export const END = encoder.encode("0\r\n\r\n");

/** Head and first two events: a gateway may hold back all until the second. */
export const FIRST = concat([HEAD, CREATED, DELTAS[0] ?? END]);

export const WHOLE = concat([FIRST, COMPLETED, END]);

export const REFUSAL = refusal();

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

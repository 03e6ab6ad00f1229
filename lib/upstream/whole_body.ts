/**
 * The body of an answer that is read whole: of a limited length, and without
 * the tokens of the account that asked.
 *
 * Passes nothing on before its end has come, for a token may stand anywhere.
 */
import { concat } from "@std/bytes";
import { bytesWithout } from "./secrets.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface WholeBodyOptions {
  /** Bytes; a longer body is an error, unless it may be cut. */
  readonly limit: number;
  /** Whether the beginning will do. */
  readonly mayCut: boolean;
  /** Tokens that must not be in it. */
  readonly secrets: readonly string[];
}

/** Reads nothing before somebody reads it; its errors close the connection. */
export function wholeBody(
  body: ReadableStream<Bytes>,
  options: WholeBodyOptions,
): ReadableStream<Bytes> {
  const reader = body.getReader();
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const read = await readWithin(reader, options);
      const bytes = bytesWithout(read, options.secrets);
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

async function readWithin(
  reader: ReadableStreamDefaultReader<Bytes>,
  { limit, mayCut }: WholeBodyOptions,
): Promise<Bytes> {
  const pieces: Bytes[] = [];
  for (let room = limit; room >= 0;) {
    const { done, value } = await reader.read();
    if (done) return concat(pieces);
    // A copy: what `fetch` decodes comes in pieces of 4 KiB that hold 64 each.
    pieces.push(value.slice(0, room));
    room -= value.length;
  }
  // Not waited for: what ends it may itself take long.
  void reader.cancel().catch(() => {});
  if (mayCut) return concat(pieces);
  throw new Error(`the answer is longer than ${limit} bytes`);
}

/**
 * The body of an answer, read whole: limited in length, and without the tokens
 * of the account that asked.
 *
 * Passes nothing on before the end has come, because a token may be anywhere.
 */
import { concat } from "@std/bytes";
import { REFUSAL_MS } from "../limits.ts";
import type { Runtime } from "../runtime.ts";
import { bytesWithout } from "./secrets.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface WholeBodyOptions {
  /** Bytes; a longer body is an error, unless it may be cut. */
  readonly limit: number;
  /**
   * Whether to return what has come of a body that is too long, slower than
   * `REFUSAL_MS` or broken off, instead of failing: a refusal says the most by
   * its status.
   */
  readonly mayCut: boolean;
  readonly after: Runtime["after"];
  /** Tokens that must not be in it. */
  readonly secrets: readonly string[];
}

/**
 * Reads upstream only when it is read itself; an error closes the connection.
 */
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
  { limit, mayCut, after }: WholeBodyOptions,
): Promise<Bytes> {
  const pieces: Bytes[] = [];
  // Not awaited: cancelling may itself take long.
  const stop = () => void reader.cancel().catch(() => {});
  const cancel = mayCut ? after(REFUSAL_MS, stop) : () => {};
  try {
    for (let room = limit; room >= 0;) {
      const { done, value } = await reader.read();
      if (done) return concat(pieces);
      // A copy: `fetch` decodes into pieces of 4 KiB that hold 64 KiB each.
      pieces.push(value.slice(0, room));
      room -= value.length;
    }
    stop();
    if (!mayCut) throw new Error(`the answer is longer than ${limit} bytes`);
  } catch (error) {
    if (!mayCut) throw error;
  } finally {
    cancel();
  }
  return concat(pieces);
}

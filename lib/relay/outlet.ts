/**
 * What goes to the caller of a stream: upstream's bytes (`limits_filter.ts`),
 * or what a dialect's writer makes of its events.
 */
import { concat } from "@std/bytes";
import {
  type AnswerWriter,
  type Bytes,
} from "../downstream/openai/answer_writer.ts";
import { NOTHING } from "../protocol/slab.ts";
import { MAX_TRANSLATED_EVENT_BYTES } from "../limits.ts";
import type { SseEvent, SseScanner } from "../protocol/sse.ts";

export interface Outlet {
  /** What may go to the caller of a chunk that the scanner has read last. */
  pass(chunk: Bytes, events: readonly SseEvent[]): Bytes;
  /** The same for the chunk with which the stream ends. */
  last(chunk: Bytes, events: readonly SseEvent[]): Bytes;
  /** What was held back of a stream that has ended within an event. */
  rest(): Bytes;
  /** Whether an event of ours may follow what has been passed on. */
  readonly atBoundary: boolean;
  /** Undefined if the caller gets upstream's own bytes. */
  readonly writer: AnswerWriter | undefined;
  /** An own limit is reached: the turn must end. */
  readonly isFull: boolean;
}

/** Hands the events to a writer; its scanner must want all of them. */
export class WriterOutlet implements Outlet {
  readonly writer: AnswerWriter;
  readonly #scanner: SseScanner;
  /** An event was longer than what the scanner reads. */
  #isCut = false;

  constructor(writer: AnswerWriter, scanner: SseScanner) {
    this.writer = writer;
    this.#scanner = scanner;
  }

  get atBoundary(): boolean {
    return true;
  }

  get isFull(): boolean {
    return this.#isCut || this.writer.isFull ||
      this.#scanner.openBytes > MAX_TRANSLATED_EVENT_BYTES;
  }

  pass(_chunk: Bytes, events: readonly SseEvent[]): Bytes {
    if (events.length === 0) return NOTHING;
    if (events.length === 1) return this.#write(events[0]);
    return concat(events.map((event) => this.#write(event)));
  }

  last(chunk: Bytes, events: readonly SseEvent[]): Bytes {
    return this.pass(chunk, events);
  }

  rest(): Bytes {
    return NOTHING;
  }

  #write(event: SseEvent | undefined): Bytes {
    const { writer } = this;
    if (event === undefined || this.#isCut || writer.isFull) return NOTHING;
    if (event.end - event.start > MAX_TRANSLATED_EVENT_BYTES) {
      this.#isCut = true;
      return NOTHING;
    }
    if (writer.kind === "stream") return writer.event(event);
    writer.event(event);
    return NOTHING;
  }
}

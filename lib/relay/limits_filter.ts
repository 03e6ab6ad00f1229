/**
 * Takes the events about one account's limits out of a stream and puts the
 * pool's in place of the first one. Every other byte passes.
 *
 * An event that is not whole yet is held back while it may be one of them. A
 * caller can do nothing with the beginning of an event, so it waits for
 * nothing. Reads no event (`quota/read_event.ts` does).
 */
import { MAX_LIMITS_EVENT_CHARS } from "../limits.ts";
import { copyOf, joined, NOTHING } from "../protocol/slab.ts";
import type { SseEvent, SseScanner } from "../protocol/sse.ts";
import { RATE_LIMITS } from "../quota/read_event.ts";
import type { Outlet } from "./outlet.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const LF = 0x0a;

export class LimitsFilter implements Outlet {
  readonly writer = undefined;
  readonly isFull = false;
  readonly #scanner: SseScanner;
  readonly #pooled: () => Bytes | undefined;
  /** The open event from its first byte on, if it has not been passed on. */
  #held = NOTHING;
  #isTold = false;
  /** The last event was taken out; a line feed may still belong to it. */
  #mayGoOn = false;

  /**
   * `scanner` has read every chunk that comes here. `pooled`: the event with
   * the pool's limits; undefined if the caller is to get none.
   */
  constructor(scanner: SseScanner, pooled: () => Bytes | undefined) {
    this.#scanner = scanner;
    this.#pooled = pooled;
  }

  get atBoundary(): boolean {
    return this.#scanner.atBoundary;
  }

  pass(chunk: Bytes, events: readonly SseEvent[]): Bytes {
    if (!this.#mayBeLimits) return this.#passAll(chunk, events);
    // Where the open event begins, if all of it is still here.
    const open = chunk.length - this.#scanner.openBytes;
    const isHere = open >= -this.#held.length;
    return this.#split(chunk, events, isHere ? open : chunk.length);
  }

  last(chunk: Bytes, events: readonly SseEvent[]): Bytes {
    return this.#passAll(chunk, events);
  }

  rest(): Bytes {
    const held = this.#held;
    this.#held = NOTHING;
    return held;
  }

  /** Whether the open event may be one that is to be taken out. */
  get #mayBeLimits(): boolean {
    const { openBytes, openType } = this.#scanner;
    return openBytes > 0 && openBytes <= MAX_LIMITS_EVENT_CHARS &&
      (openType === undefined || openType === RATE_LIMITS);
  }

  /** Passes all of the chunk but the events that are to be taken out. */
  #passAll(chunk: Bytes, events: readonly SseEvent[]): Bytes {
    const isPlain = this.#held.length === 0 && !this.#mayGoOn &&
      !events.some(isLimits);
    return isPlain ? copyOf(chunk) : this.#split(chunk, events, chunk.length);
  }

  /** Passes what is before `end`, and holds back the rest. */
  #split(chunk: Bytes, events: readonly SseEvent[], end: number): Bytes {
    const before = this.#held;
    // Offsets count from the chunk; those of what was held are negative.
    const bytes = before.length === 0 ? chunk : joined([before, chunk]);
    const piece = (from: number, to: number) =>
      bytes.subarray(from + before.length, to + before.length);
    const pieces: Bytes[] = [];
    let from = this.#mayGoOn && chunk[0] === LF ? 1 : -before.length;
    if (chunk.length > 0) this.#mayGoOn = false;
    for (const event of events) {
      // The beginning of a very long one has been passed on.
      if (!isLimits(event) || event.start < from) continue;
      pieces.push(piece(from, event.start), this.#inPlace());
      from = event.end;
      this.#mayGoOn = event.mayGoOn;
    }
    pieces.push(piece(from, end));
    this.#held = copyOf(piece(end, chunk.length));
    return joined(pieces);
  }

  #inPlace(): Bytes {
    const pooled = this.#isTold ? undefined : this.#pooled();
    if (pooled === undefined) return NOTHING;
    this.#isTold = true;
    return pooled;
  }
}

function isLimits({ type }: SseEvent): boolean {
  return type === RATE_LIMITS;
}

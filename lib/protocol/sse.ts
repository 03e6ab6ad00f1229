/**
 * Finds the wanted events in a server-sent event stream (WHATWG HTML, section
 * 9.2.6).
 *
 * Only watches: does not hold back or change bytes. If the `event:` line shows
 * that an event is unwanted, it is skipped without a string or a copy. Fields
 * other than `event` and `data` are ignored.
 *
 * Unlike in the standard, the first `event:` line of an event counts, not the
 * last: at the last one, the data may have been skipped.
 *
 * `formatEvent` and `eventBytes` write an event; the scanner does not use them.
 */

import { CHUNK_BYTES, EVENT_BUFFER_BYTES, MAX_EVENT_BYTES } from "../limits.ts";
import { parseObject, stringField } from "./json.ts";
import { skipSpace } from "./json_skip.ts";
import { isText, plainText } from "./plain_text.ts";
import { NOTHING } from "./slab.ts";
import { giveBack, takeBuffer } from "./spare_buffers.ts";
import {
  find,
  firstStringEnd,
  isField,
  startsWith,
  valueStart,
} from "./sse_field.ts";

export interface SseEvent {
  /** The `event:` field, else the JSON `type` of the data, else `message`. */
  readonly type: string;
  /** Up to the scanner's limit; longer data will not parse as JSON. */
  readonly data: string;
  /** Offset in the pushed chunk; negative if it began in an earlier one. */
  readonly start: number;
  /** Offset in the pushed chunk, right after the event's blank line. */
  readonly end: number;
  /**
   * The event ends with a carriage return at the end of the chunk. A line feed
   * at the start of the next chunk still belongs to the event.
   */
  readonly mayGoOn: boolean;
}

/** Room for what may precede a value: a byte order mark and `data: `. */
const BEFORE_VALUE = 16;

const LF = 0x0a;
const CR = 0x0d;

const OPEN = 0x7b;

/** The type of an event without one (WHATWG HTML, section 9.2.6). */
const NO_TYPE = "message";

const NO_EVENTS: readonly SseEvent[] = [];
const encoder = new TextEncoder();
// A byte order mark counts at the start of the stream only.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const EVENT = encoder.encode("event");
const DATA = encoder.encode("data");
const MARK = new Uint8Array([0xef, 0xbb, 0xbf]);
const TYPE_FIRST = encoder.encode('{"type":"');

/** Finds the wanted events of one stream, wherever its chunks are cut. */
export class SseScanner {
  /** Called at the `event:` line and at the end; may change between pushes. */
  wanted: (type: string) => boolean;
  readonly #maxBytes: number;

  /** The event's data lines, each with a line feed, then an unfinished line. */
  #held = NOTHING;
  #length = 0;
  #lineStart = 0;
  #hasData = false;
  #type: string | undefined;
  #skipping = false;
  #inLine = false;
  #atFirstLine = true;
  #afterCr = false;
  /** Where the event at hand began, as an offset in the chunk at hand. */
  #start = 0;
  /** The last type that is plain text: mostly the next one is the same. */
  #lastType = "";

  /** `maxBytes`: how much of an event's data is read. */
  constructor(wanted: (type: string) => boolean, maxBytes = MAX_EVENT_BYTES) {
    this.wanted = wanted;
    this.#maxBytes = maxBytes;
  }

  /** From now on, finds fewer events, and gives back the room for the others. */
  wantOnly(wanted: (type: string) => boolean): void {
    this.wanted = wanted;
    if (this.#length === 0) this.#giveBack();
  }

  /** Whether the gateway may insert an event here, between two events. */
  get atBoundary(): boolean {
    return !this.#inLine && !this.#hasData && !this.#skipping &&
      this.#type === undefined && !this.#afterCr;
  }

  /** The bytes so far of an event that has not ended yet. */
  get openBytes(): number {
    return 0 - this.#start;
  }

  /** The type of that event; undefined if it is not known yet. */
  get openType(): string | undefined {
    return this.#type;
  }

  /** Reads the next chunk, keeps no reference, returns the events that end. */
  push(chunk: Uint8Array): readonly SseEvent[] {
    if (chunk.length === 0) return NO_EVENTS;
    let events: SseEvent[] | undefined;
    let at = this.#afterCr && chunk[0] === LF ? 1 : 0;
    // Only a blank line ends with nothing behind it.
    if (at === 1 && this.#start === 0) this.#start = 1;
    this.#afterCr = false;
    let cr = find(chunk, CR, at);
    let lf = -1;
    while (at < chunk.length) {
      if (lf < at) lf = chunk[at] === LF ? at : find(chunk, LF, at);
      if (cr < at) cr = find(chunk, CR, at);
      const lineEnd = Math.min(lf, cr);
      if (lineEnd === chunk.length) {
        this.#hold(chunk, at, lineEnd);
        this.#inLine = true;
        break;
      }
      const blank = lineEnd === at && !this.#inLine;
      if (!blank) this.#endLine(chunk, at, lineEnd);
      at = lineEnd + 1;
      if (lineEnd === cr) {
        this.#afterCr = at === chunk.length;
        if (chunk[at] === LF) at++;
      }
      if (!blank) continue;
      const event = this.#endEvent(at);
      this.#start = at;
      if (event !== undefined) (events ??= []).push(event);
    }
    this.#start -= chunk.length;
    return events ?? NO_EVENTS;
  }

  #endLine(chunk: Uint8Array, from: number, to: number): void {
    const whole = !this.#inLine;
    const first = this.#atFirstLine;
    this.#inLine = false;
    this.#atFirstLine = false;
    if (this.#skipping) return;
    if (whole && !first && isField(chunk, from, to, EVENT)) {
      this.#setType(chunk, from, to);
      return;
    }
    this.#hold(chunk, from, to);
    this.#endHeldLine(first);
  }

  #endHeldLine(first: boolean): void {
    const held = this.#held;
    const end = this.#length;
    const start = this.#lineStart +
      (first && startsWith(held, this.#lineStart, end, MARK) ? 3 : 0);
    this.#length = this.#lineStart;
    if (isField(held, start, end, EVENT)) this.#setType(held, start, end);
    if (!isField(held, start, end, DATA)) return;

    this.#hasData = true;
    if (this.#lineStart > this.#maxBytes) return;
    const value = valueStart(held, start, end, DATA);
    held.copyWithin(this.#lineStart, value, end);
    this.#length += end - value;
    this.#reserve(1);
    this.#held[this.#length++] = LF;
    this.#lineStart = this.#length;
  }

  #setType(bytes: Uint8Array, from: number, to: number): void {
    const start = valueStart(bytes, from, to, EVENT);
    if (this.#type !== undefined || start === to) return;
    this.#type = this.#typeOf(bytes, start, to);
    this.#skipping = !this.wanted(this.#type);
  }

  #endEvent(end: number): SseEvent | undefined {
    const event = this.#skipping || !this.#hasData
      ? undefined
      : this.#readEvent(end);
    this.#length = 0;
    this.#lineStart = 0;
    this.#hasData = false;
    this.#type = undefined;
    this.#skipping = false;
    this.#atFirstLine = false;
    const { length } = this.#held;
    if (length <= CHUNK_BYTES || length > EVENT_BUFFER_BYTES) this.#giveBack();
    return event;
  }

  #readEvent(end: number): SseEvent | undefined {
    const dataEnd = Math.min(this.#length - 1, this.#maxBytes);
    const type = this.#type ?? this.#typeOfData(dataEnd);
    if (!this.wanted(type)) return undefined;
    const data = decoder.decode(this.#held.subarray(0, dataEnd));
    const start = this.#start;
    return { type, data, start, end, mayGoOn: this.#afterCr };
  }

  /** Fast if `type` is the first key; otherwise parses the data. */
  #typeOfData(dataEnd: number): string {
    const held = this.#held;
    const start = TYPE_FIRST.length;
    const to = firstStringEnd(held, dataEnd, TYPE_FIRST);
    if (to !== undefined) return this.#typeOf(held, start, to);
    // Usually shows at once that the data is not an object; parsing is slower.
    if (held[skipSpace(held, 0)] !== OPEN) return NO_TYPE;
    const object = parseObject(decoder.decode(held.subarray(0, dataEnd)));
    return stringField(object ?? {}, "type") ?? NO_TYPE;
  }

  #typeOf(bytes: Uint8Array, start: number, end: number): string {
    if (isText(bytes, { start, end, text: this.#lastType })) {
      return this.#lastType;
    }
    const plain = plainText(bytes, start, end);
    if (plain === undefined) return decoder.decode(bytes.subarray(start, end));
    return this.#lastType = plain;
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    if (this.#skipping) return;
    const room = this.#lineStart + this.#maxBytes + BEFORE_VALUE -
      this.#length;
    const bytes = chunk.subarray(from, Math.min(to, from + room));
    this.#reserve(bytes.length);
    this.#held.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#held.length) return;
    const grown = needed <= CHUNK_BYTES
      ? takeBuffer()
      : new Uint8Array(2 * needed);
    grown.set(this.#held.subarray(0, this.#length));
    giveBack(this.#held);
    this.#held = grown;
  }

  #giveBack(): void {
    giveBack(this.#held);
    this.#held = NOTHING;
  }
}

/** The bytes of an event. `type` must be one line; `data` becomes JSON. */
export function formatEvent(
  type: string,
  data: unknown,
): Uint8Array<ArrayBuffer> {
  return eventBytes(type, JSON.stringify(data));
}

/** The same for data that is JSON already, in one line. */
export function eventBytes(
  type: string,
  json: string,
): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${type}\ndata: ${json}\n\n`);
}

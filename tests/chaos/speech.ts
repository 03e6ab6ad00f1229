/**
 * What one account says to one attempt, event by event, each with a tag that
 * no other event of the run has. Keeps all of it, to be compared.
 */
import { concat } from "@std/bytes";
import type { Random } from "../support/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** A tag: turn, account, attempt, and the number of the event. */
export const TAG = /"chaos":"([\w.-]+)~([\w-]+)~(\d+)~(\d+)"/g;

export type Newline = "\n" | "\r\n" | "\r";

/** What ends a turn. */
export const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
]);

/** An event in the forms of both transports. */
export interface SpokenEvent {
  readonly text: string;
  readonly bytes: Bytes;
}

export class Speech {
  newline: Newline | "mixed" = "\n";
  /** Messages of a websocket, in order. */
  readonly texts: string[] = [];
  /** Those of them that need not arrive: figures of the account's own. */
  readonly optional = new Set<string>();
  /** Whether something was sent that may or may not be a message. */
  hasNoise = false;
  /** The body of an answer that is no event stream. */
  whole: Bytes | undefined;
  /** Where the turn ends, in `stream` and in `texts`; nothing behind counts. */
  end: { readonly offset: number; readonly texts: number } | undefined;
  readonly #random: Random;
  readonly #prefix: string;
  readonly #parts: Bytes[] = [];
  readonly #boundaries: number[] = [0];
  #length = 0;
  #events = 0;

  constructor(
    random: Random,
    about: {
      readonly turn: string;
      readonly account: string;
      readonly attempt: number;
    },
  ) {
    this.#random = random;
    this.#prefix = `${about.turn}~${about.account}~${about.attempt}`;
  }

  /** The stream as a whole; a caller may have got any beginning of it. */
  get stream(): Bytes {
    return concat(this.#parts);
  }

  /** Offsets in `stream` between which an event stands. */
  get boundaries(): readonly number[] {
    return this.#boundaries;
  }

  get tag(): string {
    return `${this.#prefix}~${this.#events++}`;
  }

  event(
    type: string,
    more: Readonly<Record<string, unknown>> = {},
  ): SpokenEvent {
    const text = JSON.stringify({ type, chaos: this.tag, ...more });
    const event = {
      text,
      bytes: this.#lines(`event: ${type}`, `data: ${text}`),
    };
    this.#keep(event.bytes);
    this.texts.push(text);
    if (TERMINAL.has(type)) {
      this.end ??= { offset: this.#length, texts: this.texts.length };
    }
    return event;
  }

  /** A comment line, as servers send them to keep a stream open. */
  comment(): Bytes {
    const bytes = this.#lines(`: "chaos":"${this.tag}"`);
    this.#keep(bytes);
    return bytes;
  }

  /** Bytes as they are, tagged by whoever makes them; one event, or none. */
  odd(bytes: Bytes): Bytes {
    this.#keep(bytes);
    return bytes;
  }

  /** An answer that is no event stream. */
  body(text: string): Bytes {
    this.whole = encoder.encode(text);
    return this.whole;
  }

  #keep(bytes: Bytes): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    this.#boundaries.push(this.#length);
  }

  #lines(...lines: readonly string[]): Bytes {
    const end = () =>
      this.newline === "mixed"
        ? this.#random.pick<Newline>(["\n", "\r\n", "\r"])
        : this.newline;
    const text = lines.map((line) => line + end()).join("");
    // Between two lone ones of different kinds there would be no blank line.
    const last = this.newline === "mixed" ? blankBehind(text) : end();
    return encoder.encode(text + last);
  }
}

function blankBehind(text: string): Newline {
  return text.endsWith("\r") ? "\r" : "\n";
}

/** Text with characters of one to four bytes, as models write it. */
export function prose(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += random.pick(WORDS);
  return text;
}

const WORDS: readonly string[] = [
  "hello ",
  "grüß ",
  "€5 ",
  "你好",
  "😀",
  "\u2028",
  '"quoted" ',
  "back\\slash ",
  "new\nline ",
  "event: x\ndata: y\n\n",
];

/**
 * The pre-commit window: holds back the beginning of a streamed turn until its
 * first event with content, 256 KiB, or 5 s.
 *
 * During the window a failure can still move the turn to another account; after
 * it the caller would get content twice. Does not choose that account.
 */
import { type Failure, nextStep } from "../failure/failure.ts";
import type { Outcome } from "../accounts/pool/lease.ts";
import type { AnswerWriter } from "../downstream/openai/answer_writer.ts";
import {
  MAX_EVENT_BYTES,
  MAX_TRANSLATED_EVENT_BYTES,
  WINDOW_BYTES,
} from "../limits.ts";
import { isContent, isTerminal } from "../protocol/events.ts";
import { type SseEvent, SseScanner } from "../protocol/sse.ts";
import { joined } from "../protocol/slab.ts";
import { RATE_LIMITS } from "../quota/read_event.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { Usage } from "../usage/figures.ts";
import { readUsage } from "../usage/read_usage.ts";
import { whyBroken } from "../upstream/deadline.ts";
import { ChunkReader } from "./chunks.ts";
import { LimitsFilter } from "./limits_filter.ts";
import { brokenOff, outcomeOf } from "./outcome.ts";
import { type Outlet, WriterOutlet } from "./outlet.ts";

/** How a turn ended, and whether the last byte of its last event may follow. */
export interface Ending {
  readonly outcome: Outcome;
  readonly usage: Usage | undefined;
  /** See `SseEvent`. */
  readonly mayGoOn: boolean;
}

/** A turn that can be committed. */
export interface OpenTurn {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the answer, as the caller may have it. */
  readonly held: Uint8Array<ArrayBuffer>;
  /** How the turn ended, if it already has. */
  readonly ending: Ending | undefined;
  /** Whether an event with content has come. */
  readonly hasContent: boolean;
  /** See `WindowOptions`. */
  readonly endsWithBody: boolean;
  readonly chunks: ChunkReader;
  readonly scanner: SseScanner;
  readonly outlet: Outlet;
}

export interface WindowOptions {
  readonly runtime: Runtime;
  readonly windowMs: number;
  readonly signal: AbortSignal;
  /**
   * Whether the stream may simply end, as one of pictures does: it may bring
   * several, and no event says which is the last. A turn ends with an event.
   */
  readonly endsWithBody: boolean;
  /** Takes the data of each event about the account's quota. */
  readonly learned: (data: string) => void;
  /** The event with the pool's limits; undefined if there is to be none. */
  readonly pooled: () => Uint8Array<ArrayBuffer> | undefined;
  /** Makes the caller's answer; undefined: it gets upstream's bytes. */
  readonly writer: AnswerWriter | undefined;
  /**
   * Whether the caller is told of a failure before the first content by a
   * status, and not by upstream's event in a 200.
   */
  readonly failsByStatus: boolean;
}

/** Reads until the turn must be committed, or returns an earlier failure. */
export function openTurn(
  response: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: WindowOptions,
): Promise<Result<OpenTurn, Failure>> {
  return new Promise((opened) => {
    new Window(response, new ChunkReader(body), { ...options, opened }).read();
  });
}

interface Opening extends WindowOptions {
  readonly opened: (turn: Result<OpenTurn, Failure>) => void;
}

/** Calls `opened` once. No promise per chunk: a window may have hundreds. */
class Window {
  readonly #response: Response;
  readonly #chunks: ChunkReader;
  readonly #options: Opening;
  readonly #scanner: SseScanner;
  readonly #outlet: Outlet;
  readonly #stopClock: () => void;
  /** What the caller may have of what came. */
  readonly #held: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;

  constructor(
    response: Response,
    chunks: ChunkReader,
    options: Opening,
  ) {
    const { writer, pooled, runtime, windowMs } = options;
    this.#response = response;
    this.#chunks = chunks;
    this.#options = options;
    this.#scanner = new SseScanner(
      () => true,
      writer ? MAX_TRANSLATED_EVENT_BYTES : MAX_EVENT_BYTES,
    );
    this.#outlet = writer
      ? new WriterOutlet(writer, this.#scanner)
      : new LimitsFilter(this.#scanner, pooled);
    this.#stopClock = runtime.after(windowMs, () => {
      // The relay gets what is being read.
      this.#chunks.leave();
      this.#commit(undefined, false);
    });
  }

  read(): void {
    this.#chunks.take(this.#came, this.#broke);
  }

  readonly #came = (chunk: Uint8Array<ArrayBuffer> | undefined): void => {
    try {
      if (chunk === undefined) this.#bodyEnded();
      else this.#take(chunk);
    } catch (error) {
      this.#broke(error);
    }
  };

  readonly #broke = (error: unknown): void => {
    const failure = whyBroken(error, this.#options);
    this.#fail(
      failure.kind === "transport"
        ? { ...failure, message: `${CUT}: ${failure.message}` }
        : failure,
    );
  };

  #bodyEnded(): void {
    this.#held.push(this.#outlet.rest());
    if (this.#options.endsWithBody && this.#size > 0) this.#commit(WELL, true);
    else this.#fail({ kind: "transport", message: CUT });
  }

  #take(chunk: Uint8Array<ArrayBuffer>): void {
    this.#size += chunk.length;
    const events = this.#scanner.push(chunk);
    for (const { type, data } of events) {
      if (type === RATE_LIMITS) this.#options.learned(data);
    }
    const { content, terminal } = endOf(events);
    if (terminal) return this.#turnEnded(chunk, events, { content, terminal });
    this.#held.push(this.#outlet.pass(chunk, events));
    if (content || this.#size > WINDOW_BYTES) this.#commit(undefined, content);
    else this.read();
  }

  /** Bytes after the terminal event do not belong to the turn. */
  #turnEnded(
    chunk: Uint8Array<ArrayBuffer>,
    events: readonly SseEvent[],
    { content, terminal }: WindowEnd & { readonly terminal: SseEvent },
  ): void {
    const { failsByStatus, writer, runtime } = this.#options;
    const held = this.#held;
    const last = chunk.subarray(0, terminal.end);
    held.push(this.#outlet.last(last, upTo(terminal, events)));
    const mayGoOn = !writer && terminal.mayGoOn;
    const usage = readUsage(terminal.data);
    const { status, headers } = this.#response;
    const outcome = outcomeOf(terminal, () => ({
      status,
      headers,
      body: failsByStatus
        ? encoder.encode(terminal.data)
        : joined(mayGoOn ? [...held, LINE_FEED] : held),
    }), runtime.now());
    if (content) {
      const ending = { outcome: brokenOff(outcome), usage, mayGoOn };
      return this.#commit(ending, true);
    }
    const isOver = outcome.kind !== "failed" ||
      !failsByStatus && nextStep(outcome.failure) === "give_up";
    if (isOver) return this.#commit({ outcome, usage, mayGoOn }, false);
    void this.#chunks.cancel();
    this.#fail(outcome.failure);
  }

  #commit(ending: Ending | undefined, hasContent: boolean): void {
    this.#stopClock();
    // A writer wants every event.
    if (!this.#options.writer) this.#scanner.wantOnly(isWatched);
    const { status, headers } = this.#response;
    const [first] = this.#held;
    this.#options.opened(ok({
      status,
      headers,
      held: first && this.#held.length === 1 ? first : joined(this.#held),
      ending,
      hasContent,
      endsWithBody: this.#options.endsWithBody,
      chunks: this.#chunks,
      scanner: this.#scanner,
      outlet: this.#outlet,
    }));
  }

  #fail(failure: Failure): void {
    this.#stopClock();
    this.#options.opened(err(failure));
  }
}

const encoder = new TextEncoder();

const WELL: Ending = {
  outcome: { kind: "success" },
  usage: undefined,
  mayGoOn: false,
};

/** Completes the last line of an answer whose last byte is not read. */
const LINE_FEED = new Uint8Array([0x0a]);

const CUT = "the stream ended before the turn did";

interface WindowEnd {
  /** Whether there was content before the terminal event, if that came. */
  readonly content: boolean;
  /** The terminal event; one chunk can bring both content and the end. */
  readonly terminal: SseEvent | undefined;
}

/** Whether the relay looks at events of this type behind the window. */
function isWatched(type: string): boolean {
  return type === RATE_LIMITS || isTerminal(type);
}

/** The events up to the last one of the turn, and that one. */
function upTo(
  last: SseEvent,
  events: readonly SseEvent[],
): readonly SseEvent[] {
  return events.slice(0, events.indexOf(last) + 1);
}

/** What these events mean for the window, up to the end of the turn. */
function endOf(events: readonly SseEvent[]): WindowEnd {
  let content = false;
  for (const event of events) {
    if (isTerminal(event.type)) return { content, terminal: event };
    content ||= isContent(event.type);
  }
  return { content, terminal: undefined };
}

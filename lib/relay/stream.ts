/**
 * Relays a committed turn: passes the bytes on as they come and watches for the
 * event that ends the turn.
 *
 * Does not fail over: the turn is committed. If the stream ends without a
 * terminal event, the caller gets a failure event in its dialect and no account
 * is cooled down. Memory per turn is one read buffer, and a slow caller slows
 * down upstream.
 */
import { concat } from "@std/bytes";
import type { Lease, Outcome } from "../accounts/pool/lease.ts";
import { errorMessage } from "../error_text.ts";
import type { Interruption } from "../downstream/openai/answer_writer.ts";
import { DRAIN_MS } from "../limits.ts";
import { isTerminal } from "../protocol/events.ts";
import type { Runtime } from "../runtime.ts";
import { Silence } from "./silence.ts";
import type { TurnRecord } from "./turn_record.ts";
import { RATE_LIMITS, readEvent } from "../quota/read_event.ts";
import { brokenOff, outcomeOf } from "./outcome.ts";
import type { Ending, OpenTurn } from "./window.ts";
import { NOTHING } from "../protocol/slab.ts";
import type { SseEvent } from "../protocol/sse.ts";
import { readUsage } from "../usage/read_usage.ts";
import type { Listed } from "../under_way.ts";
import type { Chunk } from "./body_source.ts";

/** What the relay adds, in the caller's dialect. */
export interface RelayVoice {
  /** Ends a turn that upstream did not end. */
  readonly failure: (why: Interruption) => Uint8Array<ArrayBuffer>;
  /** Resets the caller's idle timer; undefined if the caller needs none. */
  readonly keepalive: Uint8Array<ArrayBuffer> | undefined;
}

export interface RelayOptions {
  readonly runtime: Runtime;
  readonly lease: Lease;
  readonly record: TurnRecord;
  readonly voice: RelayVoice;
  readonly keepaliveMs: number;
  readonly idleMs: number;
}

const TOO_LARGE = "response_too_large";
const LF = 0x0a;
const LINE_FEED = new Uint8Array([LF]);

/** Ends an unfinished line and its event. */
const BLANK_LINE = new TextEncoder().encode("\n\n");

/** One committed turn; the source of the body its caller reads. */
export class Relay implements UnderlyingDefaultSource<Chunk>, Listed {
  place = 0;
  readonly #turn: Omit<OpenTurn, "held">;
  /** What came before the turn was committed, until its caller has it. */
  #held: Chunk;
  readonly #options: RelayOptions;
  /** Undefined for a turn that was over before its caller had anything. */
  #silence: Silence | undefined;
  readonly #over = Promise.withResolvers<void>();
  #controller: ReadableStreamDefaultController<Chunk> | undefined;
  #isCancelled = false;
  #isReading = false;
  /** The turn has ended; the body may still lack its last line feed. */
  #isSettled = false;

  constructor(turn: OpenTurn, options: RelayOptions) {
    const { held, ...rest } = turn;
    this.#turn = rest;
    this.#held = held;
    this.#options = options;
  }

  /** The body of the answer, whole if the turn is over. Call this once. */
  body(): ReadableStream<Chunk> | Chunk {
    const { ending, outlet } = this.#turn;
    if (!ending || ending.mayGoOn || outlet.isFull) return this.stream();
    const held = this.#held;
    this.#terminal(ending, held);
    return held;
  }

  /** The body of the answer as a stream, also if the turn is over. */
  stream(): ReadableStream<Chunk> {
    const { idleMs } = this.#options;
    this.#silence = new Silence({
      ...this.#options,
      onKeepalive: () => this.#keepAlive(),
      onIdle: () => this.end(`upstream was silent for ${idleMs} ms`),
    });
    return new ReadableStream(this, { highWaterMark: 0 });
  }

  /** Resolves when the body has ended, for whatever reason. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Ends a turn that upstream has not ended; cools down no account. */
  end(
    message: string,
    code: Interruption["code"] = "stream_interrupted",
  ): void {
    void this.#turn.chunks.cancel();
    if (this.#isSettled) return this.#close();
    const failure = { kind: "transport", message } as const;
    this.#finish({ kind: "failed", failure }, () => {
      const said = this.#options.voice.failure({ code, message });
      // Closes an unfinished event, so that the failure does not join it.
      return this.#turn.outlet.atBoundary ? said : concat([BLANK_LINE, said]);
    });
  }

  start(controller: ReadableStreamDefaultController<Chunk>): void {
    this.#controller = controller;
    const { ending, outlet } = this.#turn;
    const held = this.#held;
    this.#held = NOTHING;
    if (outlet.isFull) return this.#tooLarge();
    if (ending) return this.#terminal(ending, held);
    if (held.length > 0) controller.enqueue(held);
  }

  /** Returns nothing: the runtime is slower with a promise. */
  pull(): void {
    // Called during a read if a keep-alive has been enqueued.
    if (!this.#isReading && !this.#isSettled) this.#read();
  }

  #read(): void {
    this.#isReading = true;
    this.#silence?.waiting();
    this.#turn.chunks.take(this.#came, this.#cut);
  }

  /** Reads on if the caller gets nothing of what came. */
  readonly #came = (chunk: Chunk | undefined): void => {
    this.#isReading = false;
    if (this.#isSettled) return;
    try {
      if (chunk === undefined) return this.#bodyEnded();
      this.#silence?.heard();
      this.#options.record.event();
      if (!this.#take(chunk)) this.#read();
    } catch (error) {
      this.#cut(error);
    }
  };

  readonly #cut = (error: unknown): void => {
    this.#isReading = false;
    this.end(`the stream was cut: ${errorMessage(error)}`);
  };

  /** False if the caller gets nothing of the chunk. */
  #take(chunk: Chunk): boolean {
    const { scanner, outlet } = this.#turn;
    const events = scanner.push(chunk);
    for (const event of events) {
      if (event.type === RATE_LIMITS) this.#learn(event);
      else if (isTerminal(event.type)) {
        const last = chunk.subarray(0, event.end);
        const upToIt = events.slice(0, events.indexOf(event) + 1);
        const passed = outlet.last(last, upToIt);
        if (outlet.isFull) this.#tooLarge();
        else this.#terminal(this.#judge(event), passed);
        return true;
      }
    }
    const passed = outlet.pass(chunk, events);
    if (!outlet.isFull) return this.#pass(passed);
    this.#tooLarge();
    return true;
  }

  cancel(): void {
    this.#isCancelled = true;
    void this.#turn.chunks.cancel();
    this.#settle({ kind: "released" });
    this.#close();
  }

  #tooLarge(): void {
    this.end("the answer is larger than can be translated", TOO_LARGE);
  }

  #bodyEnded(): void {
    if (!this.#turn.endsWithBody) {
      return this.end("the stream ended before the turn did");
    }
    this.#pass(this.#turn.outlet.rest());
    this.#settle({ kind: "success" });
    this.#close();
  }

  /** False if there is nothing: it is held back, or was taken out. */
  #pass(bytes: Chunk): boolean {
    if (bytes.length > 0) this.#controller?.enqueue(bytes);
    return bytes.length > 0;
  }

  #learn({ data }: SseEvent): void {
    const { lease, runtime } = this.#options;
    lease.learned(readEvent(data, runtime.now()));
  }

  #judge(event: SseEvent): Ending {
    const { status, headers } = this.#turn;
    const answer = () => ({ status, headers, body: new Uint8Array() });
    const outcome = outcomeOf(event, answer, this.#options.runtime.now());
    const usage = readUsage(event.data);
    const mayGoOn = event.mayGoOn && this.#turn.outlet.writer === undefined;
    return { outcome: brokenOff(outcome), usage, mayGoOn };
  }

  /** Upstream has ended the turn; nothing after that belongs to it. */
  #terminal({ outcome, usage, mayGoOn }: Ending, last: Chunk): void {
    this.#options.record.used(usage);
    if (mayGoOn) {
      this.#settle(outcome);
      this.#controller?.enqueue(last);
      this.#awaitLineFeed();
    } else {
      this.#drain();
      this.#finish(outcome, () => last);
    }
  }

  /**
   * The event has been passed on, but its last CRLF may be split between two
   * chunks. Waits a moment for the line feed, which may never come.
   */
  #awaitLineFeed(): void {
    const { chunks } = this.#turn;
    const stop = this.#afterDrainTime(() => void chunks.cancel());
    const came = (next?: Chunk) => {
      stop();
      if (next?.[0] === LF) this.#controller?.enqueue(LINE_FEED);
      this.#close();
      if (next !== undefined) this.#drain();
    };
    chunks.take(came, () => came());
  }

  #drain(): void {
    this.#turn.chunks.drain((stop) => this.#afterDrainTime(stop));
  }

  #afterDrainTime(task: () => void): () => void {
    return this.#options.runtime.after(DRAIN_MS, task);
  }

  #finish(outcome: Outcome, last: () => Chunk): void {
    if (this.#isSettled) return;
    // Even after a throw, the lease must be settled and the body closed.
    try {
      this.#settle(outcome);
      this.#controller?.enqueue(last());
    } finally {
      this.#close();
    }
  }

  #settle(outcome: Outcome): void {
    this.#isSettled = true;
    this.#silence?.stop();
    this.#options.lease.settle(outcome);
    this.#options.record.ends(outcome);
  }

  #close(): void {
    const controller = this.#controller;
    this.#controller = undefined;
    this.#over.resolve();
    // Enqueueing for a caller that has just left cancels the stream at once.
    if (!this.#isCancelled) controller?.close();
  }

  /** Only between events: inside one it would become a part of that event. */
  #keepAlive(): void {
    const { keepalive } = this.#options.voice;
    if (keepalive && this.#turn.outlet.atBoundary) {
      this.#controller?.enqueue(keepalive);
    }
  }
}

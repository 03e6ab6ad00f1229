/**
 * The pre-commit window: holds back the beginning of a streamed turn until its
 * first event with content, 256 KiB, or 5 s.
 *
 * During the window a failure can still move the turn to another account; after
 * it the caller would get content twice. Does not choose that account.
 */
import { concat } from "@std/bytes";
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
export async function openTurn(
  response: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: WindowOptions,
): Promise<Result<OpenTurn, Failure>> {
  const { status, headers } = response;
  const { endsWithBody, writer, failsByStatus } = options;
  const chunks = new ChunkReader(body);
  const scanner = new SseScanner(
    () => true,
    writer ? MAX_TRANSLATED_EVENT_BYTES : MAX_EVENT_BYTES,
  );
  const outlet = writer
    ? new WriterOutlet(writer, scanner)
    : new LimitsFilter(scanner, options.pooled);
  const held: Uint8Array<ArrayBuffer>[] = [];
  const commit = (ending: Ending | undefined, hasContent: boolean) => {
    // A writer wants every event.
    if (!writer) scanner.wantOnly(isWatched);
    const [first] = held;
    return ok({
      status,
      headers,
      held: first && held.length === 1 ? first : concat(held),
      ending,
      hasContent,
      endsWithBody,
      chunks,
      scanner,
      outlet,
    });
  };

  let size = 0;
  const clock = new WindowClock(options);
  try {
    while (true) {
      const chunk = await Promise.race([chunks.peek(), clock.over]);
      if (chunk === TIME_IS_OVER) return commit(undefined, false);
      await chunks.read();
      if (chunk === undefined) {
        held.push(outlet.rest());
        return endsWithBody && size > 0
          ? commit(WELL, true)
          : err({ kind: "transport", message: CUT });
      }
      size += chunk.length;

      const events = scanner.push(chunk);
      for (const { type, data } of events) {
        if (type === RATE_LIMITS) options.learned(data);
      }
      const { content, terminal } = endOf(events);
      if (!terminal) held.push(outlet.pass(chunk, events));
      else {
        // Bytes after the terminal event do not belong to the turn.
        const last = chunk.subarray(0, terminal.end);
        held.push(outlet.last(last, upTo(terminal, events)));
        const mayGoOn = !writer && terminal.mayGoOn;
        const usage = readUsage(terminal.data);
        const outcome = outcomeOf(terminal, () => ({
          status,
          headers,
          body: failsByStatus
            ? encoder.encode(terminal.data)
            : concat(mayGoOn ? [...held, LINE_FEED] : held),
        }), options.runtime.now());
        const isOver = outcome.kind !== "failed" ||
          !failsByStatus && nextStep(outcome.failure) === "give_up";
        if (content) {
          return commit({ outcome: brokenOff(outcome), usage, mayGoOn }, true);
        }
        if (isOver) return commit({ outcome, usage, mayGoOn }, false);
        void chunks.cancel();
        return err(outcome.failure);
      }
      if (content || size > WINDOW_BYTES) return commit(undefined, content);
    }
  } catch (error) {
    const failure = whyBroken(error, options);
    return err(
      failure.kind === "transport"
        ? { ...failure, message: `${CUT}: ${failure.message}` }
        : failure,
    );
  } finally {
    clock.stop();
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

const TIME_IS_OVER = Symbol();

/** Resolves `over` when the window's time is over. */
class WindowClock {
  readonly over: Promise<typeof TIME_IS_OVER>;
  readonly stop: () => void;

  constructor({ runtime, windowMs }: WindowOptions) {
    const { promise, resolve } = Promise.withResolvers<typeof TIME_IS_OVER>();
    this.over = promise;
    this.stop = runtime.after(windowMs, () => resolve(TIME_IS_OVER));
  }
}

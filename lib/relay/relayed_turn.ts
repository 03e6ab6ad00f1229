/**
 * The answer to a committed turn: a stream for the caller, or read to its end
 * here for one that gets it whole. Both are the same relay.
 */
import type { Lease } from "../accounts/pool/lease.ts";
import { answerHeaders } from "../downstream/answer.ts";
import {
  type AnswerWriter,
  type WholeAnswer,
  type WholeWriter,
} from "../downstream/openai/answer_writer.ts";
import { NOTHING } from "../protocol/slab.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import {
  KEEPALIVE_COMMENT,
  KEEPALIVE_EVENT,
  renderStreamFailure,
} from "../downstream/render.ts";
import type { Failure } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { DispatchDeps } from "./dispatch.ts";
import type { OpenWork } from "./open_work.ts";
import { Relay, type RelayOptions } from "./stream.ts";
import type { TurnRecord } from "./turn_record.ts";
import type { OpenTurn } from "./window.ts";

export interface RelayedTurn {
  readonly prepared: PreparedRequest;
  readonly turn: OpenTurn;
  readonly lease: Lease;
  readonly record: TurnRecord;
}

export interface RelayedTurnDeps {
  readonly dispatch: DispatchDeps;
  readonly work: OpenWork;
}

export function streamed(
  relayed: RelayedTurn,
  deps: RelayedTurnDeps,
): Response {
  const { turn, prepared } = relayed;
  const relay = relayOf(relayed, deps);
  const body = relay.body();
  if (body instanceof ReadableStream) deps.work.relay(relay);
  return new Response(body, {
    status: turn.status,
    headers: prepared.answer ? EVENT_STREAM : answerHeaders(
      turn.headers,
      prepared.dialect,
      deps.dispatch.poolLimits.lines,
    ),
  });
}

const EVENT_STREAM = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
} as const;

/**
 * Reads the turn to its end; nothing is sent before. `signal` aborts when the
 * caller leaves, or when the gateway stops.
 */
export async function wholeTurn(
  turn: RelayedTurn,
  { writer, signal }: {
    readonly writer: WholeWriter;
    readonly signal: AbortSignal;
  },
  deps: RelayedTurnDeps,
): Promise<Result<WholeAnswer, Failure>> {
  const relay = relayOf(turn, deps);
  const reader = relay.stream().getReader();
  const meaning = () => deps.work.meaningOf({ kind: "caller_gone" });
  const abort = () => {
    if (meaning().kind === "caller_gone") void reader.cancel();
    else relay.end("the gateway was stopped");
  };
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  while (!(await reader.read()).done);
  return signal.aborted ? err(meaning()) : ok(writer.answer());
}

function relayOf(
  { turn, lease, record, prepared: { dialect } }: RelayedTurn,
  deps: RelayedTurnDeps,
): Relay {
  const { runtime, timeouts } = deps.dispatch;
  if (turn.held.length > 0) record.event();
  return new Relay(turn, {
    runtime,
    lease,
    record,
    idleMs: timeouts.idleMs,
    ...voiceOf(turn.outlet.writer, dialect, deps),
  });
}

function voiceOf(
  writer: AnswerWriter | undefined,
  dialect: PreparedRequest["dialect"],
  { dispatch: { runtime, timeouts } }: RelayedTurnDeps,
): Pick<RelayOptions, "voice" | "keepaliveMs"> {
  const { keepaliveMs, sdkKeepaliveMs } = timeouts;
  switch (writer?.kind) {
    case undefined:
      return {
        keepaliveMs,
        voice: {
          failure: ({ message }) =>
            renderStreamFailure(dialect, message, runtime.now()),
          keepalive: dialect === "codex" ? KEEPALIVE_EVENT : undefined,
        },
      };
    case "stream":
      return {
        keepaliveMs: sdkKeepaliveMs,
        voice: {
          failure: (why) => writer.interrupted(why),
          keepalive: KEEPALIVE_COMMENT,
        },
      };
    case "whole":
      return {
        keepaliveMs: sdkKeepaliveMs,
        voice: {
          failure: (why) => {
            writer.interrupted(why);
            return NOTHING;
          },
          keepalive: undefined,
        },
      };
  }
}

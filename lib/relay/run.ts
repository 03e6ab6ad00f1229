/**
 * One prepared request: dispatches it, answers in the caller's dialect, and
 * records how it ended.
 *
 * Joins the parts of the pipeline; their rules are their own.
 */
import type { Lease } from "../accounts/pool/lease.ts";
import { answerHeaders, openaiCompaction } from "../downstream/answer.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import {
  type AnswerWriter,
  NOTHING,
  type WholeWriter,
} from "../downstream/openai/answer_writer.ts";
import {
  KEEPALIVE_COMMENT,
  KEEPALIVE_EVENT,
  renderFailure,
  type Rendering,
  renderStreamFailure,
  renderWhole,
} from "../downstream/render.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { dispatch, type DispatchDeps, guarded } from "./dispatch.ts";
import { overHttp } from "./http.ts";
import type { OpenWork } from "./open_work.ts";
import { Relay, type RelayOptions } from "./stream.ts";
import { TurnRecord } from "./turn_record.ts";
import type { OpenTurn } from "./window.ts";
import type { Models } from "../upstream/models.ts";
import { readWholeUsage } from "../usage/read_usage.ts";

export interface RunDeps {
  readonly dispatch: DispatchDeps;
  readonly models: Models;
  readonly work: OpenWork;
  readonly rendering: Rendering;
}

export interface Asking {
  /** Aborts when the caller leaves. */
  readonly caller: AbortSignal;
  /** How log lines name the request. */
  readonly requestId: string;
}

export async function run(
  prepared: PreparedRequest,
  { caller, requestId }: Asking,
  deps: RunDeps,
): Promise<Response> {
  const record = new TurnRecord({
    request: requestId,
    prepared,
    transport: prepared.stream && prepared.answer?.kind !== "whole"
      ? "sse"
      : "http",
  }, deps.dispatch);
  try {
    const response = await answer(prepared, { caller, record }, deps);
    const ignored = prepared.ignored.filter(isName).slice(0, MAX_IGNORED);
    if (ignored.length > 0) {
      response.headers.set("x-codaze-ignored", ignored.join(", "));
    }
    return response;
  } catch (error) {
    record.ends({ kind: "failed", failure: BUG });
    throw error;
  }
}

/** More would make the head of the answer too long for some readers. */
const MAX_IGNORED = 100;

/** Whether a parameter's name can stand in a header. */
function isName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name);
}

const BUG: Failure = { kind: "transport", message: "internal error" };

interface Call {
  readonly caller: AbortSignal;
  readonly record: TurnRecord;
}

async function answer(
  prepared: PreparedRequest,
  { caller, record }: Call,
  deps: RunDeps,
): Promise<Response> {
  using pending = deps.work.begin(caller);
  const { signal } = pending;
  const done = await dispatch({
    endpoint: prepared.endpoint,
    asked: prepared,
    sender: overHttp(prepared, signal, deps.dispatch),
    signal,
    attemptLog: record.attemptLog,
  }, deps.dispatch);
  if (!done.ok) {
    const failure = deps.work.meaningOf(done.error);
    record.ends({ kind: "failed", failure });
    return failed(failure, prepared, deps);
  }
  const { answered, lease } = done.value;
  if (answered.kind === "turn") {
    const turn: RelayedTurn = { turn: answered.turn, lease, record };
    const { writer } = answered.turn.outlet;
    return await guarded(
      lease,
      () =>
        writer?.kind === "whole"
          ? whole(turn, { writer, signal, prepared }, deps)
          : streamed(turn, prepared, deps),
    );
  }
  lease.settle({ kind: "success" });
  if (hasUsage(prepared)) record.used(readWholeUsage(answered.answer.body));
  record.ends({ kind: "success" });
  if (prepared.endpoint === "models") deps.models.learn(answered.answer);
  return unary(answered.answer, prepared, deps);
}

/** Turns that are answered whole, and compactions; pictures are megabytes. */
function hasUsage({ endpoint }: PreparedRequest): boolean {
  return endpoint === "responses" || endpoint === "responses/compact";
}

function failed(
  failure: Failure,
  { dialect, stream, answer }: PreparedRequest,
  deps: RunDeps,
): Response {
  const isMended = answer !== undefined;
  return renderFailure(failure, {
    ...deps.rendering(dialect),
    stream,
    isMended,
  });
}

function unary(
  answer: Answer,
  prepared: PreparedRequest,
  { dispatch: { poolLimits } }: RunDeps,
): Response {
  const { dialect, endpoint } = prepared;
  const body = dialect === "openai" && endpoint === "responses/compact"
    ? openaiCompaction(answer.body)
    : answer.body;
  return new Response(body.length === 0 ? null : body, {
    status: answer.status,
    headers: answerHeaders(answer.headers, dialect, poolLimits.lines),
  });
}

interface RelayedTurn {
  readonly turn: OpenTurn;
  readonly lease: Lease;
  readonly record: TurnRecord;
}

function streamed(
  relayed: RelayedTurn,
  prepared: PreparedRequest,
  deps: RunDeps,
): Response {
  const { turn } = relayed;
  const relay = relayOf(relayed, prepared, deps);
  deps.work.relay(relay);
  return new Response(relay.stream(), {
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

/** Reads the turn to its end; nothing is sent before. */
async function whole(
  turn: RelayedTurn,
  { writer, signal, prepared }: {
    readonly writer: WholeWriter;
    readonly signal: AbortSignal;
    readonly prepared: PreparedRequest;
  },
  deps: RunDeps,
): Promise<Response> {
  const relay = relayOf(turn, prepared, deps);
  const reader = relay.stream().getReader();
  const stopped = () => deps.work.meaningOf({ kind: "caller_gone" });
  const abort = () => {
    if (stopped().kind === "caller_gone") void reader.cancel();
    else relay.end("the gateway was stopped");
  };
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  while (!(await reader.read()).done);
  return signal.aborted
    ? failed(stopped(), prepared, deps)
    : renderWhole(writer.answer());
}

function relayOf(
  { turn, lease, record }: RelayedTurn,
  { dialect }: PreparedRequest,
  deps: RunDeps,
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
  { dispatch: { runtime, timeouts } }: RunDeps,
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

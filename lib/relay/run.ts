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
  KEEPALIVE_EVENT,
  renderFailure,
  type Rendering,
  renderStreamFailure,
} from "../downstream/render.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { dispatch, type DispatchDeps, guarded } from "./dispatch.ts";
import { overHttp } from "./http.ts";
import type { OpenWork } from "./open_work.ts";
import { Relay } from "./stream.ts";
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

/** `caller` aborts when the caller leaves. */
export async function run(
  prepared: PreparedRequest,
  caller: AbortSignal,
  deps: RunDeps,
): Promise<Response> {
  const record = new TurnRecord({
    request: crypto.randomUUID().slice(0, 8),
    prepared,
    transport: prepared.stream ? "sse" : "http",
  }, deps.dispatch);
  try {
    return await answer(prepared, { caller, record }, deps);
  } catch (error) {
    record.ends({ kind: "failed", failure: BUG });
    throw error;
  }
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
    return await guarded(lease, () => relay(turn, prepared, deps));
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
  { dialect, stream }: PreparedRequest,
  deps: RunDeps,
): Response {
  return renderFailure(failure, { ...deps.rendering(dialect), stream });
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

function relay(
  { turn, lease, record }: RelayedTurn,
  { dialect }: PreparedRequest,
  deps: RunDeps,
): Response {
  const { runtime, timeouts, poolLimits } = deps.dispatch;
  if (turn.held.length > 0) record.event();
  const relay = new Relay(turn, {
    runtime,
    lease,
    record,
    keepaliveMs: timeouts.keepaliveMs,
    idleMs: timeouts.idleMs,
    voice: {
      failure: (message) =>
        renderStreamFailure(dialect, message, runtime.now()),
      keepalive: dialect === "codex" ? KEEPALIVE_EVENT : undefined,
    },
  });
  deps.work.relay(relay);
  return new Response(relay.stream(), {
    status: turn.status,
    headers: answerHeaders(turn.headers, dialect, poolLimits.lines),
  });
}

/**
 * One prepared request: dispatches it, answers in the caller's dialect, and
 * records how it ended.
 *
 * Joins the parts of the pipeline; their rules are their own.
 */
import { answerHeaders, openaiCompaction } from "../downstream/answer.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import {
  renderFailure,
  type Rendering,
  renderWhole,
} from "../downstream/render.ts";
import type { Lease } from "../accounts/pool/lease.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { dispatch, type DispatchDeps, type Dispatched } from "./dispatch.ts";
import { type Answered, overHttp } from "./http.ts";
import { type RelayedTurn, streamed, wholeTurn } from "./relayed_turn.ts";
import type { OpenWork } from "./open_work.ts";
import { TurnRecord } from "./turn_record.ts";
import type { Models } from "../upstream/models.ts";
import type { MaybePromise } from "../result.ts";
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
  using pending = deps.work.begin(caller);
  const { signal } = pending;
  let lease: Lease | undefined;
  try {
    const done = await dispatch({
      endpoint: prepared.endpoint,
      asked: prepared,
      sender: overHttp(prepared, signal, deps.dispatch),
      signal,
      attemptLog: record.attemptLog,
    }, deps.dispatch);
    if (done.ok) lease = done.value.lease;
    const call: Call = { prepared, record, signal };
    const response = done.ok
      ? await answer(done.value, call, deps)
      : failed(done.error, call, deps);
    if (prepared.ignored.length > 0) nameIgnored(prepared.ignored, response);
    return response;
  } catch (error) {
    lease?.settle({ kind: "released" });
    record.ends({ kind: "failed", failure: BUG });
    throw error;
  }
}

function nameIgnored(names: readonly string[], { headers }: Response): void {
  const ignored = names.filter(isName).slice(0, MAX_IGNORED);
  if (ignored.length > 0) headers.set("x-codaze-ignored", ignored.join(", "));
}

/** More would make the head of the answer too long for some readers. */
const MAX_IGNORED = 100;

/** Whether a parameter's name can stand in a header. */
function isName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name);
}

const BUG: Failure = { kind: "transport", message: "internal error" };

interface Call {
  readonly prepared: PreparedRequest;
  readonly record: TurnRecord;
  /** Aborts when the caller leaves, or when the gateway stops. */
  readonly signal: AbortSignal;
}

function answer(
  { answered, lease }: Dispatched<Answered>,
  { prepared, record, signal }: Call,
  deps: RunDeps,
): MaybePromise<Response> {
  if (answered.kind === "turn") {
    const { turn } = answered;
    return answerTurn({ prepared, turn, lease, record }, signal, deps);
  }
  lease.settle({ kind: "success" });
  if (hasUsage(prepared)) record.used(readWholeUsage(answered.answer.body));
  record.ends({ kind: "success" });
  if (prepared.endpoint === "models") deps.models.learn(answered.answer);
  return unary(answered.answer, prepared, deps);
}

function answerTurn(
  turn: RelayedTurn,
  signal: AbortSignal,
  deps: RunDeps,
): MaybePromise<Response> {
  const { writer } = turn.turn.outlet;
  return writer?.kind === "whole"
    ? answerWhole(turn, { writer, signal }, deps)
    : streamed(turn, deps);
}

async function answerWhole(
  turn: RelayedTurn,
  reading: Parameters<typeof wholeTurn>[1],
  deps: RunDeps,
): Promise<Response> {
  const whole = await wholeTurn(turn, reading, deps);
  return whole.ok
    ? renderWhole(whole.value)
    : rendered(whole.error, turn.prepared, deps);
}

/** Turns that are answered whole, and compactions; pictures are megabytes. */
function hasUsage({ endpoint }: PreparedRequest): boolean {
  return endpoint === "responses" || endpoint === "responses/compact";
}

function failed(
  error: Failure,
  { prepared, record }: Call,
  deps: RunDeps,
): Response {
  const failure = deps.work.meaningOf(error);
  record.ends({ kind: "failed", failure });
  return rendered(failure, prepared, deps);
}

function rendered(
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

/**
 * The public port: what Codex and the OpenAI SDKs call.
 *
 * Entrances to one pipeline: guard, prepare, dispatch, render. Knows HTTP and
 * the pipeline's parts, no rule of theirs.
 */
import { STATUS_CODE } from "@std/http";
import { answerHeaders } from "../downstream/answer.ts";
import { readBody } from "../downstream/body.ts";
import { dialectOf } from "../downstream/caller.ts";
import { prepare, type PrepareContext } from "../downstream/normalize.ts";
import type { Endpoint, PreparedRequest } from "../downstream/prepared.ts";
import {
  json,
  KEEPALIVE_EVENT,
  renderCallerError,
  renderFailure,
  type RenderOptions,
  renderStreamFailure,
} from "../downstream/render.ts";
import { openaiCompaction } from "../downstream/compaction.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { dispatch, type DispatchDeps, guarded } from "../relay/dispatch.ts";
import { overHttp } from "../relay/http.ts";
import type { OpenWork } from "../relay/open_work.ts";
import { Relay } from "../relay/stream.ts";
import type { OpenTurn } from "../relay/window.ts";
import type { Lease } from "../accounts/lease.ts";
import type { Models } from "../upstream/models.ts";
import { route, type Routed } from "./route.ts";
import { openWebsocket } from "./websocket.ts";

export interface PublicDeps extends DispatchDeps {
  readonly prepare: PrepareContext;
  readonly models: Models;
  readonly work: OpenWork;
  readonly maxBodyBytes: number;
  readonly unavailable: "limits" | "overloaded";
}

export function publicRoutes(
  deps: PublicDeps,
): (request: Request) => Response | Promise<Response> {
  const forwarded = (endpoint: Endpoint) => (routed: Routed) =>
    forward(endpoint, routed, deps);
  const routes = route({
    "GET /health": () => json(STATUS_CODE.OK, { ok: true }),
    "GET /v1/models": (routed) => models(routed, deps),
    "GET /v1/responses": ({ request, url }) => {
      return openWebsocket(request, url, deps);
    },
    // The client's doctor looks whether somebody is there (capture B14).
    "HEAD /v1/responses": () => new Response(null),
    "POST /v1/responses": forwarded("responses"),
    "POST /v1/responses/compact": forwarded("responses/compact"),
    "POST /v1/memories/trace_summarize": forwarded("memories/trace_summarize"),
    "POST /v1/alpha/search": forwarded("alpha/search"),
    "POST /v1/images/generations": forwarded("images/generations"),
    "POST /v1/images/edits": forwarded("images/edits"),
  });
  return (request) => deps.work.draining ? stopping() : routes(request);
}

/** The client tries again in a moment, and finds the next gateway. */
function stopping(): Response {
  const message = "The gateway is stopping";
  const error = { message, type: "server_error", param: null, code: null };
  return json(STATUS_CODE.ServiceUnavailable, { error }, {
    "retry-after": "1",
  });
}

async function forward(
  endpoint: Endpoint,
  { request, url }: Routed,
  deps: PublicDeps,
): Promise<Response> {
  const body = await readBody(request, deps.maxBodyBytes);
  if (!body.ok) return renderCallerError(body.error);
  const prepared = await prepare({
    endpoint,
    query: url.search,
    headers: request.headers,
    body: body.value,
  }, deps.prepare);
  if (!prepared.ok) return renderCallerError(prepared.error);
  return await run(prepared.value, request.signal, deps);
}

/** A Codex caller gets upstream's list as it is, an SDK caller a snapshot. */
async function models(
  { request, url }: Routed,
  deps: PublicDeps,
): Promise<Response> {
  const dialect = dialectOf(request.headers);
  if (dialect === "openai") {
    const list = await deps.models.list();
    if (!list.ok) return renderFailure(list.error, rendering(deps, dialect));
    const data = list.value.map(({ slug }) => ({
      id: slug,
      object: "model",
      created: 0,
      owned_by: "openai",
    }));
    return json(STATUS_CODE.OK, { object: "list", data });
  }
  const prepared = await prepare({
    endpoint: "models",
    query: url.search,
    headers: request.headers,
    body: undefined,
  }, deps.prepare);
  if (!prepared.ok) return renderCallerError(prepared.error);
  return await run(prepared.value, request.signal, deps);
}

async function run(
  prepared: PreparedRequest,
  caller: AbortSignal,
  deps: PublicDeps,
): Promise<Response> {
  const requestId = crypto.randomUUID().slice(0, 8);
  using pending = deps.work.begin(caller);
  const { signal } = pending;
  const done = await dispatch({
    endpoint: prepared.endpoint,
    sessionKey: prepared.sessionKey,
    sender: overHttp(prepared, signal, deps),
    signal,
    requestId,
  }, deps);
  if (!done.ok) return failed(done.error, prepared, deps);
  const { answered, lease } = done.value;
  if (answered.kind === "turn") {
    const { turn } = answered;
    return await guarded(lease, () => relay(turn, lease, prepared, deps));
  }
  lease.settle({ kind: "success" });
  if (prepared.endpoint === "models") deps.models.learn(answered.answer);
  return unary(answered.answer, prepared);
}

function failed(
  failure: Failure,
  prepared: PreparedRequest,
  deps: PublicDeps,
): Response {
  const { dialect, stream } = prepared;
  // The caller has not left, we have: it may come back in a moment.
  const shown: Failure = failure.kind === "caller_gone" && deps.work.ended
    ? { kind: "transport", message: "the gateway was stopped" }
    : failure;
  return renderFailure(shown, { ...rendering(deps, dialect), stream });
}

function rendering(
  deps: PublicDeps,
  dialect: PreparedRequest["dialect"],
): RenderOptions {
  const { runtime, unavailable } = deps;
  return { dialect, stream: false, unavailable, now: runtime.now() };
}

function unary(answer: Answer, prepared: PreparedRequest): Response {
  const { dialect, endpoint } = prepared;
  const body = dialect === "openai" && endpoint === "responses/compact"
    ? openaiCompaction(answer.body)
    : answer.body;
  return new Response(body.length === 0 ? null : body, {
    status: answer.status,
    headers: answerHeaders(answer.headers, dialect),
  });
}

function relay(
  turn: OpenTurn,
  lease: Lease,
  { dialect }: PreparedRequest,
  deps: PublicDeps,
): Response {
  const { runtime, timeouts } = deps;
  const relay = new Relay(turn, {
    runtime,
    lease,
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
    headers: answerHeaders(turn.headers, dialect),
  });
}

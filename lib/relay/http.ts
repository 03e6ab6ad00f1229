/**
 * One send over HTTP: the request, and the beginning of its answer.
 *
 * Reads an event stream until the turn can be committed, and any other answer
 * to its end, so that another account can still replace a broken answer. Does
 * not choose the account or answer the caller.
 */
import type { Endpoint, PreparedRequest } from "../downstream/prepared.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { UPLOAD_BYTES_PER_MS } from "../limits.ts";
import { isEventStream } from "../protocol/headers.ts";
import { eventBytes } from "../protocol/sse.ts";
import { RATE_LIMITS, readEvent } from "../quota/read_event.ts";
import { readHeaders } from "../quota/read_headers.ts";
import { err, ok, type Result } from "../result.ts";
import { send } from "../upstream/client.ts";
import { Deadline, whyBroken } from "../upstream/deadline.ts";
import { buildRequest } from "../upstream/request.ts";
import {
  type AttemptDeps,
  formWorked,
  type Sender,
  type Timeouts,
} from "./attempt.ts";
import { Variants } from "./variants.ts";
import { type OpenTurn, openTurn } from "./window.ts";

/** A whole answer, or a turn that is still open. */
export type Answered =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "turn"; readonly turn: OpenTurn };

export function overHttp(
  prepared: PreparedRequest,
  signal: AbortSignal,
  deps: AttemptDeps,
): Sender<Answered> {
  const variants = new Variants(prepared);
  const { runtime, timeouts, upstream } = deps;
  const { clients, cookies, turnStates } = deps.memory;
  const headersMs = headersTimeout(prepared, timeouts);
  const sendRequest: Sender<Answered>["send"] = async (
    lease,
    credential,
    variant,
  ) => {
    const { login } = credential;
    // Only for this account: the next one may be able to read the reasoning.
    const request = variants.of(variant);
    const attempt = await buildRequest(turnStates.forLogin(request, login), {
      upstream,
      credential,
      cookie: cookies.header(login),
      secrets: lease.account.secrets,
    });
    // A whole answer gets in all what a stream gets between two events.
    using whole = isStreamedTurn(request) ? undefined : new Deadline({
      after: runtime.after,
      ms: headersMs + timeouts.idleMs,
      awaited: "whole answer from upstream",
      signal,
    });
    const sent = await send(attempt, {
      runtime,
      client: clients.of(login),
      signal: whole?.signal ?? signal,
      headersTimeoutMs: headersMs,
      expected: isStreamedTurn(request) ? "events" : "json",
    });
    if (!sent.ok) {
      const { error } = sent;
      // After an edge refusal, the retry decides about the cookies.
      if ("answer" in error && error.kind !== "edge_refused") {
        const { headers } = error.answer;
        cookies.store(login, headers);
        lease.learned(readHeaders(headers, runtime.now(), "refusal"));
      }
      return sent;
    }

    const response = sent.value;
    cookies.store(login, response.headers);
    turnStates.issued(response.headers, login);
    lease.learned(readHeaders(response.headers, runtime.now()));
    const { body, headers } = response;
    if (body && isEventStream(headers, request.stream)) {
      const { windowMs } = timeouts;
      const turn = await openTurn(response, body, {
        runtime,
        windowMs,
        signal,
        endsWithBody: request.endpoint !== "responses",
        learned: (data) => lease.learned(readEvent(data, runtime.now())),
        pooled: pooledEvent(prepared.dialect, deps),
        writer: request.answer?.writer(),
        failsByStatus: request.dialect === "openai",
      });
      if (!turn.ok) return turn;
      if (turn.value.hasContent) lease.answered();
      if (variant.otherForm) formWorked(request, deps);
      return ok({ kind: "turn", turn: turn.value });
    }
    return await readWhole(response, signal, whole);
  };
  return {
    send: sendRequest,
    canLighten: () => variants.canLighten,
    canReform: () => prepared.form?.other !== undefined && deps.forms.mayChange,
  };
}

/**
 * For Codex callers; an SDK has no use for it. Holds nothing of the request,
 * whose body may be megabytes: the stream may last for hours.
 */
function pooledEvent(
  dialect: PreparedRequest["dialect"],
  { poolLimits }: AttemptDeps,
): () => Uint8Array<ArrayBuffer> | undefined {
  return () => {
    const data = dialect === "codex" ? poolLimits.event() : undefined;
    return data === undefined ? undefined : eventBytes(RATE_LIMITS, data);
  };
}

/** Compaction and images can take minutes before the answer begins. */
const SLOW: ReadonlySet<Endpoint> = new Set([
  "responses/compact",
  "images/generations",
  "images/edits",
]);

/**
 * How long the head of the answer may take. The runtime does not say when a
 * request has been written, so the limit includes the upload on a slow line.
 */
export function headersTimeout(
  { endpoint, body }: Pick<PreparedRequest, "endpoint" | "body">,
  { headersMs, longHeadersMs }: Pick<Timeouts, "headersMs" | "longHeadersMs">,
): number {
  const size = body?.bytes.byteLength ?? 0;
  const limit = SLOW.has(endpoint) ? longHeadersMs : headersMs;
  return limit + Math.ceil(size / UPLOAD_BYTES_PER_MS);
}

/** A picture may come as JSON although events were asked for; a turn may not. */
function isStreamedTurn({ endpoint, stream }: PreparedRequest): boolean {
  return endpoint === "responses" && stream;
}

async function readWhole(
  response: Response,
  signal: AbortSignal,
  deadline: Deadline | undefined,
): Promise<Result<Answered, Failure>> {
  const { status, headers } = response;
  try {
    const body = await response.bytes();
    return ok({ kind: "answer", answer: { status, headers, body } });
  } catch (error) {
    return err(whyBroken(error, { signal, deadline }));
  }
}

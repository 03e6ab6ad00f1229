/**
 * One send over HTTP: a request, and the beginning of its answer.
 *
 * An event stream is read until its turn may be committed, anything else to
 * its end, so that a broken answer can still come from another account.
 */
import type { PreparedRequest } from "../downstream/prepared.ts";
import { withoutReasoning } from "../downstream/reasoning.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import { errorMessage, send } from "../upstream/client.ts";
import { Deadline } from "../upstream/deadline.ts";
import { buildAttempt } from "../upstream/request.ts";
import type { AttemptDeps, Sender } from "./attempt.ts";
import { type OpenTurn, openTurn } from "./window.ts";

/** What came of a request: an answer read whole, or a turn that goes on. */
export type Answered =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "turn"; readonly turn: OpenTurn };

export function overHttp(
  prepared: PreparedRequest,
  signal: AbortSignal,
  deps: AttemptDeps,
): Sender<Answered> {
  let request = prepared;
  const lighten = () => {
    const lighter = withoutReasoning(request);
    request = lighter ?? request;
    return lighter !== undefined;
  };
  const { cookies, runtime, timeouts, turnStates, upstream } = deps;
  const sendRequest: Sender<Answered>["send"] = async (lease, credential) => {
    const { login } = credential;
    const attempt = await buildAttempt(turnStates.forLogin(request, login), {
      upstream,
      credential,
      cookie: cookies.header(login),
    });
    // A turn is watched for silence as it goes by; a whole answer gets as much
    // time in all.
    const { headersMs, idleMs } = timeouts;
    using whole = request.stream ? undefined : new Deadline({
      after: runtime.after,
      ms: headersMs + idleMs,
      signal,
    });
    const sent = await send(attempt, {
      runtime,
      signal: whole?.signal ?? signal,
      headersTimeoutMs: headersMs,
    });
    if (!sent.ok) {
      const { error } = sent;
      const answer = "answer" in error ? error.answer : undefined;
      if (answer) cookies.refused(login, answer);
      return sent;
    }

    const response = sent.value;
    cookies.store(login, response.headers);
    turnStates.issued(response.headers, login);
    const { body, headers } = response;
    if (body && headers.get("content-type")?.startsWith("text/event-stream")) {
      const { windowMs } = timeouts;
      const turn = await openTurn(response, body, {
        runtime,
        windowMs,
        signal,
      });
      if (!turn.ok) return turn;
      lease.answered();
      return ok({ kind: "turn", turn: turn.value });
    }
    const read = await readWhole(response, signal);
    if (read.ok) lease.answered();
    return read;
  };
  return { send: sendRequest, patienceMs: timeouts.headersMs, lighten };
}

async function readWhole(
  response: Response,
  signal: AbortSignal,
): Promise<Result<Answered, Failure>> {
  const { status, headers } = response;
  try {
    const body = await response.bytes();
    return ok({ kind: "answer", answer: { status, headers, body } });
  } catch (error) {
    if (signal.aborted) return err({ kind: "caller_gone" });
    return err({ kind: "transport", message: errorMessage(error) });
  }
}

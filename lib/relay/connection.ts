/**
 * Finds an account for a websocket and opens its connection to upstream.
 *
 * The attempt loop is that of every request; a refused handshake is judged
 * like any other answer.
 */
import { STATUS_CODE } from "@std/http";
import type { Account, Credential } from "../accounts/account.ts";
import type { Lease } from "../accounts/lease.ts";
import { type Moment, momentOf } from "../clock.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import { classifyAnswer } from "../failure/classify.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { OutgoingSocket, SocketHandlers } from "../runtime.ts";
import { errorMessage } from "../upstream/client.ts";
import { Deadline } from "../upstream/deadline.ts";
import { assertSendable, buildHandshake } from "../upstream/request.ts";
import type { AttemptDeps, Sender } from "./attempt.ts";

/** An open websocket of one account. */
export interface Connection {
  readonly kind: "connection";
  readonly account: Account;
  readonly credential: Credential;
  /** Of upstream's 101. */
  readonly headers: Headers;
  readonly socket: OutgoingSocket;
  readonly opened: Moment;
}

/** The official client's own limit for a message (C3.1). */
const MAX_MESSAGE_BYTES = 67_108_864;

export interface ConnectOptions {
  /** The caller's handshake, under the rules for its dialect and mode. */
  readonly prepared: PreparedRequest;
  readonly signal: AbortSignal;
  /** Made anew for each handshake, so that a late event finds its own. */
  readonly handlers: () => SocketHandlers;
}

/** What the attempt loop sends to open a websocket. */
export function overWebsocket(
  { prepared, signal, handlers }: ConnectOptions,
  deps: AttemptDeps,
): Sender<Connection> {
  const { cookies, runtime, timeouts, turnStates, upstream } = deps;
  const send: Sender<Connection>["send"] = async ({ account }, credential) => {
    const { login } = credential;
    const request = turnStates.forLogin(prepared, login);
    const handshake = buildHandshake(request, {
      upstream,
      credential,
      cookie: cookies.header(login),
      secrets: account.secrets,
    });
    const { after } = runtime;
    using deadline = new Deadline({
      after,
      ms: timeouts.handshakeMs,
      awaited: "answer to the websocket handshake",
      signal,
    });
    try {
      const answer = await runtime.connect({
        ...handshake,
        signal: deadline.signal,
        maxMessageBytes: MAX_MESSAGE_BYTES,
        handlers: handlers(),
      });
      if (answer.kind === "refused") {
        const failure = refusalOf(answer, runtime.now());
        // Whoever asks again learns what a refusal of the edge says of them.
        if (failure.kind !== "edge_refused") {
          cookies.store(login, answer.headers);
        }
        return err(failure);
      }
      const { headers, socket } = answer;
      cookies.store(login, headers);
      const opened = momentOf(runtime);
      return ok({
        kind: "connection",
        account,
        credential,
        headers,
        socket,
        opened,
      });
    } catch (error) {
      if (!signal.aborted) assertSendable(handshake);
      return err(failureOf(error, signal, deadline));
    }
  };
  // A handshake carries no history.
  return { send, canLighten: () => false };
}

/** What upstream has, but not as a websocket (RFC 9110, 15.6.2 and 15.6.6). */
const NOT_IMPLEMENTED: ReadonlySet<number> = new Set([
  STATUS_CODE.NotImplemented,
  STATUS_CODE.HTTPVersionNotSupported,
]);

/**
 * A handshake that is refused for the account's sake is the account's matter.
 * Anything else that is neither a 101 nor a passing trouble, whether upstream
 * or a proxy says it, means that there is no websocket to be had this way.
 */
function refusalOf(answer: Answer, now: number): Failure {
  const { status } = answer;
  const message = `the websocket handshake was answered with ${status}`;
  if (status < 400 || NOT_IMPLEMENTED.has(status)) {
    return { kind: "no_websocket", message };
  }
  const failure = classifyAnswer(answer, now);
  return failure.kind === "request_rejected"
    ? { kind: "no_websocket", message }
    : failure;
}

function failureOf(
  error: unknown,
  signal: AbortSignal,
  deadline: Deadline,
): Failure {
  if (signal.aborted) return { kind: "caller_gone" };
  if (deadline.isOver) return { kind: "timeout", message: deadline.message };
  const message = errorMessage(error);
  // A proxy that this process may not reach itself: `fetch` may, so the caller
  // is sent there by what makes it use server-sent events.
  return isDenied(error)
    ? { kind: "no_websocket", message }
    : { kind: "transport", message };
}

/** The permissions of this process said no, in the runtime's words or Node's. */
function isDenied(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof Deno.errors.NotCapable) return true;
    if ("code" in at && at.code === "EPERM") return true;
  }
  return false;
}

/** What dispatch gives for a websocket. */
export type Connected = Result<
  { readonly answered: Connection; readonly lease: Lease },
  Failure
>;

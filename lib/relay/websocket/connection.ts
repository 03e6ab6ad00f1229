/**
 * Opens an upstream websocket as the sender of the attempt loop. A refused
 * handshake is classified like any other answer.
 *
 * Does not choose the account and sends no frames.
 */
import { STATUS_CODE } from "@std/http";
import type { Account, Credential } from "../../accounts/pool/account.ts";
import type { Lease } from "../../accounts/pool/lease.ts";
import { type Moment, momentOf } from "../../clock.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import { classifyAnswer } from "../../failure/classify.ts";
import type { Answer, Failure } from "../../failure/failure.ts";
import { MAX_UPSTREAM_MESSAGE_BYTES } from "../../limits.ts";
import { readHeaders } from "../../quota/read_headers.ts";
import { err, ok, type Result } from "../../result.ts";
import type { OutgoingSocket, SocketHandlers } from "../../runtime.ts";
import { Deadline, whyBroken } from "../../upstream/deadline.ts";
import { assertSendable, buildHandshake } from "../../upstream/request.ts";
import type { AttemptDeps, Sender } from "../attempt.ts";

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

export interface ConnectOptions {
  /** The caller's handshake, under the rules for its dialect and mode. */
  readonly prepared: PreparedRequest;
  readonly signal: AbortSignal;
  /** Called for each handshake, so that late events reach the right one. */
  readonly handlers: () => SocketHandlers;
}

/** The sender that opens a websocket. */
export function overWebsocket(
  { prepared, signal, handlers }: ConnectOptions,
  deps: AttemptDeps,
): Sender<Connection> {
  const { runtime, timeouts, upstream } = deps;
  const { cookies, turnStates } = deps.memory;
  const send: Sender<Connection>["send"] = async (lease, credential) => {
    const { account } = lease;
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
        maxMessageBytes: MAX_UPSTREAM_MESSAGE_BYTES,
        handlers: handlers(),
      });
      if (answer.kind === "refused") {
        const failure = refusalOf(answer, runtime.now());
        // After an edge refusal, the retry decides about the cookies.
        if (failure.kind !== "edge_refused") {
          cookies.store(login, answer.headers);
          lease.learned(readHeaders(answer.headers, runtime.now(), "refusal"));
        }
        return err(failure);
      }
      const { headers, socket } = answer;
      cookies.store(login, headers);
      lease.learned(readHeaders(headers, runtime.now()));
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
  return { send, canLighten: () => false, canReform: () => false };
}

/**
 * The address exists, but not as a websocket (RFC 9110, sections 15.6.2 and
 * 15.6.6).
 */
const NOT_IMPLEMENTED: ReadonlySet<number> = new Set([
  STATUS_CODE.NotImplemented,
  STATUS_CODE.HTTPVersionNotSupported,
]);

/**
 * A refusal that concerns the account, or that may pass, is classified like any
 * other answer. Every other answer, from upstream or from a proxy, means that
 * this route has no websocket.
 */
function refusalOf(answer: Answer, now: number): Failure {
  const { status } = answer;
  const message = `the websocket handshake was answered with ${status}`;
  // With 426 upstream itself sends the client to server-sent events.
  const everywhere = status === STATUS_CODE.UpgradeRequired;
  if (status < 400 || NOT_IMPLEMENTED.has(status)) {
    return { kind: "no_websocket", message, everywhere };
  }
  const failure = classifyAnswer(answer, now);
  return failure.kind === "request_rejected"
    ? { kind: "no_websocket", message, everywhere }
    : failure;
}

function failureOf(
  error: unknown,
  signal: AbortSignal,
  deadline: Deadline,
): Failure {
  const failure = whyBroken(error, { signal, deadline });
  // The process may not connect to this proxy itself, but `fetch` may. So the
  // caller is told to use server-sent events.
  return failure.kind === "transport" && isDenied(error)
    ? { kind: "no_websocket", message: failure.message, everywhere: true }
    : failure;
}

/** Denied by this process's permissions, as Deno or as Node reports it. */
function isDenied(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof Deno.errors.NotCapable) return true;
    if ("code" in at && at.code === "EPERM") return true;
  }
  return false;
}

/** What `dispatch` returns for a websocket. */
export type Connected = Result<
  { readonly answered: Connection; readonly lease: Lease },
  Failure
>;

/**
 * One attempt: an account's credential, a send, and the beginning of the
 * answer.
 *
 * At most two sends for the sake of the token, the second with a fresh one;
 * retries of a broken connection are counted per request, not per account.
 */
import type { Lease } from "../accounts/lease.ts";
import type { Credential } from "../accounts/account.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import { type Answer, type Failure, nextStep } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { errorMessage, send } from "../upstream/client.ts";
import type { CookieJar } from "../upstream/cookies.ts";
import { buildAttempt } from "../upstream/request.ts";
import type { Tokens } from "../upstream/token.ts";
import type { TurnStates } from "../upstream/turn_state.ts";
import { type OpenTurn, openTurn } from "./window.ts";

/** Times in milliseconds; the gateway has defaults, tests have their own. */
export interface Timeouts {
  readonly headersMs: number;
  readonly windowMs: number;
  readonly keepaliveMs: number;
  readonly idleMs: number;
  /** Waits before the retries of a broken connection. */
  readonly transportRetryMs: readonly number[];
}

export interface AttemptDeps {
  readonly runtime: Runtime;
  readonly tokens: Tokens;
  readonly cookies: CookieJar;
  readonly turnStates: TurnStates;
  readonly upstream: URL;
  readonly timeouts: Timeouts;
}

export type Attempted =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "turn"; readonly turn: OpenTurn };

/** The attempts of one request. */
export class Attempts {
  readonly #prepared: PreparedRequest;
  readonly #signal: AbortSignal;
  readonly #deps: AttemptDeps;
  /** Sends that got no answer, over all accounts. */
  #unanswered = 0;

  constructor(
    request: {
      readonly prepared: PreparedRequest;
      readonly signal: AbortSignal;
    },
    deps: AttemptDeps,
  ) {
    this.#prepared = request.prepared;
    this.#signal = request.signal;
    this.#deps = deps;
  }

  /** Retries and the one other account are used up: the network is down. */
  get transportSpent(): boolean {
    return this.#unanswered > this.#deps.timeouts.transportRetryMs.length + 1;
  }

  async run(lease: Lease): Promise<Result<Attempted, Failure>> {
    let rejected: Credential | undefined;
    while (true) {
      const credential = await this.#credential(lease, rejected);
      if (!credential.ok) return credential;

      const sent = await this.#sendThrough(lease, credential.value);
      if (sent.ok || nextStep(sent.error) !== "refresh" || rejected) {
        return sent;
      }
      rejected = credential.value;
    }
  }

  /** Refreshing is not given up when this caller leaves: others may wait. */
  async #credential(
    lease: Lease,
    rejected: Credential | undefined,
  ): Promise<Result<Credential, Failure>> {
    const gone = whenAborted(this.#signal);
    try {
      return await Promise.race([
        this.#deps.tokens.credential(lease.account, rejected),
        gone.promise,
      ]);
    } finally {
      gone.forget();
    }
  }

  /** Sends again over a new connection while a broken one may be chance. */
  async #sendThrough(
    lease: Lease,
    credential: Credential,
  ): Promise<Result<Attempted, Failure>> {
    const { runtime, timeouts } = this.#deps;
    while (true) {
      const sent = await this.#send(lease, credential);
      if (sent.ok || sent.error.kind !== "transport") return sent;

      const wait = timeouts.transportRetryMs[this.#unanswered++];
      if (wait === undefined) return sent;
      const jitter = 0.8 + 0.4 * runtime.random();
      await this.#pause(wait * jitter);
      if (this.#signal.aborted) return err({ kind: "caller_gone" });
    }
  }

  async #send(
    lease: Lease,
    credential: Credential,
  ): Promise<Result<Attempted, Failure>> {
    const { cookies, runtime, timeouts, turnStates, upstream } = this.#deps;
    const { id } = lease.account;
    const attempt = await buildAttempt(
      turnStates.forAccount(this.#prepared, id),
      { upstream, credential, cookie: cookies.header(id) },
    );
    const sent = await send(attempt, {
      runtime,
      signal: this.#signal,
      headersTimeoutMs: timeouts.headersMs,
    });
    if (!sent.ok) {
      // A refusal of the edge is where its cookies come from.
      const { error } = sent;
      const answer = "answer" in error ? error.answer : undefined;
      if (answer) cookies.store(id, answer.headers);
      return sent;
    }

    const response = sent.value;
    cookies.store(id, response.headers);
    turnStates.issued(response.headers, id);
    const { body, headers } = response;
    if (body && headers.get("content-type")?.startsWith("text/event-stream")) {
      const turn = await openTurn(response, body, {
        runtime,
        windowMs: timeouts.windowMs,
        signal: this.#signal,
      });
      return turn.ok ? ok({ kind: "turn", turn: turn.value }) : turn;
    }
    return await this.#readWhole(response);
  }

  async #readWhole(response: Response): Promise<Result<Attempted, Failure>> {
    const { status, headers } = response;
    try {
      const body = await response.bytes();
      return ok({ kind: "answer", answer: { status, headers, body } });
    } catch (error) {
      if (this.#signal.aborted) return err({ kind: "caller_gone" });
      return err({ kind: "transport", message: errorMessage(error) });
    }
  }

  /** Resolves after `ms`, or when the caller leaves. */
  async #pause(ms: number): Promise<void> {
    const gone = whenAborted(this.#signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.runtime.after(ms, resolve);
    await Promise.race([promise, gone.promise]);
    cancel();
    gone.forget();
  }
}

interface Gone {
  readonly promise: Promise<Result<never, Failure>>;
  readonly forget: () => void;
}

/** Resolves when the caller leaves; to be forgotten when that is no concern. */
function whenAborted(signal: AbortSignal): Gone {
  const { promise, resolve } = Promise.withResolvers<
    Result<never, Failure>
  >();
  const left = () => resolve(err({ kind: "caller_gone" }));
  if (signal.aborted) left();
  signal.addEventListener("abort", left);
  return {
    promise,
    forget: () => signal.removeEventListener("abort", left),
  };
}

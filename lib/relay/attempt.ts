/**
 * One attempt on one account: its credential, and a send.
 *
 * At most two sends for the sake of the token, the second with a fresh one,
 * unless that one was replaced meanwhile;
 * retries of a broken connection are counted per request, not per account.
 * What a send is (a request, a websocket handshake) it is told.
 */
import type { Lease } from "../accounts/lease.ts";
import type { Credential } from "../accounts/account.ts";
import { type Failure, nextStep } from "../failure/failure.ts";
import { err, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { CookieJar } from "../upstream/cookies.ts";
import type { Tokens } from "../upstream/token.ts";
import type { TurnStates } from "../upstream/turn_state.ts";

/** Times in milliseconds; the gateway has defaults, tests have their own. */
export interface Timeouts {
  readonly headersMs: number;
  /** For one websocket handshake. */
  readonly handshakeMs: number;
  /** For the handshakes before a caller's own is answered, in all. */
  readonly connectMs: number;
  readonly windowMs: number;
  readonly keepaliveMs: number;
  readonly idleMs: number;
  /** Whether a websocket that was silent for longer still lives is asked. */
  readonly doubtMs: number;
  /** For the answer to that. */
  readonly pongMs: number;
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

/** What is sent to one account; each transport has its own. */
export interface Sender<T> {
  readonly send: (
    lease: Lease,
    credential: Credential,
  ) => Promise<Result<T, Failure>>;
  /** Milliseconds after which no answer is the answer. */
  readonly patienceMs: number;
  /** Leaves out what another account has encrypted; false if there is none. */
  readonly lighten: () => boolean;
}

/** The attempts of one request. */
export class Attempts<T> {
  readonly #sender: Sender<T>;
  readonly #signal: AbortSignal;
  readonly #deps: AttemptDeps;
  /** Sends that got no answer, over all accounts. */
  #unanswered = 0;

  constructor(
    request: { readonly sender: Sender<T>; readonly signal: AbortSignal },
    deps: AttemptDeps,
  ) {
    this.#sender = request.sender;
    this.#signal = request.signal;
    this.#deps = deps;
  }

  /** Retries and the one other account are used up: the network is down. */
  get transportSpent(): boolean {
    return this.#unanswered > this.#deps.timeouts.transportRetryMs.length + 1;
  }

  async run(lease: Lease): Promise<Result<T, Failure>> {
    let rejected: Credential | undefined;
    while (true) {
      const credential = await this.#credential(lease, rejected);
      if (!credential.ok) return credential;

      const sent = await this.#sendThrough(lease, credential.value);
      if (sent.ok) return sent;
      // Once, because there is nothing left to leave out after that.
      if (isForeign(sent.error) && this.#sender.lighten()) continue;
      if (nextStep(sent.error) !== "refresh") return sent;
      // A late answer to a token that others have replaced says nothing.
      const held = lease.account.credential?.accessToken;
      const current = held === credential.value.accessToken;
      if (rejected && (current || held === undefined)) return sent;
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
  ): Promise<Result<T, Failure>> {
    const { runtime, timeouts } = this.#deps;
    while (true) {
      const startedAt = runtime.now();
      const sent = await this.#sender.send(lease, credential);
      if (sent.ok || sent.error.kind !== "transport") return sent;

      const retries = timeouts.transportRetryMs;
      const wait = retries[this.#unanswered++];
      // A timer may be a little early by another clock.
      if (runtime.now() - startedAt >= 0.9 * this.#sender.patienceMs) {
        // Upstream has had its time, and a caller has less of it than we.
        this.#unanswered = Math.max(this.#unanswered, retries.length + 1);
        return sent;
      }
      if (wait === undefined) return sent;
      const jitter = 0.8 + 0.4 * runtime.random();
      await this.#pause(wait * jitter);
      if (this.#signal.aborted) return err({ kind: "caller_gone" });
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

/** The history holds something that another account has encrypted. */
export function isForeign(failure: Failure): boolean {
  return failure.kind === "account_refused" &&
    failure.refused === "encrypted_content";
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

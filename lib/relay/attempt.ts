/**
 * One attempt on one account: its credential, and a send.
 *
 * What the account is asked again for: once with a fresh token, unless that one
 * was replaced meanwhile; once without what another account has encrypted; once
 * with other cookies. Retries of a broken connection, of the refresh as well
 * as of the send, are counted per request, not per account. What a send is (a
 * request, a websocket handshake) it is told.
 */
import type { Lease } from "../accounts/lease.ts";
import type { Credential } from "../accounts/account.ts";
import { type Failure, nextStep } from "../failure/failure.ts";
import { err, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { Clients } from "../upstream/clients.ts";
import type { CookieJar } from "../upstream/cookies.ts";
import type { Tokens } from "../upstream/token.ts";
import type { TurnStates } from "../upstream/turn_state.ts";

/** Times in milliseconds; the gateway has defaults, tests have their own. */
export interface Timeouts {
  /** For the head of an answer to a turn, the time of its upload apart. */
  readonly headersMs: number;
  /** The same for compaction and images, which take longer. */
  readonly longHeadersMs: number;
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
  readonly clients: Clients;
  readonly cookies: CookieJar;
  readonly turnStates: TurnStates;
  readonly upstream: URL;
  readonly timeouts: Timeouts;
}

/** What is sent to one account; each transport has its own. */
export interface Sender<T> {
  /** `light`: without the reasoning that another account has encrypted. */
  readonly send: (
    lease: Lease,
    credential: Credential,
    light: boolean,
  ) => Promise<Result<T, Failure>>;
  /** Whether there is any reasoning that could be left out. */
  readonly canLighten: () => boolean;
}

/** What this account has been asked again for already. */
interface Again {
  rejected: Credential | undefined;
  light: boolean;
  otherCookies: boolean;
}

/** The attempts of one request. */
export class Attempts<T> {
  readonly #sender: Sender<T>;
  readonly #signal: AbortSignal;
  readonly #deps: AttemptDeps;
  /** Tries that got no answer, over all accounts. */
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
    const again: Again = {
      rejected: undefined,
      light: false,
      otherCookies: false,
    };
    while (true) {
      const credential = await this.#credential(lease, again.rejected);
      const sent = credential.ok
        ? await this.#sender.send(lease, credential.value, again.light)
        : credential;
      if (sent.ok) return sent;
      const held = credential.ok ? credential.value : undefined;
      if (await this.#isWorthAnother(sent.error, lease, held, again)) continue;
      const left = sent.error.kind === "transport" && this.#signal.aborted;
      return left ? err({ kind: "caller_gone" }) : sent;
    }
  }

  /** Whether to ask the same account again; waits where that takes a pause. */
  async #isWorthAnother(
    failure: Failure,
    { account }: Lease,
    credential: Credential | undefined,
    again: Again,
  ): Promise<boolean> {
    switch (failure.kind) {
      case "transport":
        return await this.#mayRetry();
      case "timeout":
        // It has had its time, and a caller has less of it than we.
        this.#unanswered = Math.max(
          this.#unanswered + 1,
          this.#deps.timeouts.transportRetryMs.length + 1,
        );
        return false;
      case "edge_refused":
        if (again.otherCookies) return false;
        again.otherCookies = true;
        return credential !== undefined &&
          this.#deps.cookies.refused(
            credential.login,
            failure.answer,
          );
      default:
        break;
    }
    if (isForeign(failure) && !again.light) {
      again.light = this.#sender.canLighten();
      return again.light;
    }
    if (nextStep(failure) !== "refresh" || credential === undefined) {
      return false;
    }
    // A late answer to a token that others have replaced says nothing.
    const current = account.credential?.accessToken;
    const isCurrent = current === credential.accessToken;
    if (again.rejected && (isCurrent || current === undefined)) return false;
    again.rejected = credential;
    return true;
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

  /** Once more over a new connection, while a broken one may be chance. */
  async #mayRetry(): Promise<boolean> {
    const { runtime, timeouts } = this.#deps;
    const wait = timeouts.transportRetryMs[this.#unanswered++];
    if (wait === undefined) return false;
    const jitter = 0.8 + 0.4 * runtime.random();
    await pause(wait * jitter, this.#signal, runtime);
    return !this.#signal.aborted;
  }
}

/** The history holds something that another account has encrypted. */
export function isForeign(failure: Failure): boolean {
  return failure.kind === "account_refused" &&
    failure.refused === "encrypted_content";
}

/** Resolves after `ms`, or when the caller leaves. */
export async function pause(
  ms: number,
  signal: AbortSignal,
  { after }: Pick<Runtime, "after">,
): Promise<void> {
  const gone = whenAborted(signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = after(ms, resolve);
  await Promise.race([promise, gone.promise]);
  cancel();
  gone.forget();
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

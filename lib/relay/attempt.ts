/**
 * One attempt on one account: gets its credential, sends, and logs what came of
 * it.
 *
 * Asks the same account again in four cases: once with a refreshed token (and
 * again if that token was replaced meanwhile), once without the reasoning that
 * another account encrypted, once in the other form, and once with other cookies. Retries of broken
 * connections, to the token endpoint as well as to upstream, are counted per
 * request, not per account. Does not choose the account; the `Sender` knows
 * whether to send a request or a websocket handshake.
 */
import type { Lease } from "../accounts/pool/lease.ts";
import type { Credential } from "../accounts/pool/account.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import type { PoolLimits } from "../downstream/pool_limits.ts";
import { type ModelForms, refusesForm } from "../downstream/openai/forms.ts";
import { type Failure, nextStep } from "../failure/failure.ts";
import { cut } from "../protocol/quote.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { LoginMemory } from "../upstream/login_memory.ts";
import type { Tokens } from "../upstream/auth/token.ts";
import { whenAborted } from "../upstream/when_aborted.ts";
import type { AttemptLog } from "./attempt_log.ts";

/** In milliseconds. Defaults are in `limits.ts`; tests pass shorter ones. */
export interface Timeouts {
  /** For the head of an answer to a turn, without the time for its upload. */
  readonly headersMs: number;
  /** The same for compaction and images, which take longer. */
  readonly longHeadersMs: number;
  /** For one websocket handshake. */
  readonly handshakeMs: number;
  /** For all upstream handshakes before the caller's handshake is answered. */
  readonly connectMs: number;
  readonly windowMs: number;
  readonly keepaliveMs: number;
  /** The same for SDK callers. */
  readonly sdkKeepaliveMs: number;
  readonly idleMs: number;
  /** A websocket that was unused for longer is pinged before a turn. */
  readonly doubtMs: number;
  /** For the pong to that ping. */
  readonly pongMs: number;
  /** Waits before the retries of a broken connection. */
  readonly transportRetryMs: readonly number[];
}

export interface AttemptDeps {
  readonly runtime: Runtime;
  readonly tokens: Tokens;
  readonly memory: LoginMemory;
  /** What is known of the forms that models take. */
  readonly forms: ModelForms;
  readonly upstream: URL;
  readonly timeouts: Timeouts;
  /** What Codex callers are told in place of an account's limits. */
  readonly poolLimits: PoolLimits;
}

/** How a request is sent to the account that it was sent to before. */
export interface Variant {
  /** Without encrypted reasoning, which may be another account's. */
  readonly light: boolean;
  /** In the other form, because its own was refused. */
  readonly otherForm: boolean;
}

/** Sends to one account; each transport implements it. */
export interface Sender<T> {
  readonly send: (
    lease: Lease,
    credential: Credential,
    variant: Variant,
  ) => Promise<Result<T, Failure>>;
  /** Whether the request has encrypted reasoning to leave out. */
  readonly canLighten: () => boolean;
  /** Whether there is another form of the request to try. */
  readonly canReform: () => boolean;
}

/** Why this account has been asked again so far. */
interface Again {
  rejected: Credential | undefined;
  light: boolean;
  otherForm: boolean;
  otherCookies: boolean;
}

/** The attempts of one request. */
export class Attempts<T extends { readonly kind: string }> {
  readonly #sender: Sender<T>;
  readonly #signal: AbortSignal;
  readonly #log: AttemptLog;
  readonly #deps: AttemptDeps;
  /** Sends without an answer, over all accounts. */
  #unanswered = 0;

  constructor(
    request: {
      readonly sender: Sender<T>;
      readonly signal: AbortSignal;
      readonly attemptLog: AttemptLog;
    },
    deps: AttemptDeps,
  ) {
    this.#sender = request.sender;
    this.#signal = request.signal;
    this.#log = request.attemptLog;
    this.#deps = deps;
  }

  /** All retries and one more account have failed: the network is down. */
  get transportSpent(): boolean {
    return this.#unanswered > this.#deps.timeouts.transportRetryMs.length + 1;
  }

  /** Releases the lease before it throws, which it does for a bug only. */
  async run(lease: Lease): Promise<Result<T, Failure>> {
    const again: Again = {
      rejected: undefined,
      light: false,
      otherForm: false,
      otherCookies: false,
    };
    try {
      this.#log.begins(lease);
      while (true) {
        const usable = this.#deps.tokens.held(lease.account, again.rejected);
        const credential = usable
          ? ok(usable)
          : await this.#refreshed(lease, again.rejected);
        const sent = credential.ok
          ? await this.#sender.send(lease, credential.value, again)
          : credential;
        if (sent.ok) {
          this.#log.answered(sent.value.kind);
          return sent;
        }
        const held = credential.ok ? credential.value : undefined;
        if (!await this.#isWorthAnother(sent.error, lease, held, again)) {
          return this.#failed(sent.error);
        }
      }
    } catch (error) {
      lease.settle({ kind: "released" });
      throw error;
    }
  }

  #failed(error: Failure): Result<T, Failure> {
    const hasLeft = error.kind === "transport" && this.#signal.aborted;
    const failure: Failure = hasLeft ? { kind: "caller_gone" } : error;
    this.#log.failed(failure);
    return err(failure);
  }

  /** Whether to ask the same account again; includes the pause before that. */
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
        // Counts as all the retries, so that one other account is tried at
        // most: the caller waits no longer than that.
        this.#unanswered = Math.max(
          this.#unanswered + 1,
          this.#deps.timeouts.transportRetryMs.length + 1,
        );
        return false;
      case "edge_refused":
        if (again.otherCookies) return false;
        again.otherCookies = true;
        return credential !== undefined &&
          this.#deps.memory.cookies.refused(
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
    if (isOfForm(failure) && !again.otherForm) {
      again.otherForm = this.#sender.canReform();
      return again.otherForm;
    }
    if (nextStep(failure) !== "refresh" || credential === undefined) {
      return false;
    }
    // A rejection counts only if the rejected token is still the current one.
    const current = account.credential?.accessToken;
    const isCurrent = current === credential.accessToken;
    if (again.rejected && (isCurrent || current === undefined)) return false;
    again.rejected = credential;
    return true;
  }

  /** Stops waiting when the caller leaves; the refresh goes on for others. */
  async #refreshed(
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

  /** Pauses before the next retry over a new connection, if one is left. */
  async #mayRetry(): Promise<boolean> {
    const { runtime, timeouts } = this.#deps;
    const wait = timeouts.transportRetryMs[this.#unanswered++];
    if (wait === undefined) return false;
    const jitter = 0.8 + 0.4 * runtime.random();
    await pause(wait * jitter, this.#signal, runtime);
    return !this.#signal.aborted;
  }
}

/** The history holds reasoning that another account encrypted. */
export function isForeign(failure: Failure): boolean {
  return failure.kind === "account_refused" &&
    failure.refused === "encrypted_content";
}

/** Upstream takes the turn in another form, perhaps. */
export function isOfForm(failure: Failure): boolean {
  const isRefused = failure.kind === "request_rejected" ||
    failure.kind === "account_refused" && failure.refused === "model";
  return isRefused && refusesForm(failure.message);
}

/** The next turns of the model begin with the form of this request. */
export function formWorked(
  { model, form }: PreparedRequest,
  { forms, runtime }: Pick<AttemptDeps, "forms" | "runtime">,
): void {
  if (model === undefined || form === undefined) return;
  forms.learn(model, form.name);
  runtime.log.info("a model takes its turns in another form", {
    model: cut(model),
    form: form.name,
  });
}

/** Resolves after `ms`, or when the caller leaves. */
export function pause(
  ms: number,
  signal: AbortSignal,
  { after }: Pick<Runtime, "after">,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = after(ms, end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

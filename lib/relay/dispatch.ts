/**
 * The attempt loop: tries accounts until one answers, none is left, or another
 * attempt cannot help.
 *
 * Does not decide what a failure means (`failure.ts` does) or which account is
 * next (`account_choice.ts` does). Nothing has reached the caller when it
 * returns.
 */
import type { Lease } from "../accounts/pool/lease.ts";
import type { Asked } from "../accounts/pool/asked.ts";
import type { Registry } from "../accounts/pool/registry.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { type Failure, nextStep } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import { AccountChoice } from "./account_choice.ts";
import { type AttemptDeps, Attempts, type Sender } from "./attempt.ts";
import type { Guesses } from "./guesses.ts";
import type { AttemptLog, AttemptLogDeps } from "./attempt_log.ts";

export interface DispatchDeps extends AttemptDeps, AttemptLogDeps {
  readonly registry: Registry;
}

/** An attempt that answered. Its lease is open; the receiver settles it. */
export interface Dispatched<T> {
  readonly answered: T;
  readonly lease: Lease;
}

export interface DispatchRequest<T> {
  readonly endpoint: Endpoint;
  /** What the choice of an account depends on. */
  readonly asked: Asked;
  readonly sender: Sender<T>;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** Logs each attempt. */
  readonly attemptLog: AttemptLog;
  /** Ids of accounts that must not be tried (again). */
  readonly tried?: ReadonlySet<string>;
  readonly guesses?: Guesses;
}

export async function dispatch<T extends { readonly kind: string }>(
  request: DispatchRequest<T>,
  deps: DispatchDeps,
): Promise<Result<Dispatched<T>, Failure>> {
  const { signal } = request;
  const attempts = new Attempts(request, deps);
  const choice = new AccountChoice(request, deps);

  while (!signal.aborted) {
    const chosen = await choice.next();
    if (!chosen.ok) return chosen;
    const lease = chosen.value;
    const answered = await attempts.run(lease);
    if (answered.ok) return ok({ answered: answered.value, lease });

    const failure = answered.error;
    lease.settle(
      failure.kind === "caller_gone"
        ? { kind: "released" }
        : { kind: "failed", failure },
    );
    if (nextStep(failure) === "give_up" || attempts.transportSpent) {
      return err(failure);
    }
    choice.failed(lease, failure);
    if (choice.hasNoWebsocket) return err(failure);
  }
  return err({ kind: "caller_gone" });
}

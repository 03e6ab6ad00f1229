/**
 * The attempt loop: tries accounts until one answers, none is left, or trying
 * again is no use.
 *
 * Decides nothing about failures (`failure.ts` does) and nothing about
 * accounts (the registry does). Nothing has reached the caller when it
 * returns.
 */
import { STATUS_CODE } from "@std/http";
import type { Lease, Outcome } from "../accounts/lease.ts";
import type { Registry } from "../accounts/registry.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { type Failure, nextStep } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import { type AttemptDeps, Attempts, type Sender } from "./attempt.ts";
import type { Trail, TrailDeps } from "./trail.ts";

export interface DispatchDeps extends AttemptDeps, TrailDeps {
  readonly registry: Registry;
}

/** An attempt that answered. The lease is open while a turn is. */
export interface Dispatched<T> {
  readonly answered: T;
  readonly lease: Lease;
}

export interface DispatchRequest<T> {
  readonly endpoint: Endpoint;
  readonly sessionKey: string | undefined;
  readonly sender: Sender<T>;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** Is told of each attempt. */
  readonly trail: Trail;
  /** Ids of accounts that must not be tried (again). */
  readonly tried?: ReadonlySet<string>;
}

export async function dispatch<T extends { readonly kind: string }>(
  request: DispatchRequest<T>,
  deps: DispatchDeps,
): Promise<Result<Dispatched<T>, Failure>> {
  const { registry } = deps;
  const { sessionKey, trail } = request;
  const attempts = new Attempts(request, deps);
  const tried = new Set(request.tried);
  const failures: Failure[] = [];

  while (!request.signal.aborted) {
    const acquired = registry.acquire({ tried, sessionKey });
    if (!acquired.ok) return err(lastWord(failures) ?? acquired.error);
    const lease = acquired.value;
    tried.add(lease.account.id);
    const answered = await guarded(lease, async () => {
      trail.begins(lease.account);
      const answered = await attempts.run(lease);
      if (answered.ok) trail.answered(answered.value.kind);
      else trail.failed(answered.error);
      return answered;
    });
    if (answered.ok) return ok({ answered: answered.value, lease });

    const failure = answered.error;
    lease.settle(outcomeOf(failure, request.endpoint));
    const giveUp = nextStep(failure) === "give_up" ||
      (failure.kind === "transport" && attempts.transportSpent);
    if (giveUp) return err(failure);
    failures.push(failure);
  }
  return err({ kind: "caller_gone" });
}

/**
 * What says more than that no account is left: upstream's own words, where
 * every account was refused; and that the network is down.
 */
export function lastWord(failures: readonly Failure[]): Failure | undefined {
  const last = failures.at(-1);
  const refused = failures.every(({ kind }) => kind === "account_refused");
  return refused || last?.kind === "transport" ? last : undefined;
}

/**
 * A models list that is not to be had says nothing of turns: one outage of
 * that endpoint, asked for at every start of a client, would cool the pool.
 */
function outcomeOf(failure: Failure, endpoint: Endpoint): Outcome {
  const ofEndpoint = endpoint === "models" && failure.kind === "unavailable" &&
    failure.answer !== undefined;
  // Nor does it say anything of an account that websockets are not to be had.
  const upgrade = failure.kind === "request_rejected" &&
    failure.answer.status === STATUS_CODE.UpgradeRequired;
  return ofEndpoint || upgrade || failure.kind === "caller_gone"
    ? { kind: "released" }
    : { kind: "failed", failure };
}

/** Runs something; a bug in it gives the lease back before it surfaces. */
export async function guarded<T>(
  lease: Lease,
  run: () => T | Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    lease.settle({ kind: "released" });
    throw error;
  }
}

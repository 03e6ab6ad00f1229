/**
 * The attempt loop: tries accounts until one answers, none is left, or trying
 * again is no use.
 *
 * Decides nothing about failures (`failure.ts` does) and nothing about
 * accounts (the registry does). Nothing has reached the caller when it
 * returns.
 */
import type { Lease } from "../accounts/lease.ts";
import type { Registry } from "../accounts/registry.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import { describeFailure, type Failure, nextStep } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { LogFields, Runtime } from "../runtime.ts";
import { type AttemptDeps, type Attempted, Attempts } from "./attempt.ts";

export interface DispatchDeps extends AttemptDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
}

/** An attempt that answered. The lease is open while a turn is. */
export interface Dispatched {
  readonly answered: Attempted;
  readonly lease: Lease;
}

export interface DispatchRequest {
  readonly prepared: PreparedRequest;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** For the log. */
  readonly requestId: string;
}

export async function dispatch(
  request: DispatchRequest,
  deps: DispatchDeps,
): Promise<Result<Dispatched, Failure>> {
  const { runtime, registry } = deps;
  const { sessionKey } = request.prepared;
  const attempts = new Attempts(request, deps);
  const tried = new Set<string>();
  let refusal: Failure | undefined;
  let onlyRefusals = true;

  while (!request.signal.aborted) {
    const acquired = registry.acquire({ tried, sessionKey });
    if (!acquired.ok) {
      // Where every account refuses, upstream's own words say why.
      return onlyRefusals && refusal ? err(refusal) : acquired;
    }
    const lease = acquired.value;
    tried.add(lease.account.id);
    const startedAt = runtime.now();
    const answered = await guarded(lease, () => attempts.run(lease));
    report(request, deps, {
      attempt: tried.size,
      account: lease.account.label ?? lease.account.id,
      outcome: answered.ok ? answered.value.kind : answered.error.kind,
      ms: runtime.now() - startedAt,
      reason: answered.ok ? undefined : describeFailure(answered.error),
    });
    if (answered.ok) {
      if (answered.value.kind === "answer") lease.settle({ kind: "success" });
      return ok({ answered: answered.value, lease });
    }

    const failure = answered.error;
    lease.settle(
      failure.kind === "caller_gone"
        ? { kind: "released" }
        : { kind: "failed", failure },
    );
    const giveUp = nextStep(failure) === "give_up" ||
      (failure.kind === "transport" && attempts.transportSpent);
    if (giveUp) return err(failure);
    if (failure.kind === "account_refused") refusal = failure;
    else onlyRefusals = false;
  }
  return err({ kind: "caller_gone" });
}

/** Runs an attempt; a bug in it gives the lease back before it surfaces. */
async function guarded<T>(lease: Lease, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    lease.settle({ kind: "released" });
    throw error;
  }
}

function report(
  { requestId, prepared }: DispatchRequest,
  { runtime }: DispatchDeps,
  fields: LogFields,
): void {
  const all = { request: requestId, endpoint: prepared.endpoint, ...fields };
  if (fields["reason"] === undefined) runtime.log.info("attempt", all);
  else runtime.log.warn("attempt", all);
}

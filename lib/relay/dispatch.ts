/**
 * The attempt loop: tries accounts until one answers, none is left, or trying
 * again is no use.
 *
 * Decides nothing about failures (`failure.ts` does) and nothing about
 * accounts (the registry does). Nothing has reached the caller when it
 * returns.
 */
import type { Account } from "../accounts/account.ts";
import type { Lease } from "../accounts/lease.ts";
import type { Registry } from "../accounts/registry.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { type Failure, nextStep, subjectOf } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import { type AttemptDeps, Attempts, pause, type Sender } from "./attempt.ts";
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

/** How many accounts a request may try that a guess of ours keeps away. */
const MAX_GUESSES = 3;

export async function dispatch<T extends { readonly kind: string }>(
  request: DispatchRequest<T>,
  deps: DispatchDeps,
): Promise<Result<Dispatched<T>, Failure>> {
  const { registry } = deps;
  const { sessionKey, trail } = request;
  const sideRoute = isTurn(request.endpoint) ? undefined : request.endpoint;
  const attempts = new Attempts(request, deps);
  const tried = new Set(request.tried);
  const failures: Failure[] = [];
  let guesses = 0;
  let hasWaited = sideRoute !== undefined;

  while (!request.signal.aborted) {
    const home = hasWaited ? undefined : shortlyLimited(request, registry);
    if (home !== undefined) {
      hasWaited = true;
      trail.waits(home.account, home.ms);
      await pause(home.ms, request.signal, deps.runtime);
      tried.delete(home.account.id);
      continue;
    }
    const mayGuess = guesses < MAX_GUESSES;
    const acquired = registry.acquire({
      tried,
      sessionKey,
      sideRoute,
      mayGuess,
    });
    if (!acquired.ok) return err(lastWord(failures) ?? acquired.error);
    const lease = acquired.value;
    tried.add(lease.account.id);
    if (lease.isGuess) guesses++;
    const answered = await guarded(lease, async () => {
      trail.begins(lease.account);
      const answered = await attempts.run(lease);
      if (answered.ok) trail.answered(answered.value.kind);
      else trail.failed(answered.error);
      return answered;
    });
    if (answered.ok) return ok({ answered: answered.value, lease });

    const failure = answered.error;
    lease.settle(
      failure.kind === "caller_gone"
        ? { kind: "released" }
        : { kind: "failed", failure },
    );
    const giveUp = nextStep(failure) === "give_up" ||
      (isOfNetwork(failure) && attempts.transportSpent);
    if (giveUp) return err(failure);
    failures.push(failure);
  }
  return err({ kind: "caller_gone" });
}

/**
 * How long a limit of a session's home may take to be waited for, in ms. Less
 * than a turn takes elsewhere, where nothing of the session is cached.
 */
export const SHORT_LIMIT_MS = 10_000;

/** The session's home, if upstream has told it to wait for a moment. */
function shortlyLimited<T>(
  { sessionKey, tried }: DispatchRequest<T>,
  registry: Registry,
): { readonly account: Account; readonly ms: number } | undefined {
  const account = registry.homeOf(sessionKey);
  if (account === undefined || tried?.has(account.id)) return undefined;
  const ms = registry.limitedFor(account);
  return ms !== undefined && ms <= SHORT_LIMIT_MS ? { account, ms } : undefined;
}

/** Turns, and the compaction of one; the rest has limits of its own. */
function isTurn(endpoint: Endpoint): boolean {
  return endpoint === "responses" || endpoint === "responses/compact";
}

function isOfNetwork(failure: Failure): boolean {
  return subjectOf(failure) === "network";
}

/**
 * What says more than that no account is left, chosen from all that happened:
 * upstream's refusal, where it was the same for every account; else the latest
 * trouble that is nobody's fault, because a retry may find it gone. A model at
 * capacity is told as a wait, for the client takes its code for the end.
 */
export function lastWord(failures: readonly Failure[]): Failure | undefined {
  const last = failures.at(-1);
  if (failures.every(({ kind }) => kind === "account_refused")) return last;
  return failures.findLast((failure) =>
    failure.kind !== "overloaded" &&
    (isOfNetwork(failure) || subjectOf(failure) === "service")
  );
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

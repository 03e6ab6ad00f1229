/**
 * Which account a request goes to next, and after what wait: the ready ones,
 * each once, then what a guess of ours keeps away.
 *
 * Three things are worth a moment: a limit of the session's own account that
 * is over soon, for its prompt is cached there; and where nobody else is left,
 * passing trouble of upstream's, and an account that is back at once. Sends
 * nothing, and judges no failure.
 */
import type { Account } from "../accounts/account.ts";
import type { Lease } from "../accounts/lease.ts";
import type { Registry } from "../accounts/registry.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { type Failure, subjectOf } from "../failure/failure.ts";
import { err, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { pause } from "./attempt.ts";
import type { Trail } from "./trail.ts";

/**
 * How long a limit of a session's home may take to be waited for, in ms. Less
 * than a turn takes elsewhere, where nothing of the session is cached.
 */
export const SHORT_LIMIT_MS = 10_000;

/** As long as the client waits before it asks again by itself, in ms. */
const SECOND_CHANCE_MS = 200;

/**
 * How soon an account must be back to be waited for where there is no other,
 * in ms. A client that is told to come back may come a little too early.
 */
const SOON_BACK_MS = 2_500;

/** How many accounts a request may try that a guess of ours keeps away. */
const MAX_GUESSES = 3;

export interface ChoiceRequest {
  readonly endpoint: Endpoint;
  readonly sessionKey: string | undefined;
  readonly signal: AbortSignal;
  readonly trail: Trail;
  /** Ids of accounts that must not be tried (again). */
  readonly tried?: ReadonlySet<string>;
}

export interface ChoiceDeps {
  readonly registry: Registry;
  readonly runtime: Pick<Runtime, "after">;
}

export class AccountChoice {
  readonly #request: ChoiceRequest;
  readonly #deps: ChoiceDeps;
  /** The route besides turns that it is for, if it is for one. */
  readonly #sideRoute: string | undefined;
  readonly #tried: Set<string>;
  readonly #failures: Failure[] = [];
  #guesses = 0;
  #hasWaited = false;
  /** The first account that met passing trouble; undefined once it was used. */
  #secondChance: Account | undefined;
  #hasHadChance = false;

  constructor(request: ChoiceRequest, deps: ChoiceDeps) {
    this.#request = request;
    this.#deps = deps;
    this.#sideRoute = isTurn(request.endpoint) ? undefined : request.endpoint;
    this.#tried = new Set(request.tried);
  }

  /** The next account, or what to tell where there is none. */
  async next(): Promise<Result<Lease, Failure>> {
    await this.#waitForHome();
    const acquired = this.#acquire();
    if (acquired.ok) return acquired;
    if (await this.#takeSecondChance()) return this.#acquire();
    const back = await this.#waitForFirstBack();
    const last = back ? this.#acquire() : acquired;
    return last.ok ? last : err(lastWord(this.#failures) ?? last.error);
  }

  /** What came of asking the account. */
  failed({ account, isGuess }: Lease, failure: Failure): void {
    this.#failures.push(failure);
    // Known to be in trouble, it would be asked twice throughout an outage.
    if (isGuess || this.#hasHadChance || this.#sideRoute !== undefined) return;
    if (isPassing(failure)) this.#secondChance ??= account;
  }

  #acquire(): Result<Lease, Failure> {
    const acquired = this.#deps.registry.acquire({
      tried: this.#tried,
      sessionKey: this.#request.sessionKey,
      sideRoute: this.#sideRoute,
      mayGuess: this.#guesses < MAX_GUESSES,
    });
    if (!acquired.ok) return acquired;
    this.#tried.add(acquired.value.account.id);
    if (acquired.value.isGuess) this.#guesses++;
    return acquired;
  }

  /** Once, if upstream has told the session's home to wait for a moment. */
  async #waitForHome(): Promise<void> {
    if (this.#hasWaited || this.#sideRoute !== undefined) return;
    const { registry } = this.#deps;
    const { sessionKey, tried } = this.#request;
    const home = registry.homeOf(sessionKey);
    if (home === undefined || tried?.has(home.id)) return;
    const ms = registry.toldToWait(home);
    if (ms === undefined || ms > SHORT_LIMIT_MS) return;
    await this.#waitFor(home, ms);
  }

  /** Once, if an account is back in a moment and there is no other. */
  async #waitForFirstBack(): Promise<boolean> {
    if (this.#hasWaited || this.#sideRoute !== undefined) return false;
    const first = this.#deps.registry.firstBack();
    if (first === undefined || first.ms > SOON_BACK_MS) return false;
    if (this.#request.tried?.has(first.account.id)) return false;
    await this.#waitFor(first.account, first.ms);
    return true;
  }

  async #waitFor(account: Account, ms: number): Promise<void> {
    const { signal, trail } = this.#request;
    this.#hasWaited = true;
    trail.waits(account, ms);
    await pause(ms, signal, this.#deps.runtime);
    this.#tried.delete(account.id);
  }

  async #takeSecondChance(): Promise<boolean> {
    const account = this.#secondChance;
    if (account === undefined) return false;
    this.#secondChance = undefined;
    this.#hasHadChance = true;
    await pause(SECOND_CHANCE_MS, this.#request.signal, this.#deps.runtime);
    return this.#tried.delete(account.id);
  }
}

/** Turns, and the compaction of one; the rest has limits of its own. */
function isTurn(endpoint: Endpoint): boolean {
  return endpoint === "responses" || endpoint === "responses/compact";
}

/** Trouble of upstream's own, of which it did not say how long it lasts. */
function isPassing(failure: Failure): boolean {
  return failure.kind === "unavailable" && failure.answer !== undefined &&
    failure.retryAfterMs === undefined;
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
    (subjectOf(failure) === "network" || subjectOf(failure) === "service")
  );
}

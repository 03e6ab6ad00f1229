/**
 * Which account a request tries next, and after what wait: first each ready
 * account once, then accounts that only a guessed cooldown keeps away.
 *
 * Three cases are worth a short wait: a brief limit on the session's own
 * account, because its prompt is cached there; and, when no other account is
 * left, a passing upstream failure or a cooldown that ends in a moment. Sends
 * nothing and classifies no failure.
 */
import type { Account } from "../accounts/pool/account.ts";
import type { Lease } from "../accounts/pool/lease.ts";
import type { Asked } from "../accounts/pool/asked.ts";
import type { Registry } from "../accounts/pool/registry.ts";
import type { Doubt } from "../policy/input.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { type Failure, subjectOf } from "../failure/failure.ts";
import { MAX_NO_WEBSOCKETS, SHORT_LIMIT_MS, SOON_BACK_MS } from "../limits.ts";
import { err, type MaybePromise, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { pause } from "./attempt.ts";
import { Guesses } from "./guesses.ts";
import { SecondChance } from "./second_chance.ts";
import type { AttemptLog } from "./attempt_log.ts";

export interface ChoiceRequest {
  readonly endpoint: Endpoint;
  /** What the choice depends on. */
  readonly asked: Asked;
  readonly signal: AbortSignal;
  readonly attemptLog: AttemptLog;
  /** Ids of accounts that must not be tried (again). */
  readonly tried?: ReadonlySet<string>;
  /** Those left of a turn that is asked for the second time. */
  readonly guesses?: Guesses;
}

export interface ChoiceDeps {
  readonly registry: Registry;
  readonly runtime: Pick<Runtime, "after">;
}

/** An account whose limit ends in so many milliseconds. */
interface Limited {
  readonly account: Account;
  readonly ms: number;
}

export class AccountChoice {
  readonly #request: ChoiceRequest;
  readonly #deps: ChoiceDeps;
  /** The endpoint, unless the request is a turn or a compaction. */
  readonly #sideRoute: string | undefined;
  readonly #tried: Set<string>;
  readonly #failures: Failure[] = [];
  readonly #guesses: Guesses;
  #hasWaited = false;
  readonly #secondChance = new SecondChance();

  constructor(request: ChoiceRequest, deps: ChoiceDeps) {
    this.#request = request;
    this.#deps = deps;
    this.#sideRoute = isTurn(request.endpoint) ? undefined : request.endpoint;
    this.#tried = new Set(request.tried);
    this.#guesses = request.guesses ?? new Guesses();
  }

  /** The next account, or the failure to report when none is left. */
  next(): MaybePromise<Result<Lease, Failure>> {
    const home = this.#limitedHome();
    if (home) return this.#afterItsWait(home);
    const acquired = this.#acquire();
    return acquired.ok ? acquired : this.#afterAWait(acquired);
  }

  async #afterItsWait(
    { account, ms }: Limited,
  ): Promise<Result<Lease, Failure>> {
    await this.#waitFor(account, ms);
    return await this.next();
  }

  /** `acquired`: why there is no account now. */
  async #afterAWait(
    acquired: { readonly ok: false; readonly error: Failure },
  ): Promise<Result<Lease, Failure>> {
    if (await this.#takeSecondChance()) {
      this.#guesses.oneMore();
      const again = this.#acquire();
      if (again.ok) return again;
    }
    const back = await this.#waitForFirstBack();
    const other = back ? this.#acquire() : acquired;
    // In an outage with a hint, and for a block that no page can test: without
    // the gateway the caller would ask.
    const last = other.ok ? other : this.#acquire(["told", "untested"]);
    if (last.ok) return last;
    const failure = lastWord(this.#failures) ?? last.error;
    if (failure.kind === "no_account" && this.#sideRoute === undefined) {
      this.#deps.registry.decisions.refusals.add(failure.pool.state);
    }
    return err(failure);
  }

  /** Records the failure of an attempt. */
  failed({ account, isGuess }: Lease, failure: Failure): void {
    this.#failures.push(failure);
    if (this.#sideRoute !== undefined) return;
    this.#secondChance.failed(account, failure, isGuess);
  }

  /** Whether enough accounts have shown that there is no websocket. */
  get hasNoWebsocket(): boolean {
    const refused = this.#failures.filter(isNoWebsocket);
    return refused.length >= MAX_NO_WEBSOCKETS;
  }

  #acquire(doubts: readonly Doubt[] = ["doubtful"]): Result<Lease, Failure> {
    const acquired = this.#deps.registry.acquire({
      ...this.#request.asked,
      tried: this.#tried,
      sideRoute: this.#sideRoute,
      else: this.#guesses.areUsedUp ? [] : doubts,
    });
    if (!acquired.ok) return acquired;
    this.#tried.add(acquired.value.account.id);
    if (acquired.value.isGuess) this.#guesses.used();
    return acquired;
  }

  /** The home account, once, if upstream's own hint ends its limit soon. */
  #limitedHome(): Limited | undefined {
    if (this.#hasWaited || this.#sideRoute !== undefined) return;
    const { registry } = this.#deps;
    const { asked, tried } = this.#request;
    const home = registry.homeOf(asked.sessionKey);
    if (home === undefined || tried?.has(home.id)) return;
    const ms = registry.toldToWait(home);
    if (ms === undefined || ms > SHORT_LIMIT_MS) return;
    return { account: home, ms };
  }

  /** Once, if no account is left and one is available again in a moment. */
  async #waitForFirstBack(): Promise<boolean> {
    if (this.#hasWaited || this.#sideRoute !== undefined) return false;
    const first = this.#deps.registry.firstBack();
    if (first === undefined || first.ms > SOON_BACK_MS) return false;
    if (this.#request.tried?.has(first.account.id)) return false;
    await this.#waitFor(first.account, first.ms);
    return true;
  }

  async #waitFor(account: Account, ms: number): Promise<void> {
    const { signal, attemptLog } = this.#request;
    this.#hasWaited = true;
    attemptLog.waits(account, ms);
    await pause(ms, signal, this.#deps.runtime);
    this.#tried.delete(account.id);
  }

  async #takeSecondChance(): Promise<boolean> {
    const { signal } = this.#request;
    const account = await this.#secondChance.take(signal, this.#deps.runtime);
    return account !== undefined && this.#tried.delete(account.id);
  }
}

/** Turns and compactions share limits; other endpoints have separate ones. */
function isTurn(endpoint: Endpoint): boolean {
  return endpoint === "responses" || endpoint === "responses/compact";
}

function isNoWebsocket({ kind }: Failure): boolean {
  return kind === "no_websocket";
}

/**
 * The failure that tells the caller more than "no account is left". If every
 * account refused, it is the last refusal. If one offers no websocket, server-sent
 * events may work there. Otherwise it is the latest failure of the network or
 * the service, because a retry may succeed.
 */
export function lastWord(failures: readonly Failure[]): Failure | undefined {
  const last = failures.at(-1);
  if (failures.every(({ kind }) => kind === "account_refused")) return last;
  const noWebsocket = failures.find(isNoWebsocket);
  return noWebsocket ??
    failures.findLast((
      failure,
    ) => (subjectOf(failure) === "network" ||
      subjectOf(failure) === "service")
    );
}

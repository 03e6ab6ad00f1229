/**
 * The live accounts: chooses one for an attempt and learns how it ended.
 *
 * In memory only. Files are `store.ts`, refreshes are upstream's.
 */

import { type Failure, subjectOf } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../runtime.ts";
import type { Account, Attempted } from "./account.ts";
import { Affinity } from "./affinity.ts";
import { Lease, type Outcome } from "./lease.ts";
import type { Login } from "./login.ts";
import { markDuplicates, poolState } from "./pool.ts";
import { createPolicy, type PolicyName } from "./selection.ts";

export interface RegistryOptions extends Clock {
  readonly policy: PolicyName;
  readonly affinity: "session" | "none";
  readonly log: Log;
}

export interface AcquireOptions {
  /** Ids of the accounts that this request has tried already. */
  readonly tried: ReadonlySet<string>;
  /** What tells this caller's session from others, if anything does. */
  readonly sessionKey: string | undefined;
  /** The route besides turns that it is for, if it is for one. */
  readonly sideRoute?: string | undefined;
  /** Whether accounts may serve that only our own guess keeps away. */
  readonly mayGuess?: boolean;
}

/** A file that is no account, and why. */
export interface InvalidFile {
  readonly file: string;
  readonly reason: string;
}

/** The session that a lease serves, and why its home does not, if so. */
interface Served {
  readonly sessionKey: string;
  readonly notHome: string | undefined;
}

export type NoAccount = Extract<Failure, { kind: "no_account" }>;

export class Registry {
  readonly #options: RegistryOptions;
  readonly #affinity: Affinity<Login> | undefined;
  #policyName: PolicyName;
  #policy: ReturnType<typeof createPolicy>;
  #accounts: readonly Account[] = [];
  #invalidFiles: readonly InvalidFile[] = [];

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#affinity = options.affinity === "session"
      ? new Affinity<Login>()
      : undefined;
    this.#policyName = options.policy;
    this.#policy = createPolicy(options.policy);
  }

  get policy(): PolicyName {
    return this.#policyName;
  }
  set policy(name: PolicyName) {
    this.#policyName = name;
    this.#policy = createPolicy(name);
  }
  get invalidFiles(): readonly InvalidFile[] {
    return this.#invalidFiles;
  }
  set invalidFiles(files: readonly InvalidFile[]) {
    this.#invalidFiles = files;
  }

  /** Every account, sorted by id. */
  accounts(): readonly Account[] {
    return this.#accounts;
  }

  get(id: string): Account | undefined {
    return this.#accounts.find((account) => account.id === id);
  }

  /** Puts these accounts in the place of all others. Leases on those settle. */
  replaceAll(accounts: Iterable<Account>): void {
    this.#accounts = [...accounts].sort((a, b) => a.id < b.id ? -1 : 1);
    this.refreshDuplicates();
  }

  /** Looks again who shares a quota with whom; after every new credential. */
  refreshDuplicates(): void {
    markDuplicates(this.#accounts, this.#options.now());
  }

  /**
   * Chooses an available account that was not tried, or says why none. Where
   * none is ready, the one whose guessed cooldown ends first is better than
   * none: upstream may be back, and a caller without us would have asked.
   */
  acquire(
    { tried, sessionKey, sideRoute, mayGuess = true }: AcquireOptions,
  ): Result<Lease, NoAccount> {
    const now = this.#options.now();
    const untried = this.#accounts.filter(({ id }) => !tried.has(id));
    const readiness = (account: Account) => account.readiness(now, sideRoute);
    const candidates = untried.filter((one) => readiness(one) === "ready");
    const account = this.#ofSession(candidates, sessionKey) ??
      this.#choose(candidates) ??
      (mayGuess ? soonest(untried, now, sideRoute) : undefined);
    if (account === undefined) {
      const pool = poolState(this.#accounts, now, sideRoute);
      return err({ kind: "no_account", pool });
    }
    const away = (home: Account) =>
      tried.has(home.id) ? "failed" : this.#whyNot(home, now);
    const served = this.#served(sessionKey, away);
    return ok(this.#lease(account, { startedAt: now, sideRoute }, served));
  }

  /** A lease on this very account, unless more than a guess keeps it away. */
  acquireOnly(id: string, sessionKey?: string): Lease | undefined {
    const now = this.#options.now();
    const account = this.get(id);
    if (account === undefined || account.readiness(now) === "away") {
      return undefined;
    }
    const served = this.#served(sessionKey, () => "connected elsewhere");
    const attempted = { startedAt: now, sideRoute: undefined };
    return this.#lease(account, attempted, served);
  }

  /** The account that answered this session last, if it is still there. */
  homeOf(sessionKey: string | undefined): Account | undefined {
    return this.#accountOf(this.#home(sessionKey));
  }

  /** For how long upstream has told the account to wait from now on, in ms. */
  toldToWait(account: Account): number | undefined {
    const now = this.#options.now();
    const status = account.status(now);
    return status.state === "cooling" && status.reason !== "quota_exhausted" &&
        status.source === "upstream_retry_after"
      ? status.until - now
      : undefined;
  }

  /** The account that upstream has told to wait for the shortest time. */
  firstBack(): { readonly account: Account; readonly ms: number } | undefined {
    const waiting = this.#accounts.flatMap((account) => {
      const ms = this.toldToWait(account);
      return ms === undefined ? [] : [{ account, ms }];
    });
    return waiting.toSorted((a, b) => a.ms - b.ms)[0];
  }

  /** Ends the account's cooldown; undefined if there is no such account. */
  wake(id: string): "woken" | "skipped_auth_invalid" | undefined {
    const account = this.get(id);
    if (account === undefined) return undefined;
    return account.wake() ? "woken" : "skipped_auth_invalid";
  }

  /** The home of the session, or who serves in its place for now. */
  #ofSession(
    candidates: readonly Account[],
    sessionKey: string | undefined,
  ): Account | undefined {
    if (sessionKey === undefined || !this.#affinity) return undefined;
    const elapsed = this.#options.elapsed();
    const home = this.#affinity.home(sessionKey, elapsed);
    const next = this.#affinity.next(sessionKey, elapsed);
    return candidates.find(({ login }) => login === home) ??
      candidates.find(({ login }) => login === next);
  }

  #home(sessionKey: string | undefined): Login | undefined {
    if (sessionKey === undefined) return undefined;
    return this.#affinity?.home(sessionKey, this.#options.elapsed());
  }

  #accountOf(login: Login | undefined): Account | undefined {
    return this.#accounts.find((account) => account.login === login);
  }

  #served(
    sessionKey: string | undefined,
    away: (home: Account) => string,
  ): Served | undefined {
    if (sessionKey === undefined) return undefined;
    const home = this.#accountOf(this.#home(sessionKey));
    return { sessionKey, notHome: home && away(home) };
  }

  #choose(candidates: readonly Account[]): Account | undefined {
    const views = candidates.map((account) => ({
      id: account.id,
      inFlight: account.inFlight,
      lastSelectedAt: account.selectedAt,
      account,
    }));
    return this.#policy(views)?.account;
  }

  #whyNot(account: Account, now: number): string {
    if (account.duplicateOf !== undefined) return "duplicate";
    const status = account.status(now);
    return status.state === "cooling" ? status.reason : status.state;
  }

  #lease(account: Account, attempted: Attempted, served?: Served): Lease {
    const { startedAt, sideRoute } = attempted;
    const isGuess = account.readiness(startedAt, sideRoute) === "doubtful";
    account.selected(startedAt, this.#options.elapsed());
    const { login, signIns } = account;
    if (served) this.#chosen(served, login);
    const report = (outcome: Outcome) => {
      account.released();
      if (served && outcome.kind === "failed") this.#failed(served, login);
      account.attempts.add(
        "failure" in outcome ? outcome.failure.kind : outcome.kind,
      );
      // A late answer to tokens of an earlier sign-in says nothing of these.
      if (account.signIns !== signIns) return;
      this.#learn(account, outcome, attempted);
    };
    const onAnswer = () => {
      if (served) this.#answered(served, account, login);
    };
    return new Lease(account, report, { onAnswer, isGuess });
  }

  #chosen({ sessionKey }: Served, login: Login): void {
    if (this.#home(sessionKey) === login) return;
    this.#affinity?.choose(sessionKey, login, this.#options.elapsed());
  }

  #failed({ sessionKey }: Served, login: Login): void {
    this.#affinity?.failed(sessionKey, login, this.#options.elapsed());
  }

  /** Only now: an account that was only tried is no session's home. */
  #answered(
    { sessionKey, notHome: reason }: Served,
    account: Account,
    login: Login,
  ): void {
    const { elapsed, log } = this.#options;
    const before = this.#affinity?.answered(sessionKey, login, elapsed());
    if (before === undefined) return;
    // A failover has its own line.
    log[reason === "failed" ? "debug" : "info"](
      "session moved to another account",
      {
        from: this.#accountOf(before)?.id,
        to: account.id,
        reason: reason ?? "removed",
      },
    );
  }

  #learn(account: Account, outcome: Outcome, attempted: Attempted): void {
    const now = this.#options.now();
    switch (outcome.kind) {
      case "success":
        return account.succeeded(now, attempted.sideRoute);
      case "released":
        return;
      case "broke_off":
        // It had served by then; what is not the account's is this turn's.
        if (subjectOf(outcome.failure) !== "account") return;
        break;
      case "failed":
        break;
    }
    account.failed(outcome.failure, now, attempted);
    if (outcome.failure.kind === "account_invalid") this.refreshDuplicates();
  }
}

/** The account that only a guess keeps away, and for the shortest time. */
function soonest(
  accounts: readonly Account[],
  now: number,
  sideRoute: string | undefined,
): Account | undefined {
  const until = (account: Account) => {
    const status = account.status(now, sideRoute);
    return status.state === "cooling" ? status.until : now;
  };
  return accounts
    .filter((one) => one.readiness(now, sideRoute) === "doubtful")
    .reduce<Account | undefined>(
      (best, next) => best && until(best) <= until(next) ? best : next,
      undefined,
    );
}

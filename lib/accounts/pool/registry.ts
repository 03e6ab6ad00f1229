/**
 * The live accounts: chooses one for an attempt and learns how it ended.
 *
 * In memory only. Does not touch files (`store.ts`) or refresh tokens
 * (`upstream/auth/token.ts`).
 */

import { type Failure, subjectOf } from "../../failure/failure.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Clock } from "../../clock.ts";
import type { Reading } from "../../quota/quota.ts";
import type { Log } from "../../runtime.ts";
import type { Account, Attempted, Readiness } from "./account.ts";
import { Affinity } from "./affinity.ts";
import { Lease, type Outcome } from "./lease.ts";
import type { Login } from "./credential.ts";
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
  /** Identifies the caller's session, if anything does. */
  readonly sessionKey: string | undefined;
  /** The side route that it is for; undefined for a turn. */
  readonly sideRoute?: string | undefined;
  /** Which accounts may serve if none is ready. Default: `["doubtful"]`. */
  readonly else?: readonly Doubt[];
}

/** What keeps an account away only while another can serve. */
export type Doubt = Extract<Readiness, "doubtful" | "told">;

/** A file that is not an account, and why. */
export interface InvalidFile {
  readonly file: string;
  readonly reason: string;
}

/** The session of a lease, and why its home does not serve it, if so. */
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

  /** Replaces all accounts. Open leases on the former ones still settle. */
  replaceAll(accounts: Iterable<Account>): void {
    this.#accounts = [...accounts].sort((a, b) => a.id < b.id ? -1 : 1);
    this.refreshDuplicates();
  }

  /** Marks duplicates again; to be called after every new credential. */
  refreshDuplicates(): void {
    markDuplicates(this.#accounts);
  }

  /**
   * Chooses an available account that was not tried, or says why there is none.
   * If none is ready, takes the one whose guessed cooldown ends first: upstream
   * may be back, and without the gateway the caller would have asked it.
   */
  acquire(
    { tried, sessionKey, sideRoute, else: doubts = GUESSES }: AcquireOptions,
  ): Result<Lease, NoAccount> {
    const now = this.#options.now();
    const untried = this.#accounts.filter(({ id }) => !tried.has(id));
    const readiness = (account: Account) => account.readiness(now, sideRoute);
    const candidates = untried.filter((one) => readiness(one) === "ready");
    const account = this.#ofSession(candidates, sessionKey) ??
      this.#choose(candidates) ??
      soonest(
        untried.filter((one) =>
          doubts.some((doubt) => doubt === readiness(one))
        ),
        now,
        sideRoute,
      );
    if (account === undefined) {
      const pool = poolState(this.#accounts, now, sideRoute);
      return err({ kind: "no_account", pool });
    }
    const away = (home: Account) =>
      tried.has(home.id) ? "failed" : this.#whyNot(home, now);
    // What serves a picture has not cached the session's prompt.
    const served = sideRoute === undefined
      ? this.#served(sessionKey, away)
      : undefined;
    return ok(this.#lease(account, { startedAt: now, sideRoute }, served));
  }

  /** A lease on this account if it is ready, or only a guess is against it. */
  acquireOnly(id: string, sessionKey?: string): Lease | undefined {
    const now = this.#options.now();
    const account = this.get(id);
    const readiness = account?.readiness(now);
    if (account === undefined || readiness === "away" || readiness === "told") {
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

  /** How much longer upstream has told the account to wait, in ms. */
  toldToWait(account: Account): number | undefined {
    const now = this.#options.now();
    const state = account.state(now);
    return state.state === "cooling" && state.reason !== "quota_exhausted" &&
        state.source === "upstream_retry_after"
      ? state.until - now
      : undefined;
  }

  /** Of the accounts that upstream has told to wait, the first one back. */
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

  /** The session's home, or the account that serves in its place. */
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
    const state = account.state(now);
    return state.state === "cooling" ? state.reason : state.state;
  }

  #lease(account: Account, attempted: Attempted, served?: Served): Lease {
    const { startedAt, sideRoute } = attempted;
    const isGuess = account.readiness(startedAt, sideRoute) !== "ready";
    account.selected(startedAt, this.#options.elapsed());
    const { login, signIns } = account;
    if (served) this.#chosen(served, login);
    const report = (outcome: Outcome) => {
      account.released();
      if (served && outcome.kind === "failed") this.#failed(served, login);
      account.attempts.add(
        "failure" in outcome ? outcome.failure.kind : outcome.kind,
      );
      // A late answer for an earlier sign-in says nothing about this one.
      if (account.signIns !== signIns) return;
      this.#learn(account, outcome, attempted);
    };
    const onAnswer = () => {
      if (served) this.#answered(served, account, login);
    };
    // A late answer for an earlier sign-in may be about another quota.
    const onReading = (reading: Reading) => {
      if (account.signIns === signIns) account.learned(reading);
    };
    return new Lease(account, report, { onAnswer, onReading, isGuess });
  }

  #chosen({ sessionKey }: Served, login: Login): void {
    if (this.#home(sessionKey) === login) return;
    this.#affinity?.choose(sessionKey, login, this.#options.elapsed());
  }

  #failed({ sessionKey }: Served, login: Login): void {
    this.#affinity?.failed(sessionKey, login, this.#options.elapsed());
  }

  /** Only an answer makes an account the session's home, not an attempt. */
  #answered(
    { sessionKey, notHome: reason }: Served,
    account: Account,
    login: Login,
  ): void {
    const { elapsed, log } = this.#options;
    const before = this.#affinity?.answered(sessionKey, login, elapsed());
    if (before === undefined) return;
    // A failover is logged already.
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
        // Content went out: only the account's own faults count. A rejected
        // token does not count: the next turn refreshes it.
        if (subjectOf(outcome.failure) !== "account") return;
        if (outcome.failure.kind === "access_token_rejected") return;
        break;
      case "failed":
        break;
    }
    account.failed(outcome.failure, now, attempted);
    if (outcome.failure.kind === "account_invalid") this.refreshDuplicates();
  }
}

const GUESSES: readonly Doubt[] = ["doubtful"];

/** Of the accounts that cool down, the one that is ready first. */
function soonest(
  accounts: readonly Account[],
  now: number,
  sideRoute: string | undefined,
): Account | undefined {
  const until = (account: Account) => {
    const status = account.status(now, sideRoute);
    return status.state === "cooling" ? status.until : now;
  };
  return accounts.reduce<Account | undefined>(
    (best, next) => best && until(best) <= until(next) ? best : next,
    undefined,
  );
}

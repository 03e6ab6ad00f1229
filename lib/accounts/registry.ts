/**
 * The live accounts: chooses one for an attempt and learns how it ended.
 *
 * In memory only. Files are `store.ts`, refreshes are upstream's.
 */

import type { Failure } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { Log } from "../runtime.ts";
import type { Account } from "./account.ts";
import { Affinity } from "./affinity.ts";
import { Lease, type Outcome } from "./lease.ts";
import { markDuplicates, poolState } from "./pool.ts";
import { createPolicy, type PolicyName } from "./selection.ts";

export interface RegistryOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly policy: PolicyName;
  readonly affinity: "session" | "none";
  readonly log: Log;
}

export interface AcquireOptions {
  /** Ids of the accounts that this request has tried already. */
  readonly tried: ReadonlySet<string>;
  /** What tells this caller's session from others, if anything does. */
  readonly sessionKey: string | undefined;
}

/** A file that is no account, and why. */
export interface InvalidFile {
  readonly file: string;
  readonly reason: string;
}

export type NoAccount = Extract<Failure, { kind: "no_account" }>;

export class Registry {
  readonly #options: RegistryOptions;
  readonly #affinity: Affinity<Account> | undefined;
  #policyName: PolicyName;
  #policy: ReturnType<typeof createPolicy>;
  #accounts: readonly Account[] = [];
  #invalidFiles: readonly InvalidFile[] = [];

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#affinity = options.affinity === "session"
      ? new Affinity<Account>()
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

  /** Chooses an available account that was not tried, or says why none. */
  acquire(
    { tried, sessionKey }: AcquireOptions,
  ): Result<Lease, NoAccount> {
    const now = this.#options.now();
    const candidates = this.#accounts.filter((account) =>
      account.isAvailable(now) && !tried.has(account.id)
    );
    const owner = this.#owner(sessionKey, now);
    const account = candidates.find((candidate) => candidate === owner) ??
      this.#choose(candidates);
    if (account === undefined) {
      const pool = poolState(this.#accounts, now);
      return err({ kind: "no_account", pool });
    }
    if (sessionKey !== undefined) {
      this.#affinity?.set(sessionKey, account, now);
    }
    if (owner !== undefined && owner !== account) {
      const reason = tried.has(owner.id) ? "failed" : this.#whyNot(owner, now);
      // A failover has its own line.
      const log = tried.has(owner.id) ? "debug" : "info";
      this.#options.log[log]("session moved to another account", {
        from: owner.id,
        to: account.id,
        reason,
      });
    }
    return ok(this.#lease(account, now));
  }

  /** A lease on this very account, if it is available. */
  acquireOnly(id: string): Lease | undefined {
    const now = this.#options.now();
    const account = this.get(id);
    return account?.isAvailable(now) ? this.#lease(account, now) : undefined;
  }

  /** Ends the account's cooldown; undefined if there is no such account. */
  wake(id: string): "woken" | "skipped_auth_invalid" | undefined {
    const account = this.get(id);
    if (account === undefined) return undefined;
    return account.wake() ? "woken" : "skipped_auth_invalid";
  }

  #owner(sessionKey: string | undefined, now: number): Account | undefined {
    if (sessionKey === undefined) return undefined;
    return this.#affinity?.get(sessionKey, now);
  }

  #choose(candidates: readonly Account[]): Account | undefined {
    const views = candidates.map((account) => ({
      id: account.id,
      inFlight: account.inFlight,
      lastSelectedAt: account.history.lastSelectedAt,
      account,
    }));
    return this.#policy(views)?.account;
  }

  #whyNot(account: Account, now: number): string {
    if (!this.#accounts.includes(account)) return "removed";
    if (account.duplicateOf !== undefined) return "duplicate";
    const status = account.status(now);
    return status.state === "cooling" ? status.reason : status.state;
  }

  #lease(account: Account, now: number): Lease {
    account.selected(now);
    const { signIns } = account;
    return new Lease(account, (outcome) => {
      account.released();
      const { kind } = outcome;
      account.attempts.add(kind === "failed" ? outcome.failure.kind : kind);
      // A late answer to tokens of an earlier sign-in says nothing of these.
      if (account.signIns === signIns) this.#learn(account, outcome);
    });
  }

  #learn(account: Account, outcome: Outcome): void {
    const now = this.#options.now();
    if (outcome.kind === "success") account.succeeded(now);
    if (outcome.kind !== "failed") return;

    account.failed(outcome.failure, now);
    if (outcome.failure.kind === "account_invalid") this.refreshDuplicates();
  }
}

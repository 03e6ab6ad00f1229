/**
 * The live accounts: chooses one for an attempt and learns how it ended.
 *
 * In memory only. Does not touch files (`store.ts`) or refresh tokens
 * (`upstream/auth/token.ts`).
 */

import type { Failure } from "../../failure/failure.ts";
import { err, ok, type Result } from "../../result.ts";
import { ageOf, type Clock, type Moment, momentOf } from "../../clock.ts";
import { UNTESTED_PAUSE_MS } from "../../limits.ts";
import { decide } from "../../policy/decide.ts";
import type {
  AccountView,
  Decision,
  DecisionInput,
  Doubt,
  PolicyName,
  Rule,
} from "../../policy/input.ts";
import { isClosed } from "../../policy/windows.ts";
import { shortText } from "../../quota/fields.ts";
import type { Reading } from "../../quota/quota.ts";
import type { Log } from "../../runtime.ts";
import type { Account, Scope } from "./account.ts";
import type { AcquireOptions, Asked } from "./asked.ts";
import { Decisions } from "./decisions.ts";
import { Lease, type Outcome } from "./lease.ts";
import { Lessons, type PageRead } from "./lessons.ts";
import { noMemory, type PoolMemory } from "./memory.ts";
import { PersonRecords } from "./person_records.ts";
import { markDuplicates, poolState } from "./pool.ts";
import { type Served, Sessions } from "./sessions.ts";
import type { Settings } from "./settings.ts";
import { viewOf } from "./view.ts";

export interface RegistryOptions extends Clock {
  readonly policy: PolicyName;
  readonly affinity: "session" | "none";
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Of an earlier run. */
  readonly state?: PoolMemory | undefined;
}

/** A file that is not an account, and why. */
export interface InvalidFile {
  readonly file: string;
  readonly reason: string;
}

/** Who is told what happens in the pool. */
export interface PoolObserver {
  /** A request was there, whatever came of it. */
  readonly asked: () => void;
  /** A limit is used up from now on. */
  readonly blocked: () => void;
  /** Nobody could serve, although only their numbers keep these out. */
  readonly withheld: (ids: readonly string[]) => void;
}

export type NoAccount = Extract<Failure, { kind: "no_account" }>;

export class Registry {
  readonly #options: RegistryOptions;
  readonly #memory: PoolMemory;
  readonly #records: PersonRecords;
  readonly #sessions: Sessions;
  readonly #lessons: Lessons;
  #changes = 0;
  readonly decisions: Decisions = new Decisions();
  /** Which account serves next; a person may change it. */
  policy: PolicyName;
  /** By round robin. */
  #lastPicked: string | undefined;
  /** Set once, by what the registry does not know. */
  observer: PoolObserver = {
    asked: () => {},
    blocked: () => {},
    withheld: () => {},
  };
  #untestedAt: Moment = LONG_AGO;
  #accounts: readonly Account[] = [];
  #invalidFiles: readonly InvalidFile[] = [];

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#memory = options.state ?? noMemory(options.now());
    this.#records = new PersonRecords(this.#memory);
    this.#sessions = new Sessions({
      ...options,
      salt: this.#memory.salt,
      isKept: options.affinity === "session",
      accounts: () => this.#accounts,
    });
    this.#lessons = new Lessons({
      ...options,
      onBlocked: () => this.observer.blocked(),
      onLost: () => this.refreshDuplicates(),
    });
    this.policy = options.policy;
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
    this.#records.share(this.#accounts);
  }

  /** Gives sessions of an earlier run back to accounts that are there. */
  restoreSessions(): void {
    this.#sessions.restore(
      this.#memory.sessions,
      (one) => this.#records.keyOf(one),
    );
  }

  /** Grows with everything that `state` would show. */
  get changes(): number {
    return this.#changes;
  }

  /** What to remember over a restart. */
  state(): PoolMemory {
    return {
      ...this.#memory,
      people: new Map(this.#records.facts()),
      sessions: this.#sessions.saved((one) => this.#records.keyOf(one)),
    };
  }

  /** Sets what a person wants of an account; undefined if there is none. */
  set(id: string, settings: Partial<Settings>): Settings | undefined {
    const record = this.get(id)?.record;
    if (record === undefined) return undefined;
    this.#changes++;
    record.settings = { ...record.settings, ...settings };
    return record.settings;
  }

  /** What decisions see of the accounts; by default for the usual models. */
  views(scope: Scope = {}): readonly AccountView[] {
    const now = this.#options.now();
    // For every turn, and usually nothing is blocked.
    const mayTest = this.#accounts.some(({ record }) => record.hasBlocks) &&
      ageOf(this.#untestedAt, this.#options) >= UNTESTED_PAUSE_MS;
    const untested = mayTest
      ? this.#records.oldestUntested(this.#accounts, scope, now)
      : undefined;
    return this.#accounts.map((account) => {
      const view = viewOf(account, scope, now);
      return account === untested ? { ...view, readiness: "untested" } : view;
    });
  }

  /**
   * Chooses an available account that was not tried, or says why there is none.
   * If none is ready, takes the one whose guessed cooldown ends first: upstream
   * may be back, and without the gateway the caller would have asked it.
   */
  acquire(options: AcquireOptions): Result<Lease, NoAccount> {
    const { sessionKey, sideRoute } = options;
    const input = this.#inputFor(options);
    const decision = decide(input);
    const number = this.#made(input, decision, sessionKey);
    const account = this.#accounts.find(({ id }) => id === decision.account);
    if (account === undefined) {
      const withheld = decision.out.filter(({ why }) => why === "kept");
      if (withheld.length > 0) {
        this.observer.withheld(withheld.map(({ id }) => id));
      }
      const pool = poolState(input.accounts, input.now);
      return err({ kind: "no_account", pool });
    }
    // What serves a picture has not cached the session's prompt.
    const served = sideRoute === undefined
      ? this.#sessions.served(options, (home) => this.#whyNot(home, decision))
      : undefined;
    const { rule } = decision;
    return ok(this.#lease(account, { options, input, rule, number }, served));
  }

  /**
   * A lease on this account, to which a connection is open, if it would serve
   * the request as its session's home, or if only a guess is against it.
   */
  acquireOnly(
    id: string,
    asked: Asked = { sessionKey: undefined },
  ): Lease | undefined {
    const options = { ...asked, tried: new Set<string>() };
    const input = { ...this.#inputFor(options), owner: id, isConnected: true };
    const decision = decide(input);
    const account = this.get(id);
    if (account === undefined || decision.account !== id) return undefined;
    const number = this.#made(input, decision, asked.sessionKey);
    const served = this.#sessions.served(asked, () => "connected elsewhere");
    const { rule } = decision;
    return this.#lease(account, { options, input, rule, number }, served);
  }

  /** The decision that a request would get now; changes nothing. */
  explain(
    asked: Asked,
  ): { readonly input: DecisionInput; readonly decision: Decision } {
    const input = this.#inputFor({ ...asked, tried: new Set() });
    return { input, decision: decide(input) };
  }

  #inputFor(
    { tried, sessionKey, turn, sideRoute, model, else: doubts = GUESSES }:
      AcquireOptions,
  ): DecisionInput {
    const session = this.#sessions.of(sessionKey);
    return {
      now: this.#options.now(),
      policy: this.policy,
      // Callers may write anything there, and decisions are kept.
      model: shortText(model),
      owner: session.home?.id,
      standIn: session.standIn?.id,
      inTurn: turn !== undefined &&
        (turn.hasState || (turn.id !== undefined && turn.id === session.turn)),
      tried: [...tried],
      doubts,
      lastPicked: this.#lastPicked,
      accounts: this.views({ sideRoute, model }),
    };
  }

  #made(
    input: DecisionInput,
    decision: Decision,
    sessionKey: string | undefined,
  ): number {
    const session = this.#sessions.nameOf(sessionKey);
    const number = this.decisions.add({ input, decision, session });
    this.#changes++;
    this.observer.asked();
    if (decision.rule !== "owner" && decision.rule !== "in_turn") {
      this.#lastPicked = decision.account ?? this.#lastPicked;
    }
    return number;
  }

  /** The account that answered this session last, if it is still there. */
  homeOf(sessionKey: string | undefined): Account | undefined {
    return this.#sessions.of(sessionKey).home;
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
    this.#changes++;
    return account.wake() ? "woken" : "skipped_auth_invalid";
  }

  /**
   * Applies a read of the account's page of usage that began at `askedAt`, in
   * ms since the epoch. Returns whether it has ended a block.
   */
  looked(account: Account, read: PageRead, askedAt: number): boolean {
    this.#changes++;
    return this.#lessons.looked(account, read, askedAt);
  }

  #whyNot(home: Account, { out }: Decision): string {
    const why = out.find(({ id }) => id === home.id)?.why;
    if (why === "tried") return "failed";
    if (why !== undefined && why !== "away") return why;
    const state = home.state(this.#options.now());
    return state.state === "cooling" ? state.reason : state.state;
  }

  #lease(account: Account, chosen: Chosen, served?: Served): Lease {
    const { options: { sideRoute, model }, input, rule, number } = chosen;
    const view = input.accounts.find(({ id }) => id === account.id);
    const isGuess = view?.readiness !== "ready";
    if (view?.readiness === "untested") {
      this.#untestedAt = momentOf(this.#options);
    }
    account.selected(input.now, this.#options.elapsed());
    const attempted = { startedAt: input.now, sideRoute, model };
    const opens = view?.windows !== undefined && isClosed(view, input.now);
    const { login, signIns } = account;
    // A late answer for an earlier sign-in, or for another person's login in
    // the same file, says nothing about this one.
    const isCurrent = () =>
      account.signIns === signIns && account.login === login;
    if (served) this.#sessions.chosen(served, login);
    const report = (outcome: Outcome) => {
      account.released();
      if (served && outcome.kind === "failed") {
        this.#sessions.failed(served, login);
      }
      account.attempts.add(
        "failure" in outcome ? outcome.failure.kind : outcome.kind,
      );
      if (!isCurrent()) return;
      this.#changes++;
      this.#lessons.ended(account, outcome, attempted);
    };
    const onAnswer = () => {
      if (sideRoute === undefined && isCurrent()) {
        const isFirst = account.record.used(
          model,
          this.#options.now(),
          input.now,
        );
        if (opens && isFirst) this.#lessons.weekBegins(account);
      }
      return served && this.#sessions.answered(served, account, login);
    };
    const onReading = (reading: Reading) => {
      if (!isCurrent()) return;
      this.#changes++;
      account.learned(reading);
    };
    return new Lease(account, report, {
      onAnswer,
      onReading,
      isGuess,
      rule,
      decision: number,
    });
  }
}

/** What a lease comes from. */
interface Chosen {
  readonly options: Asked;
  readonly input: DecisionInput;
  readonly rule: Rule | undefined;
  /** Of the decision. */
  readonly number: number;
}

const LONG_AGO: Moment = { now: -Infinity, elapsed: -Infinity };

const GUESSES: readonly Doubt[] = ["doubtful"];

/**
 * The live accounts: chooses one for an attempt and learns how it ended.
 *
 * In memory only. Does not touch files (`store.ts`) or refresh tokens
 * (`upstream/auth/token.ts`).
 */

import { randomBytes } from "node:crypto";
import { type Failure, subjectOf } from "../../failure/failure.ts";
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
} from "../../policy/input.ts";
import { isClosed } from "../../policy/windows.ts";
import type { Block } from "../../quota/block.ts";
import { shortText } from "../../quota/fields.ts";
import type { Reading } from "../../quota/quota.ts";
import type { Log } from "../../runtime.ts";
import type { Account, Attempted, Scope } from "./account.ts";
import { Affinity } from "./affinity.ts";
import { Decisions } from "./decisions.ts";
import { Lease, type Outcome } from "./lease.ts";
import type { Login } from "./credential.ts";
import { markDuplicates, poolState } from "./pool.ts";
import type { PersonFacts } from "./person_record.ts";
import { PersonRecords } from "./person_records.ts";
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

/** What the pool remembers over a restart. */
export interface PoolMemory {
  /** The key of all hashes. */
  readonly salt: Uint8Array;
  /** When the salt was made; milliseconds since the epoch. */
  readonly since: number;
  /** By keyed hash of the person. */
  readonly people: ReadonlyMap<string, PersonFacts>;
  readonly sessions: readonly {
    readonly session: string;
    readonly person: string;
    /** Milliseconds since the epoch. */
    readonly usedAt: number;
  }[];
}

/** A request, as far as it matters for the choice of an account. */
export interface Asked extends Scope {
  /** Identifies the caller's session, if anything does. */
  readonly sessionKey: string | undefined;
  readonly turn?: AskedTurn | undefined;
}

/** The turn of a request, which may be one of several in the same turn. */
export interface AskedTurn {
  /** As the caller names it. */
  readonly id: string | undefined;
  /** It brings back what upstream has issued for this turn. */
  readonly hasState: boolean;
}

export interface AcquireOptions extends Asked {
  /** Ids of the accounts that this request has tried already. */
  readonly tried: ReadonlySet<string>;
  /** Which accounts may serve if none is ready. Default: `["doubtful"]`. */
  readonly else?: readonly Doubt[];
}

/** A file that is not an account, and why. */
export interface InvalidFile {
  readonly file: string;
  readonly reason: string;
}

/** The session of a lease, and why its home does not serve it, if so. */
interface Served {
  readonly sessionKey: string;
  readonly turn: string | undefined;
  readonly notHome: string | undefined;
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

/** What came of a read of an account's page of usage. */
export type PageRead =
  | { readonly kind: "read"; readonly reading: Reading }
  /** There was an answer, but no page of this account. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "no_answer" };

export type NoAccount = Extract<Failure, { kind: "no_account" }>;

export class Registry {
  readonly #options: RegistryOptions;
  readonly #affinity: Affinity<Login> | undefined;
  readonly #records: PersonRecords;
  readonly #memory: PoolMemory;
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
    this.#affinity = options.affinity === "session"
      ? new Affinity<Login>(this.#memory.salt)
      : undefined;
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
    const { elapsed, now } = this.#options;
    const sinceEpoch = now() - elapsed();
    const logins = new Map(
      this.#accounts.map((one) => [this.#records.keyOf(one), one.login]),
    );
    this.#affinity?.restore(
      this.#memory.sessions.flatMap(({ session, person, usedAt }) => {
        const home = logins.get(person);
        return home
          ? [{ name: session, home, usedAt: usedAt - sinceEpoch }]
          : [];
      }),
    );
  }

  /** Grows with everything that `state` would show. */
  get changes(): number {
    return this.#changes;
  }

  /** What to remember over a restart. */
  state(): PoolMemory {
    const { elapsed, now } = this.#options;
    const sinceEpoch = now() - elapsed();
    const people = new Map(
      this.#accounts.map((one) => [one.login, this.#records.keyOf(one)]),
    );
    return {
      ...this.#memory,
      people: new Map(this.#records.facts()),
      sessions: (this.#affinity?.known() ?? []).flatMap(
        ({ name, home, usedAt }) => {
          const person = people.get(home);
          return person === undefined
            ? []
            : [{ session: name, person, usedAt: usedAt + sinceEpoch }];
        },
      ),
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
    const pause = ageOf(this.#untestedAt, this.#options);
    const untested = pause >= UNTESTED_PAUSE_MS
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
    this.#made(input, decision, sessionKey);
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
      ? this.#served(options, (home) => this.#whyNot(home, decision))
      : undefined;
    return ok(this.#lease(account, { options, input }, served));
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
    this.#made(input, decision, asked.sessionKey);
    const served = this.#served(asked, () => "connected elsewhere");
    return this.#lease(account, { options, input }, served);
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
    const elapsed = this.#options.elapsed();
    const home = sessionKey === undefined
      ? undefined
      : this.#affinity?.home(sessionKey, elapsed);
    const standIn = sessionKey === undefined
      ? undefined
      : this.#affinity?.next(sessionKey, elapsed);
    const last = sessionKey === undefined || turn?.id === undefined
      ? undefined
      : this.#affinity?.turn(sessionKey, elapsed);
    return {
      now: this.#options.now(),
      policy: this.policy,
      // Callers may write anything there, and decisions are kept.
      model: shortText(model),
      owner: this.#accountOf(home)?.id,
      standIn: this.#accountOf(standIn)?.id,
      inTurn: turn !== undefined &&
        (turn.hasState || (turn.id !== undefined && turn.id === last)),
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
  ): void {
    const session = sessionKey === undefined
      ? undefined
      : this.#affinity?.nameOf(sessionKey).slice(0, SESSION_CHARS);
    this.decisions.add({ input, decision, session });
    this.#changes++;
    this.observer.asked();
    if (decision.rule !== "owner" && decision.rule !== "in_turn") {
      this.#lastPicked = decision.account ?? this.#lastPicked;
    }
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
    this.#changes++;
    return account.wake() ? "woken" : "skipped_auth_invalid";
  }

  /**
   * Applies a read of the account's page of usage that began at `askedAt`, in
   * ms since the epoch. Returns whether it has ended a block.
   */
  looked(account: Account, read: PageRead, askedAt: number): boolean {
    const { log, now, random } = this.#options;
    const { record } = account;
    this.#changes++;
    switch (read.kind) {
      case "unreadable":
        record.unreadable(now());
        return false;
      case "no_answer":
        record.postponed(now());
        return false;
      case "read":
        break;
    }
    const times = { askedAt, now: now(), chance: random() };
    const { ended, held } = record.pageRead(read.reading, times);
    for (const block of held) {
      log.debug("a limit is still used up", {
        account: account.id,
        ...timesOf(block),
      });
    }
    for (const block of ended) {
      this.#freed(account, block, "the page of usage says so");
    }
    return ended.length > 0;
  }

  #home(sessionKey: string | undefined): Login | undefined {
    if (sessionKey === undefined) return undefined;
    return this.#affinity?.home(sessionKey, this.#options.elapsed());
  }

  /** Of a person who has several accounts, the one that serves. */
  #accountOf(login: Login | undefined): Account | undefined {
    const account = this.#accounts.find((one) => one.login === login);
    if (account === undefined || isInUse(account)) return account;
    const other = this.#accounts.find((one) =>
      one.record === account.record && isInUse(one)
    );
    return other ?? account;
  }

  #served(
    { sessionKey, turn }: Asked,
    away: (home: Account) => string,
  ): Served | undefined {
    if (sessionKey === undefined) return undefined;
    const home = this.#accountOf(this.#home(sessionKey));
    return { sessionKey, turn: turn?.id, notHome: home && away(home) };
  }

  #whyNot(home: Account, { out }: Decision): string {
    const why = out.find(({ id }) => id === home.id)?.why;
    if (why === "tried") return "failed";
    if (why !== undefined && why !== "away") return why;
    const state = home.state(this.#options.now());
    return state.state === "cooling" ? state.reason : state.state;
  }

  #lease(account: Account, chosen: Chosen, served?: Served): Lease {
    const { options: { sideRoute, model }, input } = chosen;
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
    if (served) this.#chosen(served, login);
    const report = (outcome: Outcome) => {
      account.released();
      if (served && outcome.kind === "failed") this.#failed(served, login);
      account.attempts.add(
        "failure" in outcome ? outcome.failure.kind : outcome.kind,
      );
      if (isCurrent()) this.#learn(account, outcome, attempted);
    };
    const onAnswer = () => {
      if (sideRoute === undefined && isCurrent()) {
        const isFirst = account.record.used(
          model,
          this.#options.now(),
          input.now,
        );
        if (opens && isFirst) {
          this.#options.log.info("a week begins", { account: account.id });
        }
      }
      return served !== undefined && this.#answered(served, account, login);
    };
    const onReading = (reading: Reading) => {
      if (!isCurrent()) return;
      this.#changes++;
      account.learned(reading);
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

  /**
   * Only an answer makes an account the session's home, not an attempt. Returns
   * whether the session had another one.
   */
  #answered(
    { sessionKey, turn, notHome: reason }: Served,
    account: Account,
    login: Login,
  ): boolean {
    const { elapsed, log } = this.#options;
    const before = this.#affinity?.answered(
      sessionKey,
      login,
      elapsed(),
      turn,
    );
    const from = this.#accountOf(before);
    if (before === undefined || from === account) return false;
    // A failover is logged already.
    log[reason === "failed" ? "debug" : "info"](
      "session moved to another account",
      {
        from: from?.id,
        to: account.id,
        reason: reason ?? "removed",
      },
    );
    return true;
  }

  #learn(account: Account, outcome: Outcome, attempted: Attempted): void {
    this.#changes++;
    const now = this.#options.now();
    switch (outcome.kind) {
      case "success":
        return this.#freed(
          account,
          account.succeeded(now, attempted),
          "a turn was served",
        );
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
    const chance = this.#options.random();
    const block = account.failed(outcome.failure, now, attempted, chance);
    if (block) this.#blocked(account, block);
    if (outcome.failure.kind === "account_invalid") this.refreshDuplicates();
  }

  #blocked({ id }: Account, block: Block): void {
    this.#options.log.info("a limit is used up", {
      account: id,
      ...timesOf(block),
    });
    this.observer.blocked();
  }

  #freed({ id }: Account, block: Block | undefined, reason: string): void {
    if (block === undefined) return;
    this.#options.log.info("a limit is free ahead of time", {
      account: id,
      limit: block.limit,
      was_until: new Date(block.until).toISOString(),
      reason,
    });
  }
}

function isInUse({ duplicateOf, isInvalid }: Account): boolean {
  return duplicateOf === undefined && !isInvalid;
}

function noMemory(now: number): PoolMemory {
  const salt = randomBytes(32);
  return { salt, since: now, people: new Map(), sessions: [] };
}

/** What a lease comes from. */
interface Chosen {
  readonly options: Asked;
  readonly input: DecisionInput;
}

/** For the log. */
function timesOf({ limit, until, lookAt }: Block) {
  return {
    limit,
    until: new Date(until).toISOString(),
    look_again: new Date(Math.min(lookAt, until)).toISOString(),
  };
}

const LONG_AGO: Moment = { now: -Infinity, elapsed: -Infinity };

const GUESSES: readonly Doubt[] = ["doubtful"];

/** Enough of a session's hash to tell sessions apart. */
const SESSION_CHARS = 8;

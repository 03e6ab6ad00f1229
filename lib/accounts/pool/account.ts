/**
 * One live account: its tokens, its status and its history.
 *
 * Applies pure transitions and keeps counts. Does not choose among accounts
 * (`registry.ts`) and touches no file (`store.ts`).
 */

import {
  describeFailure,
  type Failure,
  subjectOf,
} from "../../failure/failure.ts";
import { Counter } from "../../counter.ts";
import type { Readiness } from "../../policy/input.ts";
import type { Block } from "../../quota/block.ts";
import type { Quota, Reading } from "../../quota/quota.ts";
import { type Credential, HeldCredential, type Login } from "./credential.ts";
import type { AccountFile } from "../files/file.ts";
import { idOf } from "../files/file_name.ts";
import { type History, NO_HISTORY } from "./history.ts";
import { isOtherPerson, isSamePerson } from "./person.ts";
import { PersonRecord } from "./person_record.ts";
import { routeOf, Standings } from "./standings.ts";
import { type AccountState, readinessOf, type Status } from "./status.ts";

/** `released`: the caller left, or the connection was opened ahead of a turn. */
export type AttemptOutcome = "success" | "released" | Failure["kind"];

/** What a request is for: the answer may differ for each. */
export interface Scope {
  /** A route other than turns, such as images, which has separate limits. */
  readonly sideRoute?: string | undefined;
  /** As the caller wrote it; some models have limits of their own. */
  readonly model?: string | undefined;
}

/** The facts about an attempt that decide what its failure means. */
export interface Attempted extends Scope {
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
}

export type { Credential } from "./credential.ts";
export type { Status } from "./status.ts";

export class Account {
  #name: string;
  #file: AccountFile;
  readonly #credential = new HeldCredential();
  readonly #standings = new Standings();
  #history = NO_HISTORY;
  #inFlight = 0;
  #signIns = 0;
  #duplicateOf: string | undefined;
  #persistPending = false;
  #trashed = false;
  #selectedAt: number | undefined;
  #record = new PersonRecord();
  #refreshes = 0;

  /** When the file was made, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Outcomes of its attempts since the start. */
  readonly attempts: Counter<AttemptOutcome> = new Counter(["success"]);

  constructor(fileName: string, file: AccountFile, createdAt: number) {
    this.#name = fileName;
    this.#file = file;
    this.#credential.replace(file);
    this.createdAt = createdAt;
  }

  /** The stem of the file's name. Changes when the file is renamed. */
  get id(): string {
    return idOf(this.#name);
  }
  get fileName(): string {
    return this.#name;
  }
  /** The file as last read or written, with newer tokens not saved yet. */
  get file(): AccountFile {
    return this.#file;
  }
  get refreshToken(): string {
    return this.#file.refreshToken;
  }
  get label(): string | undefined {
    return this.#file.label;
  }
  get email(): string | undefined {
    return this.#file.email ?? this.credential?.claims.email;
  }
  get credential(): Credential | undefined {
    return this.#credential.current;
  }
  /** The key under which its cookies, sessions and turn states are kept. */
  get login(): Login {
    return this.#credential.login;
  }
  get history(): History {
    return this.#history;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  /** Counts sign-ins: failures of attempts before the latest do not count. */
  get signIns(): number {
    return this.#signIns;
  }
  /** The id of the account that serves instead, if the same person has two. */
  get duplicateOf(): string | undefined {
    return this.#duplicateOf;
  }
  /** Whether the current tokens are in memory only: the disk refused them. */
  get persistPending(): boolean {
    return this.#persistPending;
  }
  /** Whether its file is in the trash: it is listed, but cannot serve. */
  get trashed(): boolean {
    return this.#trashed;
  }
  /** What upstream has told of its quota; undefined: nothing yet. */
  get quota(): Quota | undefined {
    return this.#record.quota;
  }
  /** What is known of its person's quota, and what is set for it. */
  get record(): PersonRecord {
    return this.#record;
  }
  /** When it was last chosen, by `Clock.elapsed`. */
  get selectedAt(): number | undefined {
    return this.#selectedAt;
  }
  /** Whether a refresh is under way. It may be chosen: callers wait for it. */
  get refreshInFlight(): boolean {
    return this.#refreshes > 0;
  }

  /**
   * Its state in the pool: a duplicate if another account serves, else its
   * status.
   */
  state(now: number, scope?: Scope): AccountState {
    return this.#duplicateOf === undefined
      ? this.status(now, scope)
      : { state: "duplicate", of: this.#duplicateOf };
  }

  /**
   * Its status for turns, or the stricter one for a side route. A block of the
   * model's limit counts as a cooldown, but hides no risk.
   */
  status(now: number, { sideRoute, model }: Scope = {}): Status {
    const status = this.#standings.status(now, sideRoute);
    if (status.state === "invalid") return status;
    const block = this.#record.blockOf(model, now);
    if (block === undefined) return status;
    const counts = status.state === "serving" ||
      status.reason !== "risk_controlled" && block.until > status.until;
    return counts ? blocked(block) : status;
  }

  get isInvalid(): boolean {
    return this.#standings.isInvalid;
  }

  /** Whether at most a block keeps it away. */
  isServing(now: number, { sideRoute }: Scope = {}): boolean {
    return this.#standings.status(now, sideRoute).state === "serving";
  }

  /** Whether it may be chosen now. */
  readiness(now: number, scope?: Scope): Readiness {
    return readinessOf(this.state(now, scope));
  }

  renamed(fileName: string): void {
    this.#name = fileName;
  }

  /** Takes the file's fields, and its access token if that expires later. */
  reread(file: AccountFile): void {
    this.#take(file, () => this.#credential.extend(file));
  }

  /** After a new sign-in: forgets the old tokens and cooldowns. */
  signedIn(file: AccountFile): void {
    // Unless the tokens prove the same person, assume another one.
    if (isSamePerson(file, this.#file)) this.#credential.replace(file);
    else this.#handOver(file);
    this.#file = file;
    this.#standings.clear();
    this.#record.unblock();
    this.#signIns++;
    this.#trashed = false;
    this.#persistPending = false;
  }

  /** Another process refreshed this login: cooldowns stay, `invalid` ends. */
  rotatedElsewhere(file: AccountFile): void {
    this.#take(file, () => this.#credential.replace(file));
    this.#standings.revive();
  }

  /** A refresh succeeded; `file` has its tokens. */
  refreshed(file: AccountFile, now: number): void {
    this.#take(file, () => this.#credential.renew(file));
    this.#history = { ...this.#history, lastRefreshAt: now };
  }

  /** Takes a file of the same login, unless its tokens name another person. */
  #take(file: AccountFile, hold: () => void): void {
    if (isOtherPerson(file, this.#file)) this.#handOver(file);
    else hold();
    this.#file = file;
  }

  /** Another person's tokens: what was told of the one before is not theirs. */
  #handOver(file: AccountFile): void {
    this.#credential.handOver(file);
    this.#record = new PersonRecord();
  }

  /** A refresh is under way until disposed. */
  refreshing(): Disposable {
    this.#refreshes++;
    return { [Symbol.dispose]: () => void this.#refreshes-- };
  }

  /** Its current tokens are on the disk, and nothing is left to do for them. */
  saved(): void {
    this.#persistPending = false;
  }

  /** The disk refused its current tokens. */
  unsaved(): void {
    this.#persistPending = true;
  }

  /** Its file is in the trash. It stays in the list, invalid. */
  movedToTrash(): void {
    this.#trashed = true;
  }

  /** Another account of the same person serves; undefined: none does. */
  standsBehind(serving: Account | undefined): void {
    this.#duplicateOf = serving?.id;
  }

  /** Shares the record of its person with their other accounts. */
  shares(record: PersonRecord): void {
    this.#record = record;
  }

  /** Takes what an answer has told of its quota. */
  learned(reading: Reading): void {
    this.#record.learned(reading);
  }

  /** Drops an access token that upstream rejected, if it is still current. */
  dropCredential(rejected: Credential): void {
    this.#credential.drop(rejected);
  }

  selected(now: number, elapsed: number): void {
    this.#inFlight++;
    this.#selectedAt = elapsed;
    this.#history = { ...this.#history, lastSelectedAt: now };
  }

  released(): void {
    this.#inFlight--;
  }

  /** Returns the block that it has ended ahead of time, if any. */
  succeeded(now: number, attempted?: Attempted): Block | undefined {
    const { sideRoute, model, startedAt = now } = attempted ?? {};
    this.#standings.succeeded(sideRoute);
    this.#history = { ...this.#history, lastSuccessAt: now };
    return sideRoute === undefined
      ? this.#record.served(model, startedAt, now)
      : undefined;
  }

  /**
   * Applies what a failure says about this account, if anything. Returns the
   * block that begins with it, if any. `chance` is from 0 to 1.
   */
  failed(
    failure: Failure,
    now: number,
    attempted?: Attempted,
    chance = 0,
  ): Block | undefined {
    const subject = subjectOf(failure);
    if (subject !== "account" && subject !== "service") return;
    const { startedAt = now, model } = attempted ?? {};
    const sideRoute = routeOf(failure, attempted?.sideRoute);
    this.#standings.failed(failure, { now, startedAt, sideRoute });
    if (sideRoute !== undefined) return;
    const lastError = this.describe(failure);
    this.#history = { ...this.#history, lastErrorAt: now, lastError };
    if (failure.kind !== "quota_exhausted") return;
    return this.#record.refusedBy(failure, { now, model, chance });
  }

  /** Records a message for a person; does not cool down the account. */
  noted(lastError: string, now: number): void {
    this.#history = { ...this.#history, lastErrorAt: now, lastError };
  }

  /** Ends a cooldown. False: the account is invalid, and stays so. */
  wake(): boolean {
    this.#record.unblock();
    return this.#standings.wake();
  }

  /** The failure in one line, without any of this account's tokens. */
  describe(failure: Failure): string {
    return describeFailure(failure, this.secrets);
  }

  /** Every token of this account. */
  get secrets(): readonly string[] {
    const { refreshToken, accessToken, idToken } = this.#file;
    const held = this.credential?.accessToken;
    const secrets = [refreshToken];
    for (const token of [accessToken, idToken, held]) {
      if (token !== undefined && !secrets.includes(token)) secrets.push(token);
    }
    return secrets;
  }
}

function blocked({ since, until, told }: Block): Status {
  return {
    state: "cooling",
    reason: "quota_exhausted",
    source: told ? "upstream_retry_after" : "fixed_policy",
    since,
    until,
  };
}

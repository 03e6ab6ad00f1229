/**
 * One live account: its tokens, its status and what is known of its past.
 *
 * Applies pure transitions and keeps counts. Does not choose among accounts
 * (`registry.ts`) and touches no file (`store.ts`).
 */

import { describeFailure, type Failure } from "../failure/failure.ts";
import { Tally } from "../tally.ts";
import { cooldownFor, isOfAccount } from "./cooldown.ts";
import type { Credential } from "./credential.ts";
import type { AccountFile } from "./file.ts";
import { HeldCredential } from "./held_credential.ts";
import { idOf } from "./file_name.ts";
import { type History, NO_HISTORY } from "./history.ts";
import type { Login } from "./login.ts";
import { isOtherPerson, isSamePerson } from "./person.ts";
import {
  ACTIVE,
  coolDown,
  invalidate,
  type Status,
  statusAt,
  wake,
} from "./status.ts";

/** `released`: the caller left, or the connection was opened ahead of a turn. */
export type AttemptOutcome = "success" | "released" | Failure["kind"];

export type { Credential } from "./credential.ts";
export type { Status } from "./status.ts";

export class Account {
  #name: string;
  #file: AccountFile;
  readonly #credential = new HeldCredential();
  #status: Status = ACTIVE;
  #history = NO_HISTORY;
  #inFlight = 0;
  #backoffLevel = 0;
  #signIns = 0;

  /** When the file was made, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** The id of the account that serves for the same person, if it is another. */
  duplicateOf: string | undefined = undefined;
  /** Whether memory holds tokens that the disk has refused so far. */
  persistPending = false;
  /** Whether its file went to the trash: listed, and lost until it is back. */
  trashed = false;
  /** Whether a refresh is under way; callers wait for it, so it may serve. */
  refreshInFlight = false;

  /** What came of the attempts on it, since the start. */
  readonly attempts: Tally<AttemptOutcome> = new Tally(["success"]);

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
  /** What we last read from or wrote to the file, and newer tokens of ours. */
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
  /** The key of all that is remembered of who is signed in. */
  get login(): Login {
    return this.#credential.login;
  }
  get history(): History {
    return this.#history;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  /** Grows with each new sign-in; what was tried before blames nobody now. */
  get signIns(): number {
    return this.#signIns;
  }

  status(now: number): Status {
    return statusAt(this.#status, now);
  }

  get isInvalid(): boolean {
    return this.#status.state === "invalid";
  }

  /** May be chosen now, as far as this account alone can tell. */
  isAvailable(now: number): boolean {
    return this.duplicateOf === undefined &&
      this.status(now).state === "active";
  }

  renamed(fileName: string): void {
    this.#name = fileName;
  }

  /** Takes the file's fields, and its access token if it is the later one. */
  reread(file: AccountFile): void {
    this.#take(file, () => this.#credential.extend(file));
  }

  /** Somebody signed in again: old tokens and old blame are gone. */
  signedIn(file: AccountFile): void {
    // Whoever cannot be told from another is taken for one.
    if (isSamePerson(file, this.#file)) this.#credential.replace(file);
    else this.#credential.handOver(file);
    this.#file = file;
    this.#status = ACTIVE;
    this.#backoffLevel = 0;
    this.#signIns++;
    this.trashed = false;
    this.persistPending = false;
  }

  /** Another process refreshed: the same login, so the same blame. */
  rotatedElsewhere(file: AccountFile): void {
    this.#take(file, () => this.#credential.replace(file));
    if (this.#status.state === "invalid") this.#status = ACTIVE;
  }

  /** A refresh succeeded; `file` has its tokens. */
  refreshed(file: AccountFile, now: number): void {
    this.#take(file, () => this.#credential.renew(file));
    this.#history = { ...this.#history, lastRefreshAt: now };
  }

  /** A file of the same login, unless its tokens name another person. */
  #take(file: AccountFile, hold: () => void): void {
    if (isOtherPerson(file, this.#file)) this.#credential.handOver(file);
    else hold();
    this.#file = file;
  }

  /** Drops an access token that upstream rejected, unless a newer one is in. */
  dropCredential(rejected: Credential): void {
    this.#credential.drop(rejected);
  }

  selected(now: number): void {
    this.#inFlight++;
    this.#history = { ...this.#history, lastSelectedAt: now };
  }

  released(): void {
    this.#inFlight--;
  }

  succeeded(now: number): void {
    this.#backoffLevel = 0;
    this.#history = { ...this.#history, lastSuccessAt: now };
  }

  failed(failure: Failure, now: number): void {
    if (!isOfAccount(failure)) return;
    const lastError = this.describe(failure);
    this.#history = { ...this.#history, lastErrorAt: now, lastError };
    if (failure.kind === "account_invalid") {
      this.#status = invalidate(this.#status, now);
      return;
    }
    const cooldown = cooldownFor(failure, this.#backoffLevel, now);
    if (cooldown === undefined) return;
    // Fifty requests that meet one limit are one limit, not fifty steps.
    const stepsUp = cooldown.source === "local_backoff" &&
      this.status(now).state === "active";
    if (stepsUp) this.#backoffLevel++;
    this.#status = coolDown(this.#status, cooldown);
  }

  /** Something a person should know, that blames nobody. */
  noted(lastError: string, now: number): void {
    this.#history = { ...this.#history, lastErrorAt: now, lastError };
  }

  /** Ends a cooldown, not an invalid state; says whether it could. */
  wake(): boolean {
    this.#status = wake(this.#status);
    if (this.#status.state === "invalid") return false;
    this.#backoffLevel = 0;
    return true;
  }

  /** A line for a person that holds none of this account's tokens. */
  describe(failure: Failure): string {
    const { refreshToken, accessToken, idToken } = this.#file;
    const tokens = [refreshToken, accessToken, idToken];
    tokens.push(this.credential?.accessToken);
    return describeFailure(
      failure,
      tokens.filter((token) => token !== undefined),
    );
  }
}

/**
 * One live account: its tokens, its status and what is known of its past.
 *
 * Applies pure transitions and keeps counts. Does not choose among accounts
 * (`registry.ts`) and touches no file (`store.ts`).
 */

import {
  describeFailure,
  type Failure,
  subjectOf,
} from "../failure/failure.ts";
import { Tally } from "../tally.ts";
import type { Credential } from "./credential.ts";
import type { AccountFile } from "./file.ts";
import { HeldCredential } from "./held_credential.ts";
import { idOf } from "./file_name.ts";
import { type History, NO_HISTORY } from "./history.ts";
import type { Login } from "./login.ts";
import { isOtherPerson, isSamePerson } from "./person.ts";
import { Standing } from "./standing.ts";
import { ACTIVE, isGuess, type Status } from "./status.ts";

/** `released`: the caller left, or the connection was opened ahead of a turn. */
export type AttemptOutcome = "success" | "released" | Failure["kind"];

/**
 * Whether an account may be chosen. `doubtful`: only our own guess keeps it
 * away, so it may serve where no other account is ready.
 */
export type Readiness = "ready" | "doubtful" | "away";

/** What was tried, as far as it matters for what its failure means. */
export interface Attempted {
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  /** A route besides turns, such as images: it has limits of its own. */
  readonly sideRoute: string | undefined;
}

export type { Credential } from "./credential.ts";
export type { Status } from "./status.ts";

export class Account {
  #name: string;
  #file: AccountFile;
  readonly #credential = new HeldCredential();
  readonly #turns = new Standing();
  readonly #sideRoutes = new Map<string, Standing>();
  #history = NO_HISTORY;
  #inFlight = 0;
  #signIns = 0;

  /** When the file was made, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** The id of the account that serves for the same person, if it is another. */
  duplicateOf: string | undefined = undefined;
  /** Whether memory holds tokens that the disk has refused so far. */
  persistPending = false;
  /** Whether its file went to the trash: listed, and lost until it is back. */
  trashed = false;
  /** When it was last chosen, in milliseconds awake since the start. */
  selectedAt: number | undefined = undefined;
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

  /** How it stands with turns, or with a side route, which needs both. */
  status(now: number, sideRoute?: string): Status {
    const own = this.#turns.status(now);
    if (sideRoute === undefined || own.state === "invalid") return own;
    const side = this.#sideRoutes.get(sideRoute)?.status(now) ?? ACTIVE;
    return until(side) > until(own) ? side : own;
  }

  get isInvalid(): boolean {
    return this.#turns.isInvalid;
  }

  /** Whether it may be chosen now, as far as this account alone can tell. */
  readiness(now: number, sideRoute?: string): Readiness {
    if (this.duplicateOf !== undefined) return "away";
    const status = this.status(now, sideRoute);
    if (status.state === "active") return "ready";
    return isGuess(status) ? "doubtful" : "away";
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
    this.#turns.clear();
    this.#sideRoutes.clear();
    this.#signIns++;
    this.trashed = false;
    this.persistPending = false;
  }

  /** Another process refreshed: the same login, so the same blame. */
  rotatedElsewhere(file: AccountFile): void {
    this.#take(file, () => this.#credential.replace(file));
    if (this.#turns.isInvalid) this.#turns.clear();
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

  selected(now: number, elapsed: number): void {
    this.#inFlight++;
    this.selectedAt = elapsed;
    this.#history = { ...this.#history, lastSelectedAt: now };
  }

  released(): void {
    this.#inFlight--;
  }

  succeeded(now: number, sideRoute?: string): void {
    const standing = sideRoute === undefined
      ? this.#turns
      : this.#sideRoutes.get(sideRoute);
    standing?.succeeded();
    this.#history = { ...this.#history, lastSuccessAt: now };
  }

  /** Learns from a failure what it says of this account, if anything. */
  failed(failure: Failure, now: number, attempted?: Attempted): void {
    const subject = subjectOf(failure);
    if (subject !== "account" && subject !== "service") return;
    const { startedAt = now, sideRoute } = attempted ?? {};
    if (sideRoute !== undefined && isOfRoute(failure)) {
      return this.#standingAt(sideRoute).failed(failure, now, startedAt);
    }
    const lastError = this.describe(failure);
    this.#history = { ...this.#history, lastErrorAt: now, lastError };
    this.#turns.failed(failure, now, startedAt);
  }

  /** Something a person should know, that blames nobody. */
  noted(lastError: string, now: number): void {
    this.#history = { ...this.#history, lastErrorAt: now, lastError };
  }

  /** Ends a cooldown, not an invalid state; says whether it could. */
  wake(): boolean {
    this.#sideRoutes.clear();
    return this.#turns.wake();
  }

  /** A line for a person that holds none of this account's tokens. */
  describe(failure: Failure): string {
    return describeFailure(failure, this.secrets);
  }

  /** All that nobody else may read. */
  get secrets(): readonly string[] {
    const { refreshToken, accessToken, idToken } = this.#file;
    const held = this.credential?.accessToken;
    const tokens = new Set([refreshToken, accessToken, idToken, held]);
    return [...tokens].filter((token) => token !== undefined);
  }

  #standingAt(sideRoute: string): Standing {
    const known = this.#sideRoutes.get(sideRoute);
    if (known !== undefined) return known;
    const standing = new Standing();
    this.#sideRoutes.set(sideRoute, standing);
    return standing;
  }
}

/** What a side route says of itself: its trouble, and a limit of its own. */
function isOfRoute(failure: Failure): boolean {
  // A refresh that failed has no answer of the route's.
  if (failure.kind === "unavailable") return failure.answer !== undefined;
  return failure.kind === "rate_limited" || subjectOf(failure) === "service";
}

function until(status: Status): number {
  switch (status.state) {
    case "active":
      return -Infinity;
    case "cooling":
      return status.until;
    case "invalid":
      return Infinity;
  }
}

/**
 * The homes of sessions, as accounts: `affinity.ts` keeps them by login, which
 * outlives a rename, and `memory.ts` by person, which outlives a restart.
 */
import type { Clock } from "../../clock.ts";
import type { Log } from "../../runtime.ts";
import type { Account } from "./account.ts";
import { Affinity } from "./affinity.ts";
import type { Asked } from "./asked.ts";
import type { Login } from "./credential.ts";
import type { SavedSession } from "./memory.ts";
import { type Moved, movedFrom, untilText } from "./moved.ts";

/** The session of a lease, and why its home does not serve it, if so. */
export interface Served {
  readonly sessionKey: string;
  readonly turn: string | undefined;
  readonly notHome: string | undefined;
}

/** What is known of a session when an account is chosen for it. */
export interface KnownSession {
  /** The account that answered it last. */
  readonly home: Account | undefined;
  /** The one that serves it while its home cannot. */
  readonly standIn: Account | undefined;
  /** The turn that was answered last, as its caller names it. */
  readonly turn: string | undefined;
}

export interface SessionsOptions extends Clock {
  readonly log: Log;
  readonly salt: Uint8Array;
  readonly isKept: boolean;
  readonly accounts: () => readonly Account[];
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #affinity: Affinity<Login> | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#affinity = options.isKept
      ? new Affinity<Login>(options.salt)
      : undefined;
  }

  of(sessionKey: string | undefined): KnownSession {
    if (sessionKey === undefined || !this.#affinity) return UNKNOWN;
    const known = this.#affinity.of(sessionKey, this.#options.elapsed());
    return known === undefined ? UNKNOWN : {
      home: this.#accountOf(known.home),
      standIn: this.#accountOf(known.next),
      turn: known.turn,
    };
  }

  /** The beginning of the session's hash, to tell sessions apart. */
  nameOf(sessionKey: string | undefined): string | undefined {
    return sessionKey === undefined
      ? undefined
      : this.#affinity?.nameOf(sessionKey).slice(0, SESSION_CHARS);
  }

  /** `away` says why the home does not serve. */
  served(
    { sessionKey, turn }: Asked,
    away: (home: Account) => string,
  ): Served | undefined {
    if (sessionKey === undefined) return undefined;
    const { home } = this.of(sessionKey);
    return { sessionKey, turn: turn?.id, notHome: home && away(home) };
  }

  chosen({ sessionKey }: Served, login: Login): void {
    const elapsed = this.#options.elapsed();
    if (this.#affinity?.of(sessionKey, elapsed)?.home === login) return;
    this.#affinity?.choose(sessionKey, login, elapsed);
  }

  failed({ sessionKey }: Served, login: Login): void {
    this.#affinity?.failed(sessionKey, login, this.#options.elapsed());
  }

  /**
   * Only an answer makes an account the session's home, not an attempt. Returns
   * the one that the session had before, if it had another one.
   */
  answered(
    { sessionKey, turn, notHome: reason }: Served,
    account: Account,
    login: Login,
  ): Moved | undefined {
    const { elapsed, log, now } = this.#options;
    const before = this.#affinity?.answered(
      sessionKey,
      login,
      elapsed(),
      turn,
    );
    const from = this.#accountOf(before);
    if (before === undefined || from === account) return undefined;
    const moved = movedFrom(from, reason ?? "removed", now());
    // A failover is logged already.
    log[reason === "failed" ? "debug" : "info"](
      "session moved to another account",
      {
        from: moved.from,
        to: account.label ?? account.id,
        reason: moved.reason,
        until: untilText(moved),
      },
    );
    return moved;
  }

  /** `keyOf` names the person of an account. */
  saved(keyOf: (account: Account) => string): readonly SavedSession[] {
    const people = new Map(
      this.#options.accounts().map((one) => [one.login, keyOf(one)]),
    );
    return (this.#affinity?.known() ?? []).flatMap(
      ({ name, home, usedAt }) => {
        const person = people.get(home);
        return person === undefined
          ? []
          : [{ session: name, person, usedAt: usedAt + this.#sinceEpoch }];
      },
    );
  }

  /** Gives sessions of an earlier run back to accounts that are there. */
  restore(
    sessions: readonly SavedSession[],
    keyOf: (account: Account) => string,
  ): void {
    const logins = new Map(
      this.#options.accounts().map((one) => [keyOf(one), one.login]),
    );
    this.#affinity?.restore(
      sessions.flatMap(({ session, person, usedAt }) => {
        const home = logins.get(person);
        return home
          ? [{ name: session, home, usedAt: usedAt - this.#sinceEpoch }]
          : [];
      }),
    );
  }

  /** When `elapsed` was zero, in milliseconds since the epoch. */
  get #sinceEpoch(): number {
    return this.#options.now() - this.#options.elapsed();
  }

  /** Of a person who has several accounts, the one that serves. */
  #accountOf(login: Login | undefined): Account | undefined {
    if (login === undefined) return undefined;
    const accounts = this.#options.accounts();
    const account = accounts.find((one) => one.login === login);
    if (account === undefined || isInUse(account)) return account;
    const other = accounts.find((one) =>
      one.record === account.record && isInUse(one)
    );
    return other ?? account;
  }
}

const UNKNOWN: KnownSession = {
  home: undefined,
  standIn: undefined,
  turn: undefined,
};

const SESSION_CHARS = 8;

function isInUse({ duplicateOf, isInvalid }: Account): boolean {
  return duplicateOf === undefined && !isInvalid;
}

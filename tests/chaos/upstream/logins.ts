/**
 * The logins of a lane as the auth server has them: refresh tokens that are
 * good for one use, access tokens that live for seconds.
 *
 * Every token carries the mark by which a leak is found.
 */
import { newSecret } from "../../../lib/simulator/accounts/canary.ts";
import { unsignedToken } from "../../../lib/simulator/accounts/tokens.ts";
import type { Clock } from "../clock.ts";

/** What a refresh was answered with, should it be granted. */
export interface Granted {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A refresh token that was used, and what was given for it. */
interface Spent {
  readonly next: string;
  /** Whether the gateway has shown that it got what was given. */
  isKnown: boolean;
}

/** One person's sign-in; when it dies another takes its place. */
export class Login {
  readonly name: string;
  readonly generation: number;
  refreshToken = newSecret("refresh_token");
  isDead = false;
  /** Grants under way; two of one token are one too many. */
  inFlight = 0;
  readonly spent = new Map<string, Spent>();

  constructor(name: string, generation: number) {
    this.name = name;
    this.generation = generation;
  }

  get fileName(): string {
    return `${this.name}-${this.generation}.json`;
  }
}

interface Issued {
  readonly login: Login;
  /** By the lane's clock. */
  readonly expiresAt: number;
  /** The refresh token whose use has given it. */
  readonly given: Spent | undefined;
}

export interface LoginsOptions {
  readonly clock: Clock;
  readonly names: readonly string[];
  /** Milliseconds of the lane that an access token lives. */
  readonly lifetimeMs: () => number;
  /** Is told of what an honest gateway never does. */
  readonly violation: (text: string) => void;
}

export class Logins {
  /** The living ones, by name. */
  readonly byName = new Map<string, Login>();
  granted = 0;
  lostAnswers = 0;
  readonly #options: LoginsOptions;
  readonly #issued = new Map<string, Issued>();
  #serial = 0;

  constructor(options: LoginsOptions) {
    this.#options = options;
    for (const name of options.names) this.signIn(name);
  }

  /** A new login of that person; the old one's file is not touched. */
  signIn(name: string): Login {
    const generation = (this.byName.get(name)?.generation ?? 0) + 1;
    const login = new Login(name, generation);
    this.byName.set(name, login);
    return login;
  }

  /** Who is signed in by this access token; undefined if it is not good. */
  bearer(accessToken: string): Login | undefined {
    const issued = this.#issued.get(accessToken);
    if (issued?.given) issued.given.isKnown = true;
    const isGood = issued && !issued.login.isDead &&
      issued.expiresAt > this.#options.clock.now();
    return isGood ? issued.login : undefined;
  }

  /** Whose refresh token this is, or was. */
  owner(refreshToken: string): Login | undefined {
    for (const login of this.byName.values()) {
      if (login.refreshToken === refreshToken) return login;
      if (login.spent.has(refreshToken)) return login;
    }
    return undefined;
  }

  /** Undefined, and the login dead, if it was used before. */
  use(login: Login, refreshToken: string): Granted | undefined {
    const before = login.spent.get(refreshToken);
    if (before) {
      login.isDead = true;
      if (before.isKnown) this.#violate(login, "used twice");
      else this.lostAnswers++;
      return undefined;
    }
    if (login.isDead) return undefined;
    for (const spent of login.spent.values()) {
      if (spent.next === refreshToken) spent.isKnown = true;
    }
    const next = newSecret("refresh_token");
    const spent: Spent = { next, isKnown: false };
    login.spent.set(refreshToken, spent);
    login.refreshToken = next;
    this.granted++;
    return { accessToken: this.issue(login, spent), refreshToken: next };
  }

  /** An access token; dropped when it is too old to matter. */
  issue(
    login: Login,
    given?: Spent,
    lifetimeMs = this.#options.lifetimeMs(),
  ): string {
    const now = this.#options.clock.now();
    for (const [token, { expiresAt }] of this.#issued) {
      if (expiresAt < now - 3_600_000) this.#issued.delete(token);
    }
    const expiresAt = now + lifetimeMs;
    const { name } = login;
    const token = unsignedToken(
      {
        accountId: accountIdOf(name),
        userId: `user-${name}`,
        email: `${name}@example.test`,
        plan: "plus",
        fedramp: false,
      },
      { issuedAt: now, expiresAt, serial: ++this.#serial },
    );
    this.#issued.set(token, { login, expiresAt, given });
    return token;
  }

  #violate(login: Login, what: string): void {
    this.#options.violation(`a refresh token of ${login.name} was ${what}`);
  }
}

export function accountIdOf(name: string): string {
  return `acct-${name}`;
}

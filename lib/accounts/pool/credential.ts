/**
 * An access token in use, with what it says about its owner, and the login
 * that it belongs to.
 *
 * Does not check signatures, like the official client (docs/client.md,
 * "Tokens"): upstream does.
 */

import { readClaims, type TokenClaims } from "../../protocol/jwt.ts";

/** An access token whose claims could be read. */
export interface ReadToken {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly claims: TokenClaims;
}

/** The access token that an account uses. */
export interface Credential extends ReadToken {
  /** The key under which cookies and turn states of this token are kept. */
  readonly login: Login;
}

/** What a file or an answer may hold of a login besides its refresh token. */
export interface LoginTokens {
  readonly accessToken: string | undefined;
  readonly idToken?: string | undefined;
  /** What Codex notes as `tokens.account_id`. */
  readonly accountId?: string | undefined;
}

/**
 * The credential in these tokens; undefined if the access token cannot be read
 * or has no expiry. Claims that it lacks come from the id token, such as email
 * and plan, or from `accountId`.
 */
export function credentialIn(tokens: LoginTokens): ReadToken | undefined {
  const { accessToken, idToken, accountId } = tokens;
  const own = accessToken === undefined ? undefined : readClaims(accessToken);
  if (accessToken === undefined || own?.expiresAt === undefined) {
    return undefined;
  }
  const other = idToken === undefined ? undefined : readClaims(idToken);
  const claims: TokenClaims = {
    expiresAt: own.expiresAt,
    issuedAt: own.issuedAt,
    email: own.email ?? other?.email,
    accountId: own.accountId ?? other?.accountId ?? accountId,
    userId: own.userId ?? other?.userId,
    planType: own.planType ?? other?.planType,
    fedramp: own.fedramp || (other?.fedramp ?? false),
  };
  return { accessToken, expiresAt: own.expiresAt, claims };
}

/**
 * A login: a person's sign-in to an account, until another person's takes its
 * place.
 *
 * It is the key of what is remembered for a login: cookies, turn states,
 * sessions. The account keeps it when its file is renamed, each credential
 * names its login, and a sign-in of another person replaces it. Since no name,
 * id or account has this type, what one person was given cannot be looked up
 * for another.
 */
export class Login {
  /** Makes the type nominal: no other object passes for a login. */
  readonly #isLogin = true;
}

/**
 * The access token that an account uses, and the login it belongs to. Does not
 * take a token again that upstream has rejected, wherever it turns up.
 */
export class HeldCredential {
  #login = new Login();
  #current: Credential | undefined;
  #rejected: string | undefined;

  get current(): Credential | undefined {
    return this.#current;
  }

  /** The login of the current token and of those that follow. */
  get login(): Login {
    return this.#login;
  }

  /** Takes another person's tokens and forgets the login before. */
  handOver(tokens: LoginTokens): void {
    this.#login = new Login();
    this.replace(tokens);
  }

  /** Takes the access token; if there is none, holds none. */
  replace(tokens: LoginTokens): void {
    this.#current = this.#credentialIn(tokens);
  }

  /** Takes the access token, if there is one. */
  renew(tokens: LoginTokens): void {
    this.#current = this.#credentialIn(tokens) ?? this.#current;
  }

  /** Takes the access token, if it expires later than the current one. */
  extend(tokens: LoginTokens): void {
    const found = this.#credentialIn(tokens);
    const ends = this.#current?.expiresAt ?? 0;
    if (found !== undefined && found.expiresAt > ends) this.#current = found;
  }

  /** Drops the token that upstream rejected, if it is still current. */
  drop(rejected: Credential): void {
    if (this.#current?.accessToken !== rejected.accessToken) return;
    this.#current = undefined;
    this.#rejected = rejected.accessToken;
  }

  #credentialIn(tokens: LoginTokens): Credential | undefined {
    if (tokens.accessToken === this.#rejected) return undefined;
    const read = credentialIn(tokens);
    return read && { ...read, login: this.#login };
  }
}

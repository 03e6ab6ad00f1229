/**
 * An access token in use, with what it says of its owner.
 *
 * Does not check signatures: the token is ours, upstream is its judge (C15).
 */

import { readClaims, type TokenClaims } from "../protocol/jwt.ts";
import type { Login } from "./login.ts";

/** An access token that can be read. */
export interface ReadToken {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly claims: TokenClaims;
}

/** The same in the hands of an account. */
export interface Credential extends ReadToken {
  /** What is remembered of it goes where this token goes, nowhere else. */
  readonly login: Login;
}

/** What a file or an answer may hold of a login beside its refresh token. */
export interface LoginTokens {
  readonly accessToken: string | undefined;
  readonly idToken?: string | undefined;
  /** What Codex notes as `tokens.account_id`. */
  readonly accountId?: string | undefined;
}

/**
 * The credential among them; undefined if the access token cannot be read or
 * says no expiry. What its claims lack is taken from the id token, where email
 * and plan are, and from the file.
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

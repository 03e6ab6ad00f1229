/**
 * An access token in use, with what it says about its owner.
 *
 * Does not check signatures, like the official client (docs/client.md,
 * "Tokens"): upstream does.
 */

import { readClaims, type TokenClaims } from "../../protocol/jwt.ts";
import type { Login } from "./login.ts";

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

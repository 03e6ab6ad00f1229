/**
 * Authorization codes: each is good once, for ten minutes, with the redirect
 * address and the verifier it was asked for with.
 *
 * Judges codes; speaks no HTTP.
 */

import { err, ok, type Result } from "../result.ts";
import type { SimulatedAccount, TokenSet } from "./account.ts";
import { newSecret } from "./canary.ts";

/** What a code is bound to. */
export interface Authorization {
  readonly account: SimulatedAccount;
  readonly redirectUri: string;
  /** S256, RFC 7636. */
  readonly challenge: string;
}

/** What comes with a code when it is exchanged. */
export interface Presented {
  readonly redirectUri: string;
  /** The challenge of the verifier that came. */
  readonly challenge: string;
}

export type CodeRefusal =
  | "unknown"
  | "used"
  | "expired"
  | "other_redirect_uri"
  | "wrong_verifier";

interface Issued extends Authorization {
  /** Ms since the epoch. */
  readonly expiresAt: number;
  /** The refresh token of the sign-in it was exchanged for. */
  grantedRefreshToken: string | undefined;
}

/** The longest that RFC 6749, section 4.1.2, recommends. */
const LIFETIME_MS = 600_000;

export class AuthorizationCodes {
  readonly #issued = new Map<string, Issued>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(authorization: Authorization): string {
    const code = newSecret("authorization_code");
    const expiresAt = this.#now() + LIFETIME_MS;
    this.#issued.set(code, {
      ...authorization,
      expiresAt,
      grantedRefreshToken: undefined,
    });
    return code;
  }

  /** Whose sign-in a code stands for, good or not. */
  accountOf(code: string): SimulatedAccount | undefined {
    return this.#issued.get(code)?.account;
  }

  /**
   * Exchanges a code for a new sign-in. A code that comes a second time ends
   * the sign-in of the first (RFC 6749, section 4.1.2).
   */
  redeem(
    code: string,
    presented: Presented,
  ): Result<TokenSet, CodeRefusal> {
    const issued = this.#issued.get(code);
    if (issued === undefined) return err("unknown");
    if (issued.grantedRefreshToken !== undefined) {
      issued.account.revokeSignIn(issued.grantedRefreshToken);
      return err("used");
    }
    if (this.#now() >= issued.expiresAt) return err("expired");
    if (presented.redirectUri !== issued.redirectUri) {
      return err("other_redirect_uri");
    }
    if (presented.challenge !== issued.challenge) return err("wrong_verifier");

    const tokens = issued.account.signInTokens();
    issued.grantedRefreshToken = tokens.refreshToken;
    return ok(tokens);
  }
}

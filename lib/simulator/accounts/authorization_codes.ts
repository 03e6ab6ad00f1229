/**
 * Authorization codes: each is good once, for ten minutes, and only with the
 * redirect address and the verifier of the request it was issued for.
 *
 * Judges codes; no HTTP here.
 */

import { err, ok, type Result } from "../../result.ts";
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
  /** The challenge computed from the verifier that was sent. */
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
  /** Once exchanged: a refresh token of that sign-in. */
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

  /** The account that a code was issued for, even if the code is used up. */
  accountOf(code: string): SimulatedAccount | undefined {
    return this.#issued.get(code)?.account;
  }

  /**
   * Exchanges a code for a new sign-in. A second use of the code ends the
   * sign-in that the first one gave (RFC 6749, section 4.1.2).
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

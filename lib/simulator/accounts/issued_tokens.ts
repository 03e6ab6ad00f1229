/**
 * The access and id tokens issued for one account: the sign-in of each, and
 * whether it is still good.
 */

import type { RefreshFamily } from "./refresh_family.ts";
import { type Identity, unsignedToken } from "./tokens.ts";

export type TokenState = "valid" | "expired" | "revoked" | "unknown";

interface IssuedToken {
  /** The sign-in that the token belongs to. */
  readonly family: RefreshFamily;
  /** Ms since the epoch. */
  expiresAt: number;
  revoked: boolean;
}

export class IssuedTokens {
  readonly #identity: Identity;
  readonly #now: () => number;
  readonly #access = new Map<string, IssuedToken>();
  readonly #id = new Map<string, IssuedToken>();
  #serial = 0;

  constructor(identity: Identity, now: () => number) {
    this.#identity = identity;
    this.#now = now;
  }

  newAccessToken(family: RefreshFamily, lifetimeMs: number): string {
    return this.#issue(this.#access, family, lifetimeMs);
  }

  newIdToken(family: RefreshFamily, lifetimeMs: number): string {
    return this.#issue(this.#id, family, lifetimeMs);
  }

  accessTokenState(text: string): TokenState {
    return this.#stateOf(this.#access.get(text));
  }

  idTokenState(text: string): TokenState {
    return this.#stateOf(this.#id.get(text));
  }

  /** Expires every access token issued so far. */
  expireAccessTokens(): void {
    for (const token of this.#access.values()) token.expiresAt = 0;
  }

  /** Revokes all tokens that these sign-ins have given so far. */
  revoke(families: readonly RefreshFamily[]): void {
    for (const token of [...this.#access.values(), ...this.#id.values()]) {
      if (families.includes(token.family)) token.revoked = true;
    }
  }

  #issue(
    tokens: Map<string, IssuedToken>,
    family: RefreshFamily,
    lifetimeMs: number,
  ): string {
    const issuedAt = this.#now();
    const expiresAt = issuedAt + lifetimeMs;
    const serial = ++this.#serial;
    const text = unsignedToken(this.#identity, { issuedAt, expiresAt, serial });
    tokens.set(text, { family, expiresAt, revoked: false });
    return text;
  }

  #stateOf(token: IssuedToken | undefined): TokenState {
    if (token === undefined) return "unknown";
    if (token.revoked) return "revoked";
    return token.expiresAt > this.#now() ? "valid" : "expired";
  }
}

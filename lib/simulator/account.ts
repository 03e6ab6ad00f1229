/**
 * One account as the upstream knows it: who it is, which of its tokens are
 * good, and what its next answers do wrong.
 *
 * Speaks no HTTP; the token endpoint turns a refused refresh into an answer.
 */

import { ok, type Result } from "../result.ts";
import { newOwnerKey } from "./bound_values.ts";
import { type Endpoint, FaultQueue } from "./fault_queue.ts";
import { type Fault, isTokenFault } from "./faults.ts";
import { IssuedTokens, type TokenState } from "./issued_tokens.ts";
import type { UsedPercent } from "./limits.ts";
import { RefreshFamily, type RefreshRefusal } from "./refresh_family.ts";
import { isSocketFault } from "./socket_fault_kinds.ts";
import type { Identity } from "./tokens.ts";

export interface TokenSet {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface AccountDetails {
  readonly name: string;
  readonly identity: Identity;
  readonly tokenLifetimeMs: number;
  readonly now: () => number;
}

export class SimulatedAccount {
  readonly name: string;
  readonly identity: Identity;
  /** Stands inside every value bound to this account. */
  readonly ownerKey: string = newOwnerKey();
  /** What the limit headers and `wham/usage` say. */
  usedPercent: UsedPercent = { primary: 12, secondary: 34 };
  /** Turns that were begun, whatever became of them; no prewarms. */
  turns = 0;
  /** Refreshes that were granted, whether or not the answer arrived. */
  refreshCount = 0;
  readonly #details: AccountDetails;
  readonly #faults = new FaultQueue<Endpoint>();
  readonly #tokens: IssuedTokens;
  /** Sign-ins, the latest last. */
  readonly #families: RefreshFamily[] = [];
  #family = new RefreshFamily();

  constructor(details: AccountDetails) {
    this.name = details.name;
    this.identity = details.identity;
    this.#details = details;
    this.#tokens = new IssuedTokens(details.identity, details.now);
    this.#families.push(this.#family);
  }

  get accountId(): string {
    return this.identity.accountId;
  }

  get userId(): string {
    return this.identity.userId;
  }

  get plan(): string {
    return this.identity.plan;
  }

  /** Whether every refresh token of the latest sign-in is dead. */
  get familyRevoked(): boolean {
    return this.#family.revoked;
  }

  /** The one refresh token that may be used next. */
  currentRefreshToken(): string {
    return this.#family.current;
  }

  /** A new access token, valid now. */
  issueAccessToken(lifetimeMs = this.#details.tokenLifetimeMs): string {
    return this.#tokens.newAccessToken(this.#family, lifetimeMs);
  }

  /** Every access token given out so far is too old from now on. */
  expireAccessTokens(): void {
    this.#tokens.expireAccessTokens();
  }

  /** The current refresh token is too old from now on. */
  expireRefreshToken(): void {
    this.#family.expire();
  }

  /** The person signs out everywhere: no token given out so far is good. */
  revoke(): void {
    for (const family of this.#families) family.revoke();
    this.#tokens.revoke(this.#families);
  }

  /** Ends one sign-in, known by any of its refresh tokens. */
  revokeSignIn(refreshToken: string): void {
    const family = this.#familyOf(refreshToken);
    if (family === undefined) return;
    family.revoke();
    this.#tokens.revoke([family]);
  }

  /** The person signs in again; the answer is the new refresh token. */
  signIn(): string {
    this.#family = new RefreshFamily();
    this.#families.push(this.#family);
    return this.#family.current;
  }

  /** The same with all tokens that a sign-in gives. */
  signInTokens(): TokenSet {
    const refreshToken = this.signIn();
    return this.#tokenSet(this.#family, refreshToken);
  }

  accessTokenState(text: string): TokenState {
    return this.#tokens.accessTokenState(text);
  }

  idTokenState(text: string): TokenState {
    return this.#tokens.idTokenState(text);
  }

  knowsRefreshToken(token: string): boolean {
    return this.#familyOf(token) !== undefined;
  }

  /** The refresh-token grant (RFC 6749, section 6) with rotation. */
  refresh(
    token: string,
    { rotate = true } = {},
  ): Result<TokenSet, RefreshRefusal> {
    const family = this.#familyOf(token) ?? this.#family;
    const used = family.use(token, { rotate });
    if (!used.ok) return used;

    this.refreshCount++;
    return ok(this.#tokenSet(family, used.value));
  }

  /** Faults come in the order asked for, each `times` times. */
  fault(fault: Fault, times = 1): void {
    this.faultAt(usualEndpoint(fault), fault, times);
  }

  /** The same for a part of the upstream that `fault` does not reach. */
  faultAt(endpoint: Endpoint, fault: Fault, times = 1): void {
    this.#faults.add(endpoint, fault, times);
  }

  takeFault(...endpoints: readonly Endpoint[]): Fault | undefined {
    return this.#faults.take(endpoints);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  #familyOf(refreshToken: string): RefreshFamily | undefined {
    return this.#families.find((family) => family.knows(refreshToken));
  }

  #tokenSet(family: RefreshFamily, refreshToken: string): TokenSet {
    const { tokenLifetimeMs } = this.#details;
    return {
      idToken: this.#tokens.newIdToken(family, tokenLifetimeMs),
      accessToken: this.#tokens.newAccessToken(family, tokenLifetimeMs),
      refreshToken,
    };
  }
}

function usualEndpoint(fault: Fault): Endpoint {
  if (isTokenFault(fault)) return "token";
  return isSocketFault(fault) ? "message" : "turn";
}

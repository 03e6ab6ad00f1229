/**
 * One account as the upstream knows it: who it is, which of its tokens are
 * good, and what its next answers do wrong.
 *
 * No HTTP here: the token endpoint turns a refused refresh into an answer.
 */

import { ok, type Result } from "../../result.ts";
import { newOwnerKey } from "../model/bound_values.ts";
import { type Endpoint, FaultQueue } from "../faults/fault_queue.ts";
import { type Fault, isTokenFault } from "../faults/faults.ts";
import { IssuedTokens, type TokenState } from "./issued_tokens.ts";
import type { UsedPercent } from "../faults/limits.ts";
import { RefreshFamily, type RefreshRefusal } from "./refresh_family.ts";
import { isSocketFault } from "../faults/socket_fault_kinds.ts";
import type { QuotaOptions } from "../quota/options.ts";
import { SimulatedQuota } from "../quota/quota.ts";
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
  /** Part of every value that only this account may send back. */
  readonly ownerKey: string = newOwnerKey();
  /**
   * What the limit headers and `wham/usage` say while the account has no
   * `quota`.
   */
  usedPercent: UsedPercent = { primary: 12, secondary: 34 };
  /** Undefined: nothing is used up, and the figures are fixed. */
  quota: SimulatedQuota | undefined;
  /** Turns begun, whatever their outcome; prewarms do not count. */
  turns = 0;
  /** Refreshes granted, even if the answer was lost. */
  refreshCount = 0;
  /** Requests for the page of usage, whatever their outcome. */
  usageReads = 0;
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

  /** The only refresh token that is still good. */
  currentRefreshToken(): string {
    return this.#family.current;
  }

  /** A new access token, valid now. */
  issueAccessToken(lifetimeMs = this.#details.tokenLifetimeMs): string {
    return this.#tokens.newAccessToken(this.#family, lifetimeMs);
  }

  /** Expires every access token issued so far. */
  expireAccessTokens(): void {
    this.#tokens.expireAccessTokens();
  }

  /** Expires the current refresh token. */
  expireRefreshToken(): void {
    this.#family.expire();
  }

  /** Signs the person out everywhere: revokes all tokens issued so far. */
  revoke(): void {
    for (const family of this.#families) family.revoke();
    this.#tokens.revoke(this.#families);
  }

  /** Ends the sign-in that this refresh token, used or not, belongs to. */
  revokeSignIn(refreshToken: string): void {
    const family = this.#familyOf(refreshToken);
    if (family === undefined) return;
    family.revoke();
    this.#tokens.revoke([family]);
  }

  /** Gives the account windows that are used up, such as those of its plan. */
  setQuota(options: QuotaOptions = {}): SimulatedQuota {
    const { plan = this.plan } = options;
    this.quota = new SimulatedQuota({ ...options, plan }, this.#details.now);
    return this.quota;
  }

  /** The person signs in again. Returns the new refresh token. */
  signIn(): string {
    this.#family = new RefreshFamily();
    this.#families.push(this.#family);
    return this.#family.current;
  }

  /** The person signs in again. Returns all tokens of the new sign-in. */
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

  /** Faults happen in the order they were added, each `times` times. */
  fault(fault: Fault, times = 1): void {
    this.faultAt(usualEndpoint(fault), fault, times);
  }

  /** Like `fault`, at a given endpoint instead of the usual one. */
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

export interface AccountOptions {
  readonly name: string;
  readonly plan?: string;
  readonly email?: string;
  readonly accountId?: string;
  readonly userId?: string;
  readonly fedramp?: boolean;
  readonly tokenLifetimeMs?: number;
  /** Default: no windows, and fixed figures. */
  readonly quota?: QuotaOptions;
}

const HOUR_MS = 3_600_000;

export function newAccount(
  options: AccountOptions,
  now: () => number,
): SimulatedAccount {
  const { name, tokenLifetimeMs = HOUR_MS } = options;
  const account = new SimulatedAccount({
    name,
    tokenLifetimeMs,
    now,
    identity: {
      accountId: options.accountId ?? `acct-${name}`,
      userId: options.userId ?? `user-${name}`,
      email: options.email ?? `${name}@example.test`,
      plan: options.plan ?? "plus",
      fedramp: options.fedramp ?? false,
    },
  });
  if (options.quota !== undefined) account.setQuota(options.quota);
  return account;
}

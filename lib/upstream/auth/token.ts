/**
 * Credentials on demand: the account's own while it is good, else a refreshed
 * one.
 *
 * One refresh per account at a time; all callers wait for the same promise. A
 * late 401 for an old access token does not cost a newer one. Does not spend
 * refresh tokens itself (`refresh.ts`).
 */
import type { Account, Credential } from "../../accounts/pool/account.ts";
import type { Failure } from "../../failure/failure.ts";
import { LONG_LIVED_MS, REFRESH_MARGIN_MS } from "../../limits.ts";
import { ok, type Result } from "../../result.ts";
import type { LogFields } from "../../runtime.ts";
import { Counter } from "../../counter.ts";
import type { RefreshReason } from "./grant.ts";
import { refresh, type RefreshDeps } from "./refresh.ts";

type Refreshed = Result<Credential, Failure>;

/**
 * `success`: the token is fresh, even if another process has refreshed it.
 * `transport`: the auth server was not reached.
 */
export type RefreshOutcome =
  | "success"
  | "transport"
  | "unavailable"
  | "account_invalid";

const OUTCOMES: readonly RefreshOutcome[] = [
  "success",
  "transport",
  "unavailable",
  "account_invalid",
];

export class Tokens {
  /** Outcomes of refreshes since the start. */
  readonly outcomes: Counter<RefreshOutcome> = new Counter(OUTCOMES);
  readonly #deps: RefreshDeps;
  readonly #flights = new Map<Account, Promise<Refreshed>>();
  #isStopping = false;
  /** How far our clock is ahead of the auth server's, in ms. */
  #aheadMs = 0;

  constructor(deps: RefreshDeps) {
    this.#deps = deps;
  }

  /** The account's own credential, if it is usable; `rejected`: see below. */
  held(
    account: Account,
    rejected: Credential | undefined,
  ): Credential | undefined {
    const held = account.credential;
    const usable = held !== undefined &&
      held.accessToken !== rejected?.accessToken &&
      this.#isFresh(account, held);
    return usable ? held : undefined;
  }

  /** A usable credential; `rejected` is the one that upstream refused. */
  async credential(
    account: Account,
    rejected: Credential | undefined,
  ): Promise<Refreshed> {
    const held = this.held(account, rejected);
    if (held) return ok(held);

    if (rejected) account.dropCredential(rejected);
    return await this.refresh(
      account,
      rejected ? "unauthorized_recovery" : "proactive_expiry",
    );
  }

  /** Joins the refresh under way, or starts one. */
  refresh(account: Account, reason: RefreshReason): Promise<Refreshed> {
    const flying = this.#flights.get(account);
    if (flying) return flying;

    const under = account.refreshing();
    const { elapsed } = this.#deps.runtime;
    const startedAt = elapsed();
    const flight = refresh(account, {
      ...this.#deps,
      reason,
      isStopping: () => this.#isStopping,
      suffices: (held) => reason !== "forced" && this.#isFresh(account, held),
      onGrant: (credential) => this.#compareClocks(credential),
    }).then((refreshed) => {
      this.outcomes.add(refreshOutcomeOf(refreshed));
      this.#log(account, refreshed, {
        why: reason,
        ms: Math.round(elapsed() - startedAt),
      });
      return refreshed;
    }).finally(() => {
      this.#flights.delete(account);
      under[Symbol.dispose]();
    });
    this.#flights.set(account, flight);
    return flight;
  }

  #log(account: Account, refreshed: Refreshed, fields: LoggedRefresh): void {
    const { log } = this.#deps.runtime;
    const name = account.label ?? account.id;
    if (refreshed.ok) {
      return log.info("token refreshed", { account: name, ...fields });
    }
    const { error } = refreshed;
    log[levelOf(error, fields)]("token not refreshed", {
      account: name,
      ...fields,
      kind: error.kind,
      reason: account.describe(error),
    });
  }

  #isFresh(account: Account, held: Credential): boolean {
    return isFresh(account, held, this.#deps.runtime.now() - this.#aheadMs);
  }

  /**
   * A token that was granted just now and has expired by our clock shows that
   * the clock is ahead. Otherwise every turn would refresh.
   */
  #compareClocks({ claims, expiresAt }: Credential): void {
    const now = this.#deps.runtime.now();
    const isAhead = expiresAt <= now && claims.issuedAt !== undefined;
    this.#aheadMs = isAhead ? now - claims.issuedAt : 0;
  }

  /** How far our clock is ahead of the auth server's, in ms; 0 if it is not. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** From now on no token is sent; one that was sent is waited for. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Resolves when no refresh is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()]);
  }
}

interface LoggedRefresh extends LogFields {
  readonly why: RefreshReason;
  readonly ms: number;
}

function levelOf({ kind }: Failure, { why }: LoggedRefresh) {
  // The end of a sign-in has a line of its own, and whoever asks an answer.
  if (kind === "account_invalid") return "debug";
  return why === "forced" ? "info" : "warn";
}

function refreshOutcomeOf(refreshed: Refreshed): RefreshOutcome {
  if (refreshed.ok) return "success";
  const { kind } = refreshed.error;
  return kind === "account_invalid" || kind === "transport"
    ? kind
    : "unavailable";
}

function isFresh(
  { file }: Account,
  { expiresAt, claims }: Credential,
  now: number,
): boolean {
  const lifetime = expiresAt - (claims.issuedAt ?? expiresAt);
  const margin = lifetime < LONG_LIVED_MS
    ? REFRESH_MARGIN_MS.short
    : REFRESH_MARGIN_MS[file.layout === "codex" ? "shared" : "own"];
  return expiresAt - now > margin;
}

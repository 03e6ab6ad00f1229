/**
 * Credentials on demand: the one an account holds while it is good, else a
 * refreshed one.
 *
 * One refresh per account at a time; everyone who needs it waits for the same
 * promise. A refresh belongs to the token it was asked for: a late 401 of an
 * old access token does not cost a newer one. How a refresh token is spent is
 * `refresh.ts`.
 */
import type { Account, Credential } from "../accounts/account.ts";
import type { Failure } from "../failure/failure.ts";
import { ok, type Result } from "../result.ts";
import { Tally } from "../tally.ts";
import type { RefreshReason } from "./grant.ts";
import { refresh, type RefreshDeps } from "./refresh.ts";

/** A token this close to its end is refreshed before it is used. */
const EXPIRY_MARGIN_MS = 8000;
/**
 * The same for a file that is shared with the official client, which refreshes
 * at its start what has less than five minutes left (C13) and takes no lock
 * while it does. It shall find nothing to do.
 */
const SHARED_MARGIN_MS = 360_000;
/** Tokens that live shorter than this have no time for such a margin. */
const LONG_LIVED_MS = 3_600_000;

type Refreshed = Result<Credential, Failure>;

/**
 * `success`: the token is fresh, also where another process has seen to it.
 * `transport`: the auth server was not reached, so it was not asked.
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
  /** What came of refreshes, since the start. */
  readonly outcomes: Tally<RefreshOutcome> = new Tally(OUTCOMES);
  readonly #deps: RefreshDeps;
  readonly #flights = new Map<Account, Promise<Refreshed>>();

  constructor(deps: RefreshDeps) {
    this.#deps = deps;
  }

  /** A usable credential; `rejected` is one that upstream would not have. */
  async credential(
    account: Account,
    rejected: Credential | undefined,
  ): Promise<Refreshed> {
    const held = account.credential;
    const usable = held !== undefined &&
      held.accessToken !== rejected?.accessToken &&
      isFresh(account, held, this.#deps.runtime.now());
    if (usable) return ok(held);

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

    const { runtime } = this.#deps;
    const flight = refresh(account, {
      ...this.#deps,
      reason,
      suffices: (held) =>
        reason !== "forced" && isFresh(account, held, runtime.now()),
    }).then((refreshed) => {
      this.outcomes.add(outcomeOf(refreshed));
      return refreshed;
    }).finally(() => {
      this.#flights.delete(account);
      account.refreshInFlight = false;
    });
    this.#flights.set(account, flight);
    account.refreshInFlight = true;
    return flight;
  }

  /** Resolves when no refresh is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()]);
  }
}

function outcomeOf(refreshed: Refreshed): RefreshOutcome {
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
  const shared = file.layout === "codex" && lifetime >= LONG_LIVED_MS;
  return expiresAt - now > (shared ? SHARED_MARGIN_MS : EXPIRY_MARGIN_MS);
}

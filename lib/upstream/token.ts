/**
 * Credentials on demand: the one an account holds while it is good, else a
 * refreshed one.
 *
 * One refresh per account at a time; everyone who needs it waits for the same
 * promise. New tokens are on disk before they are used. A refresh belongs to
 * the token it was asked for: a late 401 of an old access token does not cost
 * a newer one.
 */
import type { Account, Credential } from "../accounts/account.ts";
import type { Registry } from "../accounts/registry.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { redact } from "../failure/redact.ts";
import type { HeaderLine } from "../protocol/headers.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { errorMessage, readAnswer } from "./client.ts";
import {
  buildGrant,
  type GrantedTokens,
  type GrantOutcome,
  readGrant,
  type RefreshReason,
} from "./grant.ts";

/** A token this close to its end is refreshed before it is used. */
const EXPIRY_MARGIN_MS = 8000;

export interface TokenDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly issuer: URL;
  readonly identity: readonly HeaderLine[];
  /** How long the token endpoint may take. */
  readonly timeoutMs: number;
}

type Refreshed = Result<Credential, Failure>;

export class Tokens {
  readonly #deps: TokenDeps;
  readonly #flights = new Map<Account, Promise<Refreshed>>();

  constructor(deps: TokenDeps) {
    this.#deps = deps;
  }

  /** A usable credential; `rejected` is one that upstream would not have. */
  async credential(
    account: Account,
    rejected: Credential | undefined,
  ): Promise<Refreshed> {
    const held = account.credential;
    const { runtime } = this.#deps;
    const usable = held !== undefined &&
      held.accessToken !== rejected?.accessToken &&
      held.expiresAt - runtime.now() > EXPIRY_MARGIN_MS;
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

    const flight = this.#refresh(account, reason).finally(() => {
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

  async #refresh(account: Account, reason: RefreshReason): Promise<Refreshed> {
    const sent = account.refreshToken;
    const outcome = await this.#ask(sent, reason);
    if (!outcome.ok) return outcome;
    switch (outcome.value.kind) {
      case "granted":
        return await this.#keep(account, sent, outcome.value.tokens);
      case "refused":
        return refused(outcome.value);
      case "dead":
        return await this.#dead(account, { sent, reason }, outcome.value);
    }
  }

  /**
   * One grant. Not repeated on a broken connection: the token may have been
   * rotated by a request whose answer was lost.
   */
  async #ask(
    refreshToken: string,
    reason: RefreshReason,
  ): Promise<Result<GrantOutcome, Failure>> {
    const { identity, issuer, runtime, timeoutMs } = this.#deps;
    const controller = new AbortController();
    const cancel = runtime.after(timeoutMs, () => controller.abort());
    try {
      const answer: Answer = await readAnswer(
        await runtime.fetch({
          ...buildGrant(issuer, refreshToken, { reason, identity }),
          signal: controller.signal,
        }),
      );
      const outcome = readGrant(answer, runtime.now());
      if (outcome.kind === "granted") return ok(outcome);
      const message = redact(outcome.message, [refreshToken]);
      return ok({ ...outcome, message });
    } catch (error) {
      const message = controller.signal.aborted
        ? `token endpoint gave no answer within ${timeoutMs} ms`
        : `token endpoint: ${errorMessage(error)}`;
      return refused({ message });
    } finally {
      cancel();
    }
  }

  /** Saves what was granted for the token `sent`, then uses it. */
  async #keep(
    account: Account,
    sent: string,
    tokens: GrantedTokens,
  ): Promise<Refreshed> {
    const { runtime, store } = this.#deps;
    await store.saveTokens(account, {
      from: sent,
      refreshToken: tokens.refreshToken ?? sent,
      accessToken: tokens.accessToken,
      idToken: tokens.idToken,
      now: runtime.now(),
    });
    const { credential } = account;
    // A rotated refresh token is saved even when nobody can read the rest.
    if (credential && credential.expiresAt > runtime.now()) {
      return ok(credential);
    }
    const message = "token endpoint gave an access token that cannot be read";
    return refused({ message });
  }

  /**
   * The server has declared `sent` dead. The store gives the account up,
   * unless its file turns out to know a newer token; that is tried once.
   */
  async #dead(
    account: Account,
    { sent, reason }: {
      readonly sent: string;
      readonly reason: RefreshReason;
    },
    { message }: { readonly message: string },
  ): Promise<Refreshed> {
    const { runtime, store } = this.#deps;
    const trashed = await store.trash(account, message, sent);
    if (!trashed.ok || trashed.value) {
      return err({ kind: "account_invalid", message });
    }
    const { credential, refreshToken } = account;
    if (credential && credential.expiresAt > runtime.now()) {
      return ok(credential);
    }
    const second = await this.#ask(refreshToken, reason);
    if (!second.ok) return second;
    switch (second.value.kind) {
      case "granted":
        return await this.#keep(account, refreshToken, second.value.tokens);
      case "refused":
        return refused(second.value);
      case "dead":
        await store.trash(account, second.value.message, refreshToken);
        return err({ kind: "account_invalid", message: second.value.message });
    }
  }
}

/** The token endpoint will not, for now: the next account may serve. */
function refused(
  { message, retryAfterMs }: {
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  },
): Result<never, Failure> {
  return err({ kind: "unavailable", message, retryAfterMs, answer: undefined });
}

/**
 * The resets that an account's person may ask for (docs/client.md, "Limits"):
 * shown, and spent in two steps.
 *
 * Only for a person's hand, never in a loop: upstream refuses these pages after
 * a few. Spending has two steps, because a reset cannot be given back; the
 * second step can be repeated, since upstream takes each id once.
 */
import type { Account } from "../../accounts/pool/account.ts";
import { ageOf, type Clock, type Moment, momentOf } from "../../clock.ts";
import type { Failure } from "../../failure/failure.ts";
import { CONFIRM_MS } from "../../limits.ts";
import {
  decimal,
  isObject,
  type JsonObject,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import { urlBelow } from "../../protocol/url.ts";
import { limitId, shortText } from "../../quota/fields.ts";
import { err, ok, type Result } from "../../result.ts";
import { type AccountPageDeps, askPage } from "./account_page.ts";
import { backendBase, isChatgpt } from "./usage_page.ts";
import type { UsageReads } from "./usage_reads.ts";

export interface ResetCredit {
  readonly id: string;
  readonly title: string | undefined;
  /** `available` or what became of it. */
  readonly status: string | undefined;
  /** Milliseconds since the epoch; undefined: never, as far as is told. */
  readonly expiresAt: number | undefined;
}

export interface ResetCreditList {
  readonly available: number;
  readonly credits: readonly ResetCredit[];
}

/** What would be spent, and the value that says yes to it. */
export interface Offer {
  readonly confirm: string;
  readonly available: number;
  readonly credit: ResetCredit;
}

export interface Spent {
  /** `reset`, `nothing_to_reset`, `no_credit` or `already_redeemed`. */
  readonly code: string;
  readonly windowsReset: number | undefined;
}

/** Messages are for a person and hold no token. */
export type ResetProblem =
  | { readonly kind: "none_available" }
  /** Nobody was offered this, or too long ago. */
  | { readonly kind: "not_offered" }
  | { readonly kind: "failed"; readonly message: string };

export interface ResetCreditsDeps {
  readonly pages: AccountPageDeps;
  readonly clock: Clock;
  readonly reads: Pick<UsageReads, "inTurn">;
}

interface Offered extends Offer {
  readonly at: Moment;
}

export class ResetCredits {
  readonly #deps: ResetCreditsDeps;
  /** The latest offer for each account. */
  readonly #offers = new WeakMap<Account, Offered>();

  constructor(deps: ResetCreditsDeps) {
    this.#deps = deps;
  }

  async list(account: Account): Promise<Result<ResetCreditList, ResetProblem>> {
    const given = await this.#ask(account, {});
    if (!given.ok) return given;
    return ok(listIn(given.value));
  }

  /** The first step: asks what there is, and spends nothing. */
  async offer(account: Account): Promise<Result<Offer, ResetProblem>> {
    const list = await this.list(account);
    if (!list.ok) return list;
    const { available, credits } = list.value;
    const credit = firstToExpire(credits);
    if (available === 0 || credit === undefined) {
      return err({ kind: "none_available" });
    }
    const confirm = crypto.randomUUID();
    const at = momentOf(this.#deps.clock);
    const offer = { confirm, available, credit };
    this.#offers.set(account, { ...offer, at });
    return ok(offer);
  }

  /** The second step: spends what was offered with this value. */
  async spend(
    account: Account,
    confirm: string,
  ): Promise<Result<Spent, ResetProblem>> {
    const offer = this.#offers.get(account);
    const isOffered = offer?.confirm === confirm &&
      ageOf(offer.at, this.#deps.clock) < CONFIRM_MS;
    if (!isOffered) return err({ kind: "not_offered" });
    const given = await this.#ask(account, {
      path: "/consume",
      json: JSON.stringify({
        redeem_request_id: confirm,
        credit_id: offer.credit.id,
      }),
    });
    if (!given.ok) return given;
    const code = limitId(given.value["code"]);
    if (code === undefined) {
      return err({ kind: "failed", message: "the answer has no code" });
    }
    this.#offers.delete(account);
    return ok({ code, windowsReset: decimal(given.value["windows_reset"]) });
  }

  async #ask(
    account: Account,
    { path = "", json }: {
      readonly path?: string;
      readonly json?: string;
    },
  ): Promise<Result<JsonObject, ResetProblem>> {
    const { pages, reads } = this.#deps;
    const url = new URL(creditsUrl(pages.upstream).href + path);
    const page = json === undefined ? { url } : { url, json };
    const given = await reads.inTurn((signal) =>
      askPage(account, page, { ...pages, signal })
    );
    if (!given.ok) return err(problemOf(given.error, account));
    const object = parseObject(new TextDecoder().decode(given.value.body));
    return object === undefined
      ? err({ kind: "failed", message: "the answer is no JSON object" })
      : ok(object);
  }
}

function creditsUrl(upstream: URL): URL {
  const base = backendBase(upstream);
  const folder = isChatgpt(base) ? "/wham" : "/api/codex";
  return urlBelow(base, `${folder}/rate-limit-reset-credits`);
}

function problemOf(failure: Failure, account: Account): ResetProblem {
  const message = failure.kind === "caller_gone"
    ? "the gateway is stopping"
    : account.describe(failure);
  return { kind: "failed", message };
}

/** What is not as it should be is left out. */
function listIn(page: JsonObject): ResetCreditList {
  const told = page["credits"];
  const credits = (Array.isArray(told) ? told : []).filter(isObject)
    .flatMap((credit) => creditIn(credit) ?? []);
  const available = decimal(page["available_count"]) ??
    decimal(page["available"]) ?? credits.filter(isAvailable).length;
  return { available, credits };
}

function creditIn(credit: JsonObject): ResetCredit | undefined {
  const id = shortText(credit["id"]);
  if (id === undefined) return undefined;
  const expiresAt = Date.parse(stringField(credit, "expires_at") ?? "");
  return {
    id,
    title: shortText(credit["title"]),
    status: shortText(credit["status"]),
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
  };
}

function isAvailable({ status }: ResetCredit): boolean {
  return status === undefined || status === "available";
}

/** Of those that can be spent, the one that is lost first. */
function firstToExpire(
  credits: readonly ResetCredit[],
): ResetCredit | undefined {
  return credits.filter(isAvailable).toSorted((a, b) =>
    (a.expiresAt ?? Infinity) < (b.expiresAt ?? Infinity) ? -1 : 1
  )[0];
}

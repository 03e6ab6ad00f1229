/**
 * Reads an account's page of usage, once (docs/client.md, "Limits").
 *
 * Some networks refuse the usual address, but not the other one; the one that
 * has worked is asked first from then on. Never asks for the reserve that
 * upstream keeps for clients that can apply it.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { Failure } from "../../failure/failure.ts";
import { urlBelow } from "../../protocol/url.ts";
import type { Reading } from "../../quota/quota.ts";
import { readPage } from "../../quota/read_page.ts";
import type { Result } from "../../result.ts";
import {
  type AccountPageDeps,
  askPage,
  type GivenPage,
} from "./account_page.ts";

/** Messages are for a person and hold no token. */
export type UsageRead =
  | { readonly kind: "read"; readonly reading: Reading }
  /** An answer that is no page of this account. */
  | { readonly kind: "unreadable"; readonly message: string }
  /** No answer. */
  | { readonly kind: "unreachable"; readonly message: string }
  /** There is no access token to ask with. */
  | { readonly kind: "not_refreshed"; readonly message: string }
  /** The gateway stops. */
  | { readonly kind: "stopped" };

export class UsagePage {
  readonly #deps: AccountPageDeps;
  #addresses: readonly URL[];

  constructor(deps: AccountPageDeps) {
    this.#deps = deps;
    this.#addresses = usageAddresses(deps.upstream);
  }

  async read(account: Account, signal: AbortSignal): Promise<UsageRead> {
    let last: UsageRead = { kind: "stopped" };
    for (const url of this.#addresses) {
      const given = await askPage(account, { url }, { ...this.#deps, signal });
      last = this.#meaningOf(given, account);
      if (last.kind === "read") this.#prefer(url);
      if (given.ok || !isWrongAddress(given.error)) return last;
    }
    return last;
  }

  #prefer(url: URL): void {
    this.#addresses = [url, ...this.#addresses.filter((one) => one !== url)];
  }

  #meaningOf(given: Result<GivenPage, Failure>, account: Account): UsageRead {
    if (!given.ok) return readWithout(given.error, account);
    const { body, credential: { claims: { accountId } } } = given.value;
    const now = this.#deps.runtime.now();
    const reading = readPage(body, { accountId, now });
    return reading === undefined
      ? { kind: "unreadable", message: "this is no page of the account" }
      : { kind: "read", reading };
  }
}

/** The client's own choice of a path, then the one that some peers use. */
export function usageAddresses(upstream: URL): readonly URL[] {
  const base = backendBase(upstream);
  return isChatgpt(base)
    ? [urlBelow(base, "/wham/usage"), urlBelow(base, "/codex/usage")]
    : [urlBelow(base, "/api/codex/usage")];
}

/** The base of all pages about an account, without `/codex`. */
export function backendBase(upstream: URL): URL {
  const base = new URL(upstream);
  base.pathname = base.pathname.replace(/\/codex\/?$/, "");
  return base;
}

export function isChatgpt({ pathname }: URL): boolean {
  return pathname.includes("/backend-api");
}

function isWrongAddress(failure: Failure): boolean {
  return "answer" in failure &&
    (failure.answer.status === 403 || failure.answer.status === 404);
}

/** What a page that did not come says. */
function readWithout(failure: Failure, account: Account): UsageRead {
  const message = account.describe(failure);
  switch (failure.kind) {
    case "caller_gone":
      return { kind: "stopped" };
    case "transport":
    case "timeout":
      return { kind: "unreachable", message };
    case "not_refreshed":
    case "account_invalid":
      return { kind: "not_refreshed", message };
    default:
      return { kind: "unreadable", message };
  }
}

/**
 * The small endpoints around a turn: search, images, plugins, models. Those of
 * limits are in `limit_pages.ts`.
 *
 * The bodies are those of the recorded answers in tests/fixtures/captures.
 */

import { STATUS_CODE } from "@std/http";
import { otherLimitHeaders } from "./accounts/shown_limits.ts";
import type { Call } from "./responses/responses.ts";

/** A PNG of one pixel. */
const IMAGE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** `GET wham/accounts/check`: where the account's requests are to go. */
export function accountsCheck({ account, exchange }: Call): void {
  const entry = {
    id: account.accountId,
    account_user_role: "account-owner",
    structure: "personal",
    plan_type: account.plan,
    name: null,
    profile_picture_url: null,
    is_deactivated: false,
    can_access_with_session: true,
    workspace_backend_origin: "https://chatgpt.com",
    account_routing_override: "NO_CONSTRAINT",
  };
  exchange.json(STATUS_CODE.OK, {
    accounts: [entry],
    account_ordering: [account.accountId],
    default_account_id: account.accountId,
  });
}

/** `GET wham/settings/user`, `POST codex/analytics-events/events`. */
export function emptyObject({ exchange }: Call): void {
  exchange.json(STATUS_CODE.OK, {});
}

/** `GET ps/plugins/*`. */
export function plugins({ exchange }: Call): void {
  exchange.json(STATUS_CODE.OK, {
    plugins: [],
    items: [],
    data: [],
    next_cursor: null,
    pagination: { next_page_token: null },
  });
}

/** `POST alpha/search`. */
export function search({ account, exchange }: Call): void {
  const output = "search results text";
  const limits = otherLimitHeaders(account);
  exchange.json(STATUS_CODE.OK, { output, results: [] }, limits);
}

/** `POST images/generations` and `images/edits`. */
export function images({ account, exchange }: Call): void {
  const body = {
    created: 1,
    data: [{ b64_json: IMAGE }],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
  exchange.json(STATUS_CODE.OK, body, otherLimitHeaders(account));
}

/** `HEAD responses`, as the client's doctor asks. */
export function reachable({ exchange }: Call): void {
  exchange.answer(STATUS_CODE.OK, [], "");
}

/** `GET …/models`, with 304 for a known ETag (RFC 9110, section 13.1.2). */
export function models({ account, backend, exchange }: Call): void {
  const etag = ["etag", backend.modelsEtag] as const;
  const headers = [etag, ...otherLimitHeaders(account)];
  const known = exchange.recording.header("if-none-match")?.split(/, */) ?? [];
  if (known.includes(backend.modelsEtag)) {
    return exchange.answer(STATUS_CODE.NotModified, headers, "");
  }
  exchange.json(STATUS_CODE.OK, { models: backend.models }, headers);
}

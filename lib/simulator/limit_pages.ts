/**
 * The pages about an account's limits: `wham/usage`, at each of its addresses,
 * and the resets that a person may ask for.
 */

import { STATUS_CODE } from "@std/http";
import { stringField } from "../protocol/json.ts";
import { usagePageOf } from "./accounts/shown_limits.ts";
import { jsonOf } from "./http/parameters.ts";
import { resetCreditsPage } from "./quota/reset_credits.ts";
import type { Call } from "./responses/responses.ts";

/** `GET wham/usage`, `GET codex/usage`. */
export function usage({ account, backend, exchange }: Call): void {
  exchange.json(STATUS_CODE.OK, usagePageOf(account, backend.now()));
}

/**
 * `GET wham/rate-limit-reset-credits`: as recorded for an account without
 * windows.
 */
export function resetCredits({ account, exchange }: Call): void {
  const { quota } = account;
  const page = quota === undefined
    ? { available: 0, credits: [] }
    : resetCreditsPage(quota.resetCredits);
  exchange.json(STATUS_CODE.OK, page);
}

/** `POST wham/rate-limit-reset-credits/consume`. Not from a capture. */
export function consumeReset({ account, exchange }: Call): void {
  const body = jsonOf(exchange);
  const requestId = stringField(body, "redeem_request_id");
  if (requestId === undefined) {
    return exchange.json(STATUS_CODE.BadRequest, {
      detail: "redeem_request_id is missing",
    });
  }
  const creditId = stringField(body, "credit_id");
  const { code, windowsReset } = account.quota?.redeem({
    requestId,
    creditId,
  }) ?? { code: "no_credit", windowsReset: 0 };
  exchange.json(STATUS_CODE.OK, { code, windows_reset: windowsReset });
}

/**
 * Faults of the token endpoint; builders only.
 *
 * Add the first three with `SimulatedAccount.fault`; the rest are ordinary
 * refusals and need `faultAt("token", …)`. All of them also work for the
 * authorization-code grant: `signIn.fault("code", …)`.
 */

import { STATUS_CODE } from "@std/http";
import type { Fault } from "./faults.ts";
import { detailRefusal, refusal } from "./refusals.ts";

/** Rotates the refresh token, then cuts the connection without an answer. */
export function refreshAnswerLost(): Fault {
  return { kind: "answer_lost" };
}

/** Answers with an access token only; the refresh token stays good. */
export function refreshWithoutRotation(): Fault {
  return { kind: "no_refresh_token" };
}

/** Rotates the refresh token; the access token of the answer is not a JWT. */
export function undecodableAccessToken(): Fault {
  return { kind: "undecodable_access_token" };
}

/** 500 */
export function refreshServerError(): Fault {
  return refusal(STATUS_CODE.InternalServerError, { error: "boom" });
}

/** 403 */
export function refreshForbidden(): Fault {
  return detailRefusal(STATUS_CODE.Forbidden, "forbidden");
}

/** 429 */
export function refreshRateLimited(): Fault {
  return detailRefusal(STATUS_CODE.TooManyRequests, "slow");
}

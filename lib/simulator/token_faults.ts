/**
 * What can go wrong at the token endpoint; builders only.
 *
 * The first three come by `SimulatedAccount.fault`; the rest are ordinary
 * refusals and have to be asked for with `faultAt("token", …)`. All of them
 * serve for the authorization-code grant, too: `signIn.fault("code", …)`.
 */

import { STATUS_CODE } from "@std/http";
import type { Fault } from "./faults.ts";
import { detailRefusal, refusal } from "./refusals.ts";

/** Rotates the refresh token, then cuts: the answer is never received. */
export function refreshAnswerLost(): Fault {
  return { kind: "answer_lost" };
}

/** Answers with an access token only; the refresh token stays good (B4g). */
export function refreshWithoutRotation(): Fault {
  return { kind: "no_refresh_token" };
}

/** Rotates, and answers with an access token that is no JWT. */
export function undecodableAccessToken(): Fault {
  return { kind: "undecodable_access_token" };
}

/** 500 (B4e). */
export function refreshServerError(): Fault {
  return refusal(STATUS_CODE.InternalServerError, { error: "boom" });
}

/** 403 (B4k). */
export function refreshForbidden(): Fault {
  return detailRefusal(STATUS_CODE.Forbidden, "forbidden");
}

/** 429 (B4l). */
export function refreshRateLimited(): Fault {
  return detailRefusal(STATUS_CODE.TooManyRequests, "slow");
}

/** The token endpoint's answer to a granted request, or what a fault leaves. */

import { STATUS_CODE } from "@std/http";
import type { TokenSet } from "../accounts/account.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Fault } from "../faults/faults.ts";

export function answerTokens(
  exchange: Exchange,
  tokens: TokenSet,
  fault: Fault | undefined,
): void {
  const whole = {
    id_token: tokens.idToken,
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
  };
  switch (fault?.kind) {
    case "answer_lost":
      return exchange.cut();
    case "no_refresh_token":
      return exchange.json(STATUS_CODE.OK, {
        access_token: whole.access_token,
      });
    case "undecodable_access_token":
      return exchange.json(STATUS_CODE.OK, {
        ...whole,
        access_token: "not-a-jwt",
      });
    default:
      return exchange.json(STATUS_CODE.OK, whole);
  }
}

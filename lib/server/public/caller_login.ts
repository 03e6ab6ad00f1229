/**
 * Who a caller says it is, by its own token. Only to be told back to it: the
 * token is not checked, not kept, not logged and not sent on.
 */
import { HEADER } from "../../protocol/headers.ts";
import { readClaims } from "../../protocol/jwt.ts";

export interface CallerLogin {
  readonly userId: string | undefined;
  readonly accountId: string | undefined;
  readonly planType: string | undefined;
}

export function callerLogin(headers: Headers): CallerLogin {
  const [, token = ""] =
    /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const claims = readClaims(token);
  return {
    userId: claims?.userId,
    accountId: headers.get(HEADER.accountId) ?? claims?.accountId,
    planType: claims?.planType,
  };
}

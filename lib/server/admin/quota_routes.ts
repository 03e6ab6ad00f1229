/**
 * The routes about quotas that ask upstream because a person wants to know: the
 * page of usage now.
 */
import { STATUS_CODE } from "@std/http";
import type { Account } from "../../accounts/pool/account.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import { json } from "../../downstream/json_answer.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import type { Looks } from "../../upstream/quota/looks.ts";
import { failure, unknown } from "./admin_answer.ts";
import { quotaView } from "./quota_view.ts";

export interface QuotaRouteDeps {
  readonly runtime: Runtime;
  readonly registry: Registry;
  readonly looks: Pick<Looks, "byHand">;
}

/** Reads the account's page of usage now. */
export async function readQuota(
  id: string,
  { runtime, registry, looks }: QuotaRouteDeps,
): Promise<Response> {
  const found = askable(id, registry);
  if (!found.ok) return found.error;
  const account = found.value;
  const read = await looks.byHand(account);
  const quota = quotaView(account.record, runtime.now());
  switch (read.kind) {
    case "read":
      return json(STATUS_CODE.OK, { quota });
    case "stopped":
      return failure(STATUS_CODE.ServiceUnavailable, STOPPING, { quota });
    case "unreadable":
    case "unreachable":
    case "not_refreshed":
      return failure(STATUS_CODE.BadGateway, read.message, { quota });
  }
}

const STOPPING = "the gateway is stopping";

/** The account, if upstream can be asked about it. */
export function askable(
  id: string,
  registry: Registry,
): Result<Account, Response> {
  const account = registry.get(id);
  if (account === undefined) return err(unknown(id));
  if (account.duplicateOf !== undefined) {
    const message = `the account \`${account.duplicateOf}\` of the same ` +
      "person serves instead: ask for that one";
    return err(failure(STATUS_CODE.Conflict, message));
  }
  if (account.isInvalid) {
    const message = "the sign-in is dead, so a person must sign in again";
    return err(failure(STATUS_CODE.Conflict, message));
  }
  return ok(account);
}

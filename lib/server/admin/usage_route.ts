/**
 * `GET /admin/usage`: tokens and turns by day, account and model. Shows labels
 * and ids, never a token.
 */
import { STATUS_CODE } from "@std/http";
import type { Registry } from "../../accounts/pool/registry.ts";
import { json } from "../../downstream/json_answer.ts";
import { USAGE_DAYS } from "../../limits.ts";
import { cut } from "../../protocol/quote.ts";
import type { Ledger } from "../../usage/ledger.ts";
import { refuse } from "./admin_answer.ts";
import type { Routed } from "../port/route.ts";
import { readDayCount, usageView, USUAL_DAYS } from "./usage_view.ts";

export interface UsageRouteDeps {
  readonly ledger: Ledger;
  readonly registry: Registry;
}

export async function showUsage(
  { url }: Routed,
  { ledger, registry }: UsageRouteDeps,
): Promise<Response> {
  const given = url.searchParams.get("days");
  const days = given === null ? USUAL_DAYS : readDayCount(given);
  if (days === undefined) {
    return refuse(
      `unsupported days \`${
        cut(given ?? "")
      }\`; expected a whole number from 1 to ${USAGE_DAYS}`,
    );
  }
  const rows = await ledger.rows(days);
  return json(STATUS_CODE.OK, usageView(rows, registry.accounts()));
}

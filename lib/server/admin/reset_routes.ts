/**
 * The routes about resets of limits that a person may ask for: what there is,
 * and to spend one, in two steps.
 */
import { STATUS_CODE } from "@std/http";
import { json } from "../../downstream/json_answer.ts";
import type {
  ResetCredit,
  ResetCredits,
  ResetProblem,
} from "../../upstream/quota/reset_credits.ts";
import type { Intake } from "../../downstream/body.ts";
import { failure, readJson, refuse } from "./admin_answer.ts";
import { askable, type QuotaRouteDeps } from "./quota_routes.ts";
import { quotaView, timeOf } from "./quota_view.ts";
import type { Routed } from "../port/route.ts";

export interface ResetRouteDeps extends QuotaRouteDeps {
  readonly intake: Intake;
  readonly resetCredits: ResetCredits;
}

export async function showResets(
  id: string,
  { registry, resetCredits }: ResetRouteDeps,
): Promise<Response> {
  const account = askable(id, registry);
  if (!account.ok) return account.error;
  const list = await resetCredits.list(account.value);
  if (!list.ok) return refusalOf(list.error);
  return json(STATUS_CODE.OK, {
    available_count: list.value.available,
    credits: list.value.credits.map(creditView),
  });
}

/** Without `confirm` in the body it only says what would be spent. */
export async function consumeReset(
  { request, id }: Routed,
  deps: ResetRouteDeps,
): Promise<Response> {
  const { registry, resetCredits, intake } = deps;
  const account = askable(id, registry);
  if (!account.ok) return account.error;
  const body = await readJson(request, intake, {});
  if (!body.ok) return body.error;
  const confirm = body.value["confirm"] ?? undefined;
  if (confirm === undefined) {
    const offer = await resetCredits.offer(account.value);
    if (!offer.ok) return refusalOf(offer.error);
    return json(STATUS_CODE.OK, {
      spends: creditView(offer.value.credit),
      available_count: offer.value.available,
      confirm: offer.value.confirm,
    });
  }
  if (typeof confirm !== "string") return refuse("confirm must be a string");
  const spent = await resetCredits.spend(account.value, confirm);
  if (!spent.ok) return refusalOf(spent.error);
  const { code, windowsReset } = spent.value;
  // The second is what is told if the answer to the first request was lost.
  if (code === "reset" || code === "already_redeemed") {
    // Upstream serves again, even if the page is behind.
    registry.wake(id);
    await deps.looks.byHand(account.value);
  }
  return json(STATUS_CODE.OK, {
    code,
    windows_reset: windowsReset ?? null,
    quota: quotaView(account.value.record, deps.runtime.now()),
  });
}

function creditView({ id, title, status, expiresAt }: ResetCredit) {
  return {
    id,
    title: title ?? null,
    status: status ?? null,
    expires_at: timeOf(expiresAt),
  };
}

function refusalOf(problem: ResetProblem): Response {
  switch (problem.kind) {
    case "none_available":
      return failure(STATUS_CODE.Conflict, "there is no reset to spend");
    case "not_offered":
      return failure(
        STATUS_CODE.Conflict,
        "nothing was offered with this confirm, or too long ago: " +
          "ask without confirm first",
      );
    case "failed":
      return failure(STATUS_CODE.BadGateway, problem.message);
  }
}

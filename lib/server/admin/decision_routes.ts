/**
 * The routes of the admin port that show how accounts are chosen: the pool, the
 * latest decisions, and the one that a request would get now.
 */
import { STATUS_CODE } from "@std/http";
import type { MadeDecision } from "../../accounts/pool/decisions.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import { json } from "../../downstream/json_answer.ts";
import { MAX_DECISIONS } from "../../limits.ts";
import { cut } from "../../protocol/quote.ts";
import type { Runtime } from "../../runtime.ts";
import { refuse } from "./admin_answer.ts";
import { explainView } from "./explain_view.ts";
import { poolFiguresView } from "./pool_figures.ts";
import type { Routed } from "../port/route.ts";
import { timeOf } from "./quota_view.ts";

export interface DecisionRouteDeps {
  readonly registry: Registry;
  readonly runtime: Runtime;
}

/** The pool as one, and what it could not do since the start. */
export function showPool(
  { registry, runtime }: DecisionRouteDeps,
): Response {
  const { refusals } = registry.decisions;
  return json(STATUS_CODE.OK, {
    ...poolFiguresView(registry, runtime.now()),
    routing_policy: registry.policy,
    refused: {
      total: refusals.total,
      ...Object.fromEntries(refusals.entries()),
    },
  });
}

/** How many decisions are shown if nobody says so. */
const USUAL_COUNT = 50;

export function listDecisions(
  { url }: Routed,
  { registry }: DecisionRouteDeps,
): Response {
  const given = url.searchParams.get("limit") ?? String(USUAL_COUNT);
  const limit = /^\d{1,6}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > MAX_DECISIONS) {
    return refuse(
      `limit must be a whole number from 1 to ${MAX_DECISIONS}, not \`${
        cut(given)
      }\``,
    );
  }
  const full = url.searchParams.get("full") ?? "0";
  if (full !== "0" && full !== "1") {
    return refuse(`full must be 0 or 1, not \`${cut(full)}\``);
  }
  const decisions = registry.decisions.latest(limit).map((made) => ({
    ...decisionView(made),
    ...full === "1" ? { input: made.input } : {},
  }));
  return json(STATUS_CODE.OK, { decisions });
}

/** A decision as the admin port shows it; null where there was none. */
export interface DecisionView {
  readonly at: string | null;
  readonly account: string | null;
  readonly rule: string | null;
  readonly policy: string;
  readonly model: string | null;
  readonly session: string | null;
  readonly out: readonly { readonly id: string; readonly why: string }[];
}

function decisionView(
  { input, decision, session }: MadeDecision,
): DecisionView {
  return {
    at: timeOf(input.now),
    account: decision.account ?? null,
    rule: decision.rule ?? null,
    policy: input.policy,
    model: input.model ?? null,
    session: session ?? null,
    out: decision.out,
  };
}

export function explain(
  { url }: Routed,
  { registry }: DecisionRouteDeps,
): Response {
  const session = url.searchParams.get("session") || undefined;
  const model = url.searchParams.get("model") || undefined;
  const explained = registry.explain({ sessionKey: session, model });
  const labels = new Map(
    registry.accounts().map(({ id, label }) => [id, label]),
  );
  const view = explainView(explained, {
    labels,
    hasSession: session !== undefined,
  });
  return json(STATUS_CODE.OK, view);
}

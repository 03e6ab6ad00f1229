/** A view made up by a test. */
import type { ShownAccount } from "../../../lib/server/view/shown_account.ts";
import type { ShownDecision } from "../../../lib/server/view/shown_decision.ts";
import type { TurnView } from "../../../lib/server/view/turn_view.ts";
import type { ViewParts } from "../../../lib/server/view/view.ts";
import { view as accountView } from "../../cli/account_views.ts";

export function sampleAccount(
  id: string,
  more: Partial<ShownAccount> = {},
): ShownAccount {
  return {
    ...accountView(id, {
      label: id,
      email: `${id}@example.test`,
      account_id: `acct-${id}`,
      plan_type: "plus",
    }),
    name: id,
    file: `${id}.json`,
    state: { mark: "ready", words: "ready", until: null },
    week: null,
    short: null,
    forecast: null,
    ...more,
  };
}

export function sampleTurn(
  id: number,
  more: Partial<TurnView> = {},
): TurnView {
  return {
    id,
    request: `r${id}`,
    started_at: "2026-11-29T12:00:00Z",
    model: "gpt-6.2-sol",
    transport: "sse",
    account: "ada",
    name: "ada",
    moved: null,
    rule: "owner",
    decision: id,
    attempts: 1,
    outcome: null,
    why: null,
    first_event_ms: null,
    ms: null,
    tokens: null,
    ...more,
  };
}

export function sampleDecision(
  id: number,
  more: Partial<ShownDecision> = {},
): ShownDecision {
  return {
    id,
    at: "2026-11-29T12:00:00Z",
    account: "ada",
    name: "ada",
    rule: "owner",
    why: "the session is at home there, with its cached prompt",
    policy: "quota",
    model: "gpt-6.2-sol",
    session: null,
    others: [{ name: "bob", why: "may serve, but the session stays" }],
    more: 0,
    ...more,
  };
}

export function sampleParts(more: Partial<ViewParts> = {}): ViewParts {
  return {
    pool: {
      accounts: 1,
      can_serve: 1,
      windows: [],
      next_reset_at: null,
      headline: ["Ready. 1 account can serve."],
      forecast: null,
      routing_policy: "quota",
      turns_open: 0,
      turns_ended: 0,
      refused: 0,
    },
    accounts: [sampleAccount("ada")],
    turns: [],
    decisions: [],
    problems: [],
    about: {
      version: "0.0.0",
      codex_version: "0.171.0",
      started_at: "2026-11-29T11:00:00.000Z",
      routing_policies: ["quota", "fill_first"],
      accounts_dir: "/home/ada/.codaze",
      public_origin: "http://127.0.0.1:1",
      admin_origin: "http://127.0.0.1:2",
      codex_config: ['openai_base_url = "http://127.0.0.1:1/v1"'],
    },
    ...more,
  };
}

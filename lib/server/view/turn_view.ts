/** A turn as the page and `codaze top` show it. Pure. */
import type { Moved } from "../../accounts/pool/moved.ts";
import type { NumberedTurn, RecentTurn } from "../../relay/recent_turns.ts";
import type { Usage } from "../../usage/figures.ts";
import { timeOf } from "../admin/quota_view.ts";

/** Times are RFC 3339 in UTC; null for what is not known, or not yet. */
export interface TurnView {
  /** Counts from the start of the gateway. */
  readonly id: number;
  /** How log lines name it. */
  readonly request: string;
  readonly started_at: string | null;
  readonly model: string;
  /** `http`: answered whole. */
  readonly transport: "http" | "sse" | "websocket";
  /** The id of the account that was asked last. */
  readonly account: string | null;
  /** Its label, or the start of its id. */
  readonly name: string | null;
  readonly moved: MovedView | null;
  /** Why that account was chosen, as in `/admin/decisions`. */
  readonly rule: string | null;
  /** The id of the decision in this view, as long as it is there. */
  readonly decision: number | null;
  readonly attempts: number;
  /**
   * Null while it is under way, then `completed`, `failed`, `rejected`,
   * `caller_gone` or `started_over`.
   */
  readonly outcome: string | null;
  /** Of a turn that failed or was rejected: why, in words. */
  readonly why: string | null;
  readonly first_event_ms: number | null;
  readonly ms: number | null;
  /** As upstream counts them at the end; `input` includes `cached`. */
  readonly tokens: Usage | null;
}

/** Another account serves than the session's home, or than was asked first. */
export interface MovedView {
  /** The label or id of the one before; null: it was removed. */
  readonly from: string | null;
  /** What it is, in words: "used up", "paused". */
  readonly why: string;
  readonly until: string | null;
}

/** `nameOf` gives an account's name by its id. */
export function turnView(
  [id, turn]: NumberedTurn,
  nameOf: (id: string) => string,
): TurnView {
  const { account, label, usage, outcome } = turn;
  return {
    id,
    request: turn.request,
    started_at: timeOf(turn.startedAt),
    model: turn.model,
    transport: turn.transport,
    account: account ?? null,
    name: label ?? (account === undefined ? null : nameOf(account)),
    moved: turn.moved === undefined ? null : movedView(turn.moved),
    rule: turn.rule ?? null,
    decision: turn.decision ?? null,
    attempts: turn.attempts,
    outcome: outcome ?? null,
    why: whyEnded(turn),
    first_event_ms: turn.firstEventMs ?? null,
    ms: turn.ms ?? null,
    tokens: usage ?? null,
  };
}

export function movedView({ from, reason, until }: Moved): MovedView {
  return {
    from: from ?? null,
    why: AWAY[reason] ?? reason.replaceAll("_", " "),
    until: timeOf(until),
  };
}

/** Reasons are kinds of failures, and what keeps accounts out of decisions. */
const AWAY: Readonly<Record<string, string>> = {
  spent: "used up",
  quota_exhausted: "used up",
  kept: "down to what it keeps",
  paused: "paused",
  removed: "gone",
  duplicate: "a duplicate",
  invalid: "signed out",
  account_invalid: "signed out",
  rate_limited: "rate limited",
  risk_controlled: "held back",
  account_refused: "refused",
  access_token_rejected: "without a good token",
  not_refreshed: "without a good token",
  temporarily_unavailable: "unavailable",
  unavailable: "unavailable",
  edge_refused: "refused at upstream's edge",
  no_answer: "silent",
  timeout: "silent",
  transport: "not reached",
  failed: "failing",
};

function whyEnded({ outcome, failure }: RecentTurn): string | null {
  if (failure === undefined) return null;
  if (outcome !== "failed" && outcome !== "rejected") return null;
  return FAILURES[failure] ?? failure.replaceAll("_", " ");
}

const FAILURES: Readonly<Record<string, string>> = {
  no_account: "no account was left",
  quota_exhausted: "the account is used up",
  rate_limited: "rate limited",
  request_rejected: "upstream refused the request",
  too_large: "too large for a websocket",
  no_websocket: "no websocket was to be had",
  account_invalid: "the account is signed out",
  account_refused: "upstream refused the account",
  access_token_rejected: "upstream refused the token",
  not_refreshed: "the token could not be refreshed",
  risk_controlled: "upstream holds the account back",
  unavailable: "upstream had trouble",
  edge_refused: "refused at upstream's edge",
  no_answer: "upstream gave no answer",
  transport: "the connection broke",
  timeout: "upstream was silent for too long",
  stopping: "the gateway was stopping",
};

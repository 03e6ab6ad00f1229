/**
 * From an upstream error, which is an answer or an event, to a `Failure`. Pure;
 * decides nothing about accounts or retries.
 *
 * Structured fields decide first: `error.type`, `error.code`, `detail.code`,
 * then the status. Words count only in the error's own message and only for
 * 403, 429 and 5xx, which do not quote the request: otherwise one 400 that
 * mentions a quota would cool down every account. The only exception is
 * `MODEL_REFUSAL`.
 */

import { MAX_PAGE_HINT_MS } from "../limits.ts";
import { isSuccess } from "../protocol/events.ts";
import { verdictOf } from "./codes.ts";
import type { Verdict } from "./codes.ts";
import { answerFacts, type ErrorFacts, eventFacts } from "./error_facts.ts";
import type { Answer, Failure, UpstreamError } from "./failure.ts";
import { outageDelayMs, retryAfterMs } from "./retry_after.ts";

/** Classifies an answer with an error status. `now` in ms since the epoch. */
export function classifyAnswer(answer: Answer, now: number): Failure {
  const facts = answerFacts(answer);
  const message = facts.message || facts.code || facts.detailCode ||
    facts.type || "no error message";
  return failureOf({
    verdict: structured(facts) ?? ofPage(answer.status, facts) ??
      ofStatus(answer.status, facts),
    facts,
    message,
    answer: { ...answer, at: "answer" },
    now,
  });
}

/** Statuses that are clear without a body, whichever server sends them. */
const CLEAR_WITHOUT_JSON: ReadonlySet<number> = new Set([401, 402, 413, 429]);

/**
 * The backend always refuses with JSON. Without it, something in front of the
 * backend has refused the request, often because of a cookie.
 */
function ofPage(status: number, { isJson }: ErrorFacts): Verdict | undefined {
  const isRefusal = status >= 400 && status < 500;
  return isRefusal && !isJson && !CLEAR_WITHOUT_JSON.has(status)
    ? { kind: "edge_refused" }
    : undefined;
}

/**
 * Whether an event that ends a turn means that the account has served it. So
 * does `response.incomplete`, unless a limit of the account is the reason.
 */
export function endedWell(
  event: { readonly type: string; readonly data: string },
): boolean {
  // Not parsed: it holds the whole answer, which is long, and no error.
  if (event.type === "response.completed") return true;
  if (!isSuccess(event.type)) return false;
  const facts = eventFacts(event.data);
  const verdict = structured(facts) ?? spokenLimit(facts.message) ??
    spokenLimit(facts.reason ?? "");
  return verdict === undefined || verdict.kind === "request_rejected";
}

/**
 * Classifies an event that ended a turn, but not well. An unknown error counts
 * as an upstream outage, not as the caller's mistake.
 */
export function classifyEvent(
  event: { readonly type: string; readonly data: string },
  answer: Answer,
  now: number,
): Failure {
  const facts = eventFacts(event.data);
  const message = facts.message || facts.code || facts.type || facts.reason ||
    event.type;
  return failureOf({
    verdict: structured(facts) ?? ofEventStatus(facts),
    facts,
    message,
    answer: { ...answer, at: "event" },
    now,
  });
}

/** By fields that mean the same with every status. */
function structured(facts: ErrorFacts): Verdict | undefined {
  return verdictOf(facts.type) ?? verdictOf(facts.code) ??
    verdictOf(facts.detailCode) ?? verdictOf(facts.reason);
}

function ofEventStatus(facts: ErrorFacts): Verdict {
  if (facts.status !== undefined && facts.status >= 400) {
    return ofStatus(facts.status, facts);
  }
  if (facts.type === "invalid_request_error") {
    return { kind: "request_rejected" };
  }
  return spokenLimit(facts.message) ?? spokenLimit(facts.reason ?? "") ??
    { kind: "unavailable" };
}

function ofStatus(status: number, facts: ErrorFacts): Verdict {
  if (status >= 500 || status < 400) {
    return spokenLimit(facts.message) ?? { kind: "unavailable" };
  }
  switch (status) {
    case 401:
      return { kind: "access_token_rejected" };
    case 402:
      return { kind: "account_refused", refused: "plan" };
    case 403:
      return spokenRisk(facts) ?? spokenLimit(facts.message) ??
        spokenRefusal(facts.message) ?? { kind: "unavailable" };
    case 429:
      return spokenLimit(facts.message) ?? { kind: "rate_limited" };
    default:
      return modelRefusal(facts.message) ?? { kind: "request_rejected" };
  }
}

const RISK = /unusual[ _-]activity|arkose|turnstile/i;

function spokenRisk(facts: ErrorFacts): Verdict | undefined {
  const text = `${facts.code} ${facts.detailCode} ${facts.message}`;
  return RISK.test(text) ? { kind: "risk_controlled" } : undefined;
}

function spokenLimit(message: string): Verdict | undefined {
  if (/\busage limit|\bquota\b/i.test(message)) {
    return { kind: "quota_exhausted" };
  }
  return /\brate limit|too many requests/i.test(message)
    ? { kind: "rate_limited" }
    : undefined;
}

function spokenRefusal(message: string): Verdict | undefined {
  if (!/\bworkspace\b.*\bdeactivated\b/i.test(message)) {
    return undefined;
  }
  return { kind: "account_refused", refused: "workspace" };
}

/**
 * The only sentence that counts in a 400, and only as the whole message: the
 * backend has no code for a model that a plan does not include.
 */
const MODEL_REFUSAL =
  /^The '[^']{1,100}' model is not (?:supported when using Codex with|available (?:to|for)) [^.]{1,60}\.?$/;

function modelRefusal(message: string): Verdict | undefined {
  return MODEL_REFUSAL.test(message)
    ? { kind: "account_refused", refused: "model" }
    : undefined;
}

function failureOf(
  { verdict, facts, message, answer, now }: {
    readonly verdict: Verdict;
    readonly facts: ErrorFacts;
    readonly message: string;
    readonly answer: UpstreamError;
    readonly now: number;
  },
): Failure {
  switch (verdict.kind) {
    case "rate_limited":
    case "quota_exhausted": {
      const headers = joined(answer.headers, facts.headers);
      const hint = retryAfterMs(headers, facts.body, facts.message, now);
      // A page is not the backend's, so it does not say how long this account
      // is limited.
      const delay = facts.isJson
        ? hint
        : hint && Math.min(hint, MAX_PAGE_HINT_MS);
      const limited = { message, retryAfterMs: delay, answer };
      return verdict.kind === "quota_exhausted"
        ? { kind: verdict.kind, ...limited, headers }
        : { kind: verdict.kind, ...limited };
    }
    case "unavailable": {
      const headers = joined(answer.headers, facts.headers);
      const delay = outageDelayMs(headers, facts.body, facts.message, now);
      return { kind: verdict.kind, message, retryAfterMs: delay, answer };
    }
    case "account_refused":
      return { kind: verdict.kind, refused: verdict.refused, message, answer };
    case "access_token_rejected":
    case "risk_controlled":
    case "edge_refused":
    case "request_rejected":
      return { kind: verdict.kind, message, answer };
  }
}

/** An event's own headers override those of its answer. */
function joined(outer: Headers, inner: Headers): Headers {
  if (outer === inner) return outer;
  const headers = new Headers(outer);
  inner.forEach((value, name) => headers.set(name, value));
  return headers;
}

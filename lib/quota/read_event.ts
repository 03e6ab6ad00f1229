/**
 * The event `codex.rate_limits`, of a websocket and of a stream: on a websocket
 * that goes on the only source (docs/client.md, "Limits").
 */
import { MAX_LIMITS_EVENT_CHARS } from "../limits.ts";
import {
  isObject,
  type JsonObject,
  objectField,
  parseObject,
} from "../protocol/json.ts";
import {
  limitId,
  readBoolean,
  readLimit,
  readWindow,
  shortText,
} from "./fields.ts";
import {
  type Credits,
  type Reading,
  USUAL_LIMIT,
  type Window,
} from "./quota.ts";

export const RATE_LIMITS = "codex.rate_limits";

/** Undefined if it says nothing of a quota. `now` in ms since the epoch. */
export function readEvent(data: string, now: number): Reading | undefined {
  const event = data.length > MAX_LIMITS_EVENT_CHARS
    ? undefined
    : parseObject(data);
  if (event?.["type"] !== RATE_LIMITS) return undefined;
  const { metered_limit_name: metered, limit_name: named } = event;
  const id = limitId(metered) ?? limitId(named) ?? USUAL_LIMIT;
  const told = objectField(event, "rate_limits") ?? {};
  const windows = [told["primary"], told["secondary"], told["tertiary"]]
    .map((one) => windowIn(one, now));
  const source = "event";
  // Upstream repeats the id there; a name is what differs from it.
  const name = limitId(named) === id ? undefined : shortText(named);
  const limit = readLimit({ id, name, windows, now, source });
  const plan = shortText(event["plan_type"]);
  const credits = creditsIn(objectField(event, "credits"));
  if (limit === undefined && plan === undefined && credits === undefined) {
    return undefined;
  }
  const allowed = readBoolean(told["allowed"]);
  const limits = limit ? [{ ...limit, allowed }] : [];
  return { limits, plan, credits, at: now, source };
}

function windowIn(window: unknown, now: number): Window | undefined {
  if (!isObject(window)) return undefined;
  return readWindow({
    used: window["used_percent"],
    minutes: window["window_minutes"],
    resetAt: window["reset_at"],
    resetAfter: window["reset_after_seconds"],
  }, now);
}

/** As the event and the page of usage have them. */
export function creditsIn(
  credits: JsonObject | undefined,
): Credits | undefined {
  const hasCredits = readBoolean(credits?.["has_credits"]);
  const unlimited = readBoolean(credits?.["unlimited"]);
  if (hasCredits === undefined || unlimited === undefined) return undefined;
  return {
    hasCredits,
    unlimited,
    balance: shortText(credits?.["balance"]),
    overageReached: readBoolean(credits?.["overage_limit_reached"]),
  };
}

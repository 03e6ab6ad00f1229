/** The page of usage, `GET …/wham/usage` (docs/client.md, "Limits"). */
import { MAX_RESET_CREDITS, MAX_USAGE_PAGE_BYTES } from "../limits.ts";
import {
  decimal,
  isObject,
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../protocol/json.ts";
import {
  firstLimits,
  limitId,
  readBoolean,
  readLimit,
  readWindow,
  shortText,
} from "./fields.ts";
import {
  type Limit,
  type Reading,
  type Spend,
  USUAL_LIMIT,
  type Window,
} from "./quota.ts";
import { creditsIn } from "./read_event.ts";

/**
 * Undefined for what is no page of this account. `now` in ms since the epoch.
 */
export function readPage(
  body: Uint8Array,
  { accountId, now }: {
    readonly accountId: string | undefined;
    readonly now: number;
  },
): Reading | undefined {
  if (body.length > MAX_USAGE_PAGE_BYTES) return undefined;
  const page = parseObject(new TextDecoder().decode(body));
  const plan = shortText(page?.["plan_type"]);
  if (page === undefined || plan === undefined) return undefined;
  const owner = stringField(page, "account_id");
  const isOther = owner !== undefined && accountId !== undefined &&
    owner !== accountId;
  if (isOther) return undefined;

  const more = page["additional_rate_limits"];
  const limits = [
    limitIn(USUAL_LIMIT, undefined, objectField(page, "rate_limit"), now),
    ...(Array.isArray(more) ? more : []).filter(isObject)
      .map((one) => additionalIn(one, now)),
  ];
  const resets = objectField(page, "rate_limit_reset_credits");
  return {
    limits: firstLimits(limits),
    plan,
    credits: creditsIn(objectField(page, "credits")),
    spend: spendIn(objectField(page, "spend_control"), now),
    resetCredits: countIn(resets?.["available_count"]),
    at: now,
    source: "usage_page",
  };
}

function countIn(value: unknown): number | undefined {
  const count = decimal(value);
  return count !== undefined && Number.isInteger(count) &&
      count <= MAX_RESET_CREDITS
    ? count
    : undefined;
}

function spendIn(
  control: JsonObject | undefined,
  now: number,
): Spend | undefined {
  if (control === undefined) return undefined;
  const own = objectField(control, "individual_limit");
  const reached = readBoolean(control["reached"]);
  const window = readWindow({
    used: own?.["used_percent"],
    minutes: undefined,
    resetAt: own?.["reset_at"],
    resetAfter: own?.["reset_after_seconds"],
  }, now);
  if (reached === undefined && window === undefined) return undefined;
  return { reached, used: window?.used, resetsAt: window?.resetsAt };
}

function additionalIn(entry: JsonObject, now: number): Limit | undefined {
  const name = shortText(entry["limit_name"]);
  const id = limitId(entry["metered_feature"]) ?? limitId(name);
  if (id === undefined || id === USUAL_LIMIT) return undefined;
  return limitIn(id, name, objectField(entry, "rate_limit"), now);
}

function limitIn(
  id: string,
  name: string | undefined,
  told: JsonObject | undefined,
  now: number,
): Limit | undefined {
  const windows = ["primary_window", "secondary_window", "tertiary_window"]
    .map((key) => windowIn(told?.[key], now));
  const allowed = readBoolean(told?.["allowed"]);
  const limit = readLimit({ id, name, windows, now, source: "usage_page" });
  return limit && { ...limit, allowed };
}

function windowIn(window: unknown, now: number): Window | undefined {
  if (!isObject(window)) return undefined;
  const seconds = decimal(window["limit_window_seconds"]);
  return readWindow({
    used: window["used_percent"],
    minutes: seconds === undefined ? undefined : seconds / 60,
    resetAt: window["reset_at"],
    resetAfter: window["reset_after_seconds"],
  }, now);
}

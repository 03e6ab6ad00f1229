/** The page of usage, `GET …/wham/usage` (docs/client.md, "Limits"). */
import { MAX_USAGE_PAGE_BYTES } from "../limits.ts";
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
  readLimit,
  readWindow,
  shortText,
} from "./fields.ts";
import { type Limit, type Reading, USUAL_LIMIT, type Window } from "./quota.ts";
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
  const credits = creditsIn(objectField(page, "credits"));
  const source = "usage_page";
  return { limits: firstLimits(limits), plan, credits, at: now, source };
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
  return readLimit({ id, name, windows, now, source: "usage_page" });
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

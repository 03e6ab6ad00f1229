/**
 * When upstream, or an account with a limit, will be available again according
 * to upstream.
 *
 * Only reads hints, and ignores unreadable ones; `accounts/pool/cooldown.ts` decides
 * what to do without a hint.
 */

import { MAX_RETRY_HINT_MS, MIN_RETRY_HINT_MS } from "../limits.ts";
import { eachHeader } from "../protocol/each_header.ts";
import { HEADER } from "../protocol/headers.ts";
import { decimal, type JsonObject, objectField } from "../protocol/json.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The delay that an answer asks for, in milliseconds, from 1 s to 8 days.
 *
 * The first hint wins: `retry-after-ms`, `retry-after` (RFC 9110, section
 * 10.2.3), `resets_at`, `resets_in_seconds` (in `error` or at the top level),
 * the reset headers of an exhausted window, "try again in …" in `message`.
 */
export function retryAfterMs(
  headers: Headers,
  body: JsonObject | undefined,
  message: string,
  now: number,
): number | undefined {
  const delay = shortHint(headers, body, now) ??
    exhaustedWindowDelay(headers, now) ??
    spokenDelay(message);
  return delay === undefined ? undefined : clamp(delay);
}

/**
 * The same without the window headers, for outages: a 503 has nothing to do
 * with a spent window, and an account with credits works beyond its window.
 */
export function outageDelayMs(
  headers: Headers,
  body: JsonObject | undefined,
  message: string,
  now: number,
): number | undefined {
  const delay = shortHint(headers, body, now) ?? spokenDelay(message);
  return delay === undefined ? undefined : clamp(delay);
}

function shortHint(
  headers: Headers,
  body: JsonObject | undefined,
  now: number,
): number | undefined {
  return decimal(headers.get("retry-after-ms")) ??
    retryAfterHeader(headers.get("retry-after"), now) ??
    bodyHint(body, now);
}

function clamp(delay: number): number {
  return Math.ceil(
    Math.min(MAX_RETRY_HINT_MS, Math.max(MIN_RETRY_HINT_MS, delay)),
  );
}

function retryAfterHeader(
  value: string | null,
  now: number,
): number | undefined {
  const seconds = decimal(value);
  if (seconds !== undefined) return seconds * SECOND;

  // `Date.parse` alone finds a year in nearly any text.
  if (value === null || !/^\s*[A-Z][a-z]{2,8},? .* GMT\s*$/.test(value)) {
    return undefined;
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at - now;
}

function bodyHint(
  body: JsonObject | undefined,
  now: number,
): number | undefined {
  if (body === undefined) return undefined;
  const places = [objectField(body, "error"), body];
  const first = (key: string) =>
    places.map((place) => decimal(place?.[key])).find((one) =>
      one !== undefined
    );
  return delayOf(first("resets_at"), first("resets_in_seconds"), now);
}

/**
 * The delay until `at`, or of `after`, both in seconds. A time in the past
 * comes from a clock that differs from ours, so `after` counts if given.
 */
function delayOf(
  at: number | undefined,
  after: number | undefined,
  now: number,
): number | undefined {
  const delay = at === undefined ? undefined : at * SECOND - now;
  if (delay !== undefined && delay > 0) return delay;
  return after === undefined ? delay : after * SECOND;
}

const USED_PERCENT = /^(x-(.+)-(?:primary|secondary|tertiary)-)used-percent$/;

/**
 * The latest reset of the spent windows; the account cannot serve before. If
 * upstream names the limit that refused, the others do not count.
 */
function exhaustedWindowDelay(
  headers: Headers,
  now: number,
): number | undefined {
  const named = headers.get(HEADER.activeLimit)?.trim().toLowerCase()
    .replaceAll("_", "-");
  // Upstream also names limits that none of its headers is about.
  const active = headers.has(`x-${named}-primary-used-percent`)
    ? named
    : undefined;
  let latest: number | undefined;
  eachHeader(headers, (value, name) => {
    const [, prefix, family] = USED_PERCENT.exec(name) ?? [];
    if (prefix === undefined || (decimal(value) ?? 0) < 100) return;
    if (active && family !== active) return;

    const delay = windowDelay(headers, prefix, now);
    if (delay !== undefined) latest = Math.max(latest ?? delay, delay);
  });
  return latest;
}

function windowDelay(
  headers: Headers,
  prefix: string,
  now: number,
): number | undefined {
  const at = decimal(headers.get(`${prefix}reset-at`));
  const after = decimal(headers.get(`${prefix}reset-after-seconds`));
  return delayOf(at, after, now);
}

/** After "try again in": a number, and one of five units, each a group. */
const PART =
  /[\s,]*(?:and\s+)?(\d{1,9}(?:\.\d{1,9})?)\s*(?:(ms|millisecond)|(s|sec|second)|(m|min|minute)|(h|hr|hour)|(?:d|day))s?(?![a-z])/iy;

/** Adds up "1h 2m 3.5s", "20ms", "3 days and 4 hours" after "try again in". */
function spokenDelay(message: string): number | undefined {
  const start = /try again in(?: about)?/i.exec(message);
  if (start === null) return undefined;

  PART.lastIndex = start.index + start[0].length;
  let total: number | undefined;
  let part = PART.exec(message);
  while (part !== null) {
    const [, amount, ms, second, minute, hour] = part;
    const unit = ms ? 1 : second ? SECOND : minute ? MINUTE : hour ? HOUR : DAY;
    total = (total ?? 0) + Number(amount) * unit;
    part = PART.exec(message);
  }
  return total;
}

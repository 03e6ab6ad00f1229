/**
 * The `x-codex-*` headers of an answer, of a websocket's 101, of a refusal
 * (docs/client.md, "Limits").
 */
import {
  firstLimits,
  limitId,
  readBoolean,
  readLimit,
  readWindow,
  shortText,
} from "./fields.ts";
import type { Credits, Limit, Reading, Source, Window } from "./quota.ts";

const USED = /^x-(.+)-(?:primary|secondary|tertiary)-used-percent$/;
const PLACES = ["primary", "secondary", "tertiary"] as const;

/** Undefined if they say nothing of a quota. `now` in ms since the epoch. */
export function readHeaders(
  headers: Headers,
  now: number,
  source: Source = "headers",
): Reading | undefined {
  const families = new Set<string>();
  // `forEach`, because iterating sorts and copies the headers on every step.
  headers.forEach((_, name) => {
    const [, family] = USED.exec(name) ?? [];
    if (family !== undefined) families.add(family);
  });
  if (families.size === 0) return undefined;
  const limits = [...families].map((family) =>
    limitIn(headers, { family, now, source })
  );
  return {
    limits: firstLimits(limits),
    plan: shortText(headers.get("x-codex-plan-type")),
    credits: creditsIn(headers),
    at: now,
    source,
  };
}

function limitIn(
  headers: Headers,
  { family, now, source }: {
    readonly family: string;
    readonly now: number;
    readonly source: Source;
  },
): Limit | undefined {
  const id = limitId(family);
  if (id === undefined) return undefined;
  const windows = PLACES.map((place): Window | undefined => {
    const value = (name: string) =>
      first(headers.get(`x-${family}-${place}-${name}`));
    return readWindow({
      used: value("used-percent"),
      minutes: value("window-minutes"),
      resetAt: value("reset-at"),
      resetAfter: value("reset-after-seconds"),
    }, now);
  });
  const name = shortText(first(headers.get(`x-${family}-limit-name`)));
  return readLimit({ id, name, windows, now, source });
}

/** Of a header that came twice the first counts. */
function first(value: string | null): string | undefined {
  return value?.split(",", 1)[0];
}

function creditsIn(headers: Headers): Credits | undefined {
  const hasCredits = readBoolean(headers.get("x-codex-credits-has-credits"));
  const unlimited = readBoolean(headers.get("x-codex-credits-unlimited"));
  if (hasCredits === undefined || unlimited === undefined) return undefined;
  const balance = shortText(headers.get("x-codex-credits-balance"));
  return { hasCredits, unlimited, balance };
}

/**
 * The `x-codex-*` headers of an answer, of a websocket's 101, of a refusal
 * (docs/client.md, "Limits").
 */
import { eachHeader } from "../protocol/each_header.ts";
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

/** Headers of an answer, by name: those that may tell of a quota. */
type Found = ReadonlyMap<string, string>;

const PLACES = ["primary", "secondary", "tertiary"] as const;

/** Undefined if they say nothing of a quota. `now` in ms since the epoch. */
export function readHeaders(
  headers: Headers,
  now: number,
  source: Source = "headers",
): Reading | undefined {
  const found = new Map<string, string>();
  const families = new Set<string>();
  eachHeader(headers, (value, name) => {
    if (!name.startsWith("x-")) return;
    found.set(name, value);
    const [, family] = USED.exec(name) ?? [];
    if (family !== undefined) families.add(family);
  });
  if (families.size === 0) return undefined;
  const limits = [...families].map((family) =>
    limitIn(found, { family, now, source })
  );
  return {
    limits: firstLimits(limits),
    plan: shortText(found.get("x-codex-plan-type")),
    credits: creditsIn(found),
    at: now,
    source,
  };
}

function limitIn(
  found: Found,
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
      first(found.get(`x-${family}-${place}-${name}`));
    return readWindow({
      used: value("used-percent"),
      minutes: value("window-minutes"),
      resetAt: value("reset-at"),
      resetAfter: value("reset-after-seconds"),
    }, now);
  });
  const name = shortText(first(found.get(`x-${family}-limit-name`)));
  return readLimit({ id, name, windows, now, source });
}

/** Of a header that came twice the first counts. */
function first(value: string | undefined): string | undefined {
  return value?.split(",", 1)[0];
}

function creditsIn(found: Found): Credits | undefined {
  const hasCredits = readBoolean(found.get("x-codex-credits-has-credits"));
  const unlimited = readBoolean(found.get("x-codex-credits-unlimited"));
  if (hasCredits === undefined || unlimited === undefined) return undefined;
  const balance = shortText(found.get("x-codex-credits-balance"));
  return { hasCredits, unlimited, balance };
}

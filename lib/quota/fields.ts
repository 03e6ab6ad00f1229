/**
 * The fields of a reading, whichever way they come. Total: what is not right is
 * as if it were absent.
 */
import {
  MAX_LIMIT_NAME_CHARS,
  MAX_QUOTA_LIMITS,
  MAX_RESET_MS,
  MAX_WINDOW_MINUTES,
} from "../limits.ts";
import { decimal } from "../protocol/json.ts";
import {
  type Limit,
  type Source,
  tightest,
  USUAL_LIMIT,
  type Window,
  windowOf,
} from "./quota.ts";

const DAY_MS = 86_400_000;

/** As they are written: percent, minutes, seconds. */
export interface WindowFields {
  readonly used: unknown;
  readonly minutes: unknown;
  /** Seconds since the epoch. */
  readonly resetAt: unknown;
  readonly resetAfter: unknown;
}

/** Undefined for a window that does not say how much is used. */
export function readWindow(
  fields: WindowFields,
  now: number,
): Window | undefined {
  const used = decimal(fields.used);
  if (used === undefined) return undefined;
  const minutes = within(decimal(fields.minutes), 1, MAX_WINDOW_MINUTES);
  const resetsAt = resetOf(fields, now);
  // The official client drops a window that says nothing but 0.
  if (used === 0 && minutes === undefined && resetsAt === undefined) {
    return undefined;
  }
  return windowOf({ used: Math.min(used, 100), minutes, resetsAt }, now);
}

function resetOf(
  { resetAt, resetAfter }: WindowFields,
  now: number,
): number | undefined {
  const latest = now + MAX_RESET_MS;
  const at = within(ms(resetAt), now - DAY_MS, latest);
  if (at !== undefined) return at;
  const after = ms(resetAfter);
  return after === undefined ? undefined : within(now + after, now, latest);
}

/** Of seconds. */
function ms(seconds: unknown): number | undefined {
  const value = decimal(seconds);
  return value === undefined ? undefined : value * 1000;
}

function within(
  value: number | undefined,
  least: number,
  most: number,
): number | undefined {
  return value !== undefined && value >= least && value <= most
    ? value
    : undefined;
}

/** A limit of these windows; undefined if it has none. */
export function readLimit(
  { id, name, windows, now, source }: {
    readonly id: string;
    readonly name: string | undefined;
    readonly windows: readonly (Window | undefined)[];
    readonly now: number;
    readonly source: Source;
  },
): Limit | undefined {
  const known = windows.filter((one) => one !== undefined);
  if (known.length === 0) return undefined;
  return { id, name, windows: tightest(known), at: now, source };
}

/**
 * The usual limit and the first others by their ids, so that their order says
 * nothing.
 */
export function firstLimits(
  limits: readonly (Limit | undefined)[],
): readonly Limit[] {
  return limits.filter((one) => one !== undefined)
    .sort((a, b) => rankOf(a) < rankOf(b) ? -1 : 1)
    .slice(0, MAX_QUOTA_LIMITS);
}

/** No id of a limit is empty. */
function rankOf({ id }: Limit): string {
  return id === USUAL_LIMIT ? "" : id;
}

/** `Codex-Bengalfox` is `codex_bengalfox`; undefined for what is no name. */
export function limitId(text: unknown): string | undefined {
  const name = shortText(text)?.toLowerCase().replaceAll("-", "_");
  return name !== undefined && /^[a-z0-9_.]+$/.test(name) ? name : undefined;
}

/** Text of at most 64 characters, without those that a terminal obeys. */
export function shortText(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const trimmed = text.trim();
  const isPlain = trimmed !== "" && trimmed.length <= MAX_LIMIT_NAME_CHARS &&
    !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(trimmed);
  return isPlain ? trimmed : undefined;
}

/** `True`, `false`, `1` and the like. */
export function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).trim().toLowerCase();
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : undefined;
}

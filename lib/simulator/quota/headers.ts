/**
 * Figures as header lines, in their recorded order, and the refusal of a spent
 * limit (docs/client.md, "Limits").
 */

import { STATUS_CODE } from "@std/http";
import type { HeaderLine } from "../../protocol/headers.ts";
import type { StatusFault } from "../faults/faults.ts";
import { refusal } from "../faults/refusals.ts";
import {
  type Figures,
  type LimitFigures,
  PLACES,
  type WindowFigures,
} from "./figures.ts";
import { type Credits, type Limit, USUAL_LIMIT } from "./state.ts";
import { FULL } from "./window.ts";

export function quotaHeaders(
  { plan, limits, credits }: Figures,
): readonly HeaderLine[] {
  return [
    ["x-codex-plan-type", plan],
    ...limits.filter(isUsual).flatMap(limitLines),
    ...creditLines(credits),
    ...limits.filter((limit) => !isUsual(limit)).flatMap(limitLines),
  ];
}

/** 429 for a turn that may not start, or the same over a websocket. */
export function quotaRefusal(
  figures: Figures,
  { limit, now }: {
    readonly limit: Limit;
    /** In ms since the epoch. */
    readonly now: number;
  },
): StatusFault {
  const resetsAt = freeAgainAt(figures, limit.id);
  const error = {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    plan_type: figures.plan,
    resets_at: resetsAt,
    resets_in_seconds: resetsAt - Math.floor(now / 1000),
  };
  return refusal(STATUS_CODE.TooManyRequests, { error }, [
    ...quotaHeaders(figures),
    ["x-codex-active-limit", limit.activeLimit],
    ["x-codex-rate-limit-reached-type", "rate_limit_reached"],
  ]);
}

function isUsual({ id }: LimitFigures): boolean {
  return id === USUAL_LIMIT;
}

/** All that is told of one window stands behind the same of the others. */
function limitLines(limit: LimitFigures): readonly HeaderLine[] {
  const { windows, model } = limit;
  const lines = (name: string, value: (window: WindowFigures) => number) =>
    windows.map((window, place): HeaderLine => [
      `x-${prefixOf(limit)}-${PLACES[place]}-${name}`,
      String(value(window)),
    ]);
  return [
    ...lines("used-percent", ({ used }) => used),
    ...lines("window-minutes", ({ minutes }) => minutes),
    ...lines("reset-at", ({ resetAt }) => resetAt),
    ...(model === undefined
      ? []
      : [[`x-${prefixOf(limit)}-limit-name`, model] as const]),
  ];
}

function prefixOf({ id }: LimitFigures): string {
  return id.replaceAll("_", "-");
}

/** Without credits the recorded balance is empty. */
function creditLines(
  { hasCredits, unlimited, balance }: Credits,
): readonly HeaderLine[] {
  const text = (value: boolean) => value ? "True" : "False";
  return [
    ["x-codex-credits-has-credits", text(hasCredits)],
    ["x-codex-credits-unlimited", text(unlimited)],
    ["x-codex-credits-balance", hasCredits ? balance : ""],
  ];
}

/** When the last full window of the limit ends; seconds since the epoch. */
function freeAgainAt({ limits }: Figures, id: string): number {
  const windows = limits.find((limit) => limit.id === id)?.windows ?? [];
  const full = windows.filter(({ used }) => used >= FULL);
  return Math.max(...full.map(({ resetAt }) => resetAt));
}

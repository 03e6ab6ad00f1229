/** A turn in the words of a terminal. Pure. */
import { durationText } from "../../server/admin/duration_text.ts";
import { shortNumber } from "../terminal/words.ts";
import type { ShownTurn } from "./shown.ts";

/** Why its account serves: that it moved, else the rule. */
export function reasonWords({ moved, rule }: ShownTurn, now: number): string {
  if (moved !== null) {
    const from = moved.from ?? "an account that is gone";
    const until = moved.until === null || moved.until <= now
      ? ""
      : ` until ${shortClock(moved.until, now)}`;
    return `from ${from}, ${moved.why}${until}`;
  }
  return rule === null ? "" : RULES[rule] ?? rule.replaceAll("_", " ");
}

/** Short enough for a column (docs/api.md, "Decisions"). */
const RULES: Readonly<Record<string, string>> = {
  owner: "session is there",
  in_turn: "turn began there",
  only: "only one left",
  open: "its week begins",
  expiring: "expires first",
  unknown: "nothing known yet",
  least_in_flight: "fewest in flight",
  round_robin: "next in turn",
  fill_first: "first in order",
  last_resort: "last resort",
};

/** How it ended, if that is worth a word. */
export function endWords({ outcome, why }: ShownTurn): string {
  switch (outcome) {
    case null:
    case "completed":
      return "";
    case "caller_gone":
      return "caller left";
    case "failed":
    case "rejected":
      return `${outcome}${why === null ? "" : `: ${why}`}`;
    default:
      return outcome.replaceAll("_", " ");
  }
}

export function isFailed({ outcome }: ShownTurn): boolean {
  return outcome === "failed" || outcome === "rejected";
}

/** `40 ms`, `1.2 s`, `12 s`, `3 min`, `2 h`: at most six characters. */
export function tookText(ms: number | null): string {
  if (ms === null) return "";
  if (ms < 995) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const [number = "", unit = ""] = durationText(ms).split(" ");
  return `${number} ${unit}`;
}

/** How much of what went in was cached: "98 %". */
export function cachedText({ tokens }: ShownTurn): string {
  if (tokens === null || tokens.input <= 0) return "";
  return `${Math.floor(100 * tokens.cached / tokens.input)} %`;
}

/** `at` in ms. In local time: "14:05", of another day "Thu 14:05". */
export function shortClock(at: number, now: number): string {
  const date = new Date(at);
  const time = clock(date, false);
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return Math.abs(at - now) < 6 * DAY_MS
    ? `${DAYS[date.getDay()]} ${time}`
    : `${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

/** "14:05:09" or "14:05", in local time; blank without a time. */
export function clockOf(at: number | null, seconds: boolean): string {
  return at === null ? "" : clock(new Date(at), seconds);
}

function clock(date: Date, seconds: boolean): string {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.slice(0, seconds ? 3 : 2)
    .map((part) => String(part).padStart(2, "0")).join(":");
}

const DAY_MS = 24 * 3_600_000;
const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** All of it in one line, as `codaze logs` prints it. */
export function turnLine(turn: ShownTurn, now: number): string {
  const { startedAt, name, model, ms, firstEventMs, tokens } = turn;
  const end = endWords(turn);
  const parts = [
    [clockOf(startedAt, true), name || "no account", model].join("  "),
    ...end === "" ? [] : [end],
    ...ms === null ? [] : [tookText(ms)],
    ...firstEventMs === null ? [] : [`first ${tookText(firstEventMs)}`],
    ...tokens === null ? [] : [tokensText(turn)],
  ];
  const reason = reasonWords(turn, now);
  return parts.join(", ") + (reason === "" ? "" : `; ${reason}`);
}

function tokensText(turn: ShownTurn): string {
  const { input = 0, output = 0 } = turn.tokens ?? {};
  const cached = cachedText(turn);
  const share = cached === "" ? "" : ` (${cached} cached)`;
  return `${shortNumber(input)}${share} → ${shortNumber(output)} tokens`;
}

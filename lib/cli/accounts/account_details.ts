/** All that is known of one account, line by line. Pure. */
import { bold } from "@std/fmt";
import { join } from "@std/path";
import type { AccountView } from "../../server/admin/account_view.ts";
import type {
  LimitView,
  QuotaView,
  WindowView,
} from "../../server/admin/quota_view.ts";
import { padTo, visible } from "../terminal/text_width.ts";
import { agoText, counted, localText, untilText } from "../terminal/words.ts";
import {
  errorWords,
  isStale,
  leftWords,
  shownName,
  stateWords,
} from "./account_words.ts";

export interface DetailOptions {
  readonly accountsDir: string;
  /** Name of the account that serves instead, if this one is a duplicate. */
  readonly twin: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A line; of those with one name, only the first shows it. */
type Line = readonly [name: string, text: string];

export function accountDetails(
  account: AccountView,
  options: DetailOptions,
): string {
  const { now } = options;
  const { quota, email, plan_type: plan } = account;
  const name = shownName(account);
  const title = [
    email === null || email === name ? name : `${name} (${email})`,
    quota?.plan_type ?? plan ?? "",
  ].filter((text) => text !== "").join(", ");
  const lines: readonly Line[] = [
    ["state", stateLine(account, options)],
    ...quota === null
      ? [["quota", "nothing is known yet"] as const]
      : quotaLines(quota, now),
    ["settings", settingsLine(account)],
    ["last turn", agoText(account.last_success_at, now)],
    ["last error", errorLine(account, now)],
    ["sign-in", signInLine(account, now)],
    ["file", fileLine(account, options)],
    ["id", account.id],
  ];
  return [bold(visible(title)), ...laidOut(lines)].join("\n");
}

function laidOut(lines: readonly Line[]): readonly string[] {
  const shown = lines.filter(([, text]) => text !== "");
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, text], at) => {
    const isAgain = shown[at - 1]?.[0] === name;
    return `  ${padTo(isAgain ? "" : name, width)}${visible(text)}`;
  });
}

function stateLine(account: AccountView, { twin, now }: DetailOptions): string {
  const { in_flight_requests: inFlight, serves_at: at } = account;
  return [
    stateWords(account, { twin, now }),
    ...at === null ? [] : [`until ${moment(at, now)}`],
    ...inFlight === 0 ? [] : [`${inFlight} in flight`],
  ].join(", ");
}

function quotaLines(quota: QuotaView, now: number): readonly Line[] {
  const { limits, credits, reset_credits: resets, spend } = quota;
  const age = agoText(quota.observed_at, now);
  const source = SOURCES.get(quota.source) ?? quota.source;
  return [
    ...limits.flatMap((limit) => limitLines(limit, now)),
    ["figures", `${age}, ${source}${isStale(quota, now) ? " (old)" : ""}`],
    ["credits", creditsText(credits)],
    ["resets", resets === null ? "" : `${counted(resets, "reset")} to spend`],
    ["spending cap", spend === null ? "" : spendText(spend, now)],
  ];
}

const SOURCES: ReadonlyMap<string, string> = new Map([
  ["headers", "from an answer"],
  ["event", "from a stream"],
  ["usage_page", "from the page of usage"],
  ["refusal", "from a refusal"],
  ["saved", "from before the start of the gateway"],
]);

function limitLines(limit: LimitView, now: number): readonly Line[] {
  const { id, name, windows, blocked_until: until, recheck_at: look } = limit;
  const of = id === "codex" ? "" : ` of ${name ?? id}`;
  const block = until === null
    ? ""
    : `refused${of} until ${moment(until, now)}` +
      (look === null ? "" : `; looked at again ${untilText(look, now)}`);
  return [
    ...windows.map((window) =>
      [lengthName(window), windowText(window, now) + of] as const
    ),
    ["block", block],
  ];
}

function lengthName({ class: kind, minutes }: WindowView): string {
  if (minutes === null) return kind === "short" ? "short window" : kind;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h`;
  return kind === "week" ? "week" : `${Math.round(minutes / (24 * 60))} days`;
}

function windowText(window: WindowView, now: number): string {
  const left = leftWords(window);
  if (left === "fresh") return "fresh: it begins with the next turn";
  const { resets_at: at } = window;
  return `${left} left` + (at === null ? "" : `, resets ${moment(at, now)}`);
}

function creditsText(credits: QuotaView["credits"]): string {
  if (credits === null) return "";
  if (credits.unlimited) return "unlimited";
  if (!credits.has_credits) return "none";
  return credits.balance === null ? "some" : `${credits.balance} left`;
}

function spendText(
  { reached, used_percent: used, resets_at: at }: NonNullable<
    QuotaView["spend"]
  >,
  now: number,
): string {
  return [
    ...reached === true ? ["reached"] : [],
    ...used === null ? [] : [`${used}% used`],
    ...at === null ? [] : [`resets ${moment(at, now)}`],
  ].join(", ");
}

function settingsLine(
  { paused, priority, keep, weight }: AccountView,
): string {
  return [
    ...paused ? ["paused"] : [],
    `priority ${priority}`,
    `keeps ${keep}%`,
    weight === null ? "weight by its plan" : `weight ${weight}`,
  ].join(", ");
}

function errorLine(
  { last_error: error, last_error_at: at }: AccountView,
  now: number,
): string {
  if (error === null) return "";
  const age = agoText(at, now);
  return age === "" ? errorWords(error) : `${age}: ${errorWords(error)}`;
}

function signInLine(account: AccountView, now: number): string {
  const { access_token_expires_at: until, last_refresh_at: at } = account;
  return [
    until === null
      ? "no access token yet"
      : `token good until ${moment(until, now)}`,
    ...at === null ? [] : [`refreshed ${agoText(at, now)}`],
  ].join(", ");
}

function fileLine(
  { id, serves }: AccountView,
  { accountsDir }: DetailOptions,
): string {
  return serves === "invalid" ? "" : join(accountsDir, `${id}.json`);
}

/** "Wed 2 Dec, 13:14 (in 2 d 23 h)", by the clock of this machine. */
function moment(at: string, now: number): string {
  return `${localText(at)} (${untilText(at, now)})`;
}

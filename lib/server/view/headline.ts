/**
 * The state of the pool in one or two sentences: can I work now, who is back
 * when, what must I do? Pure.
 */
import type { PoolFiguresView } from "../admin/pool_figures.ts";
import type { ShownAccount } from "./shown_account.ts";
import { counted, listed } from "./words.ts";

/**
 * Text, or a time (RFC 3339) that its reader writes as its clock has it, such
 * as "at 14:40 (in 1 h 12 min)".
 */
export type HeadlinePart = string | { readonly at: string };

export type HeadlineAccount = Pick<
  ShownAccount,
  "name" | "serves" | "serves_at" | "duplicate_of" | "state"
>;

/** `windows` are the pool's, as `PoolFiguresView` has them. */
export function headline(
  accounts: readonly HeadlineAccount[],
  windows: PoolFiguresView["windows"],
): readonly HeadlinePart[] {
  const own = accounts.filter((one) => one.duplicate_of === null);
  const out = own.filter(isSignedOut);
  const usable = own.filter((one) => !isSignedOut(one));
  const able = usable.filter(({ serves }) => serves === "now");
  if (own.length === 0) return ["No account yet: codaze login"];
  if (usable.length === 0) return [signIn(out)];
  const sentence = able.length === usable.length
    ? ready(usable.length, windows)
    : able.length > 0
    ? some(usable, able)
    : none(usable);
  return out.length === 0 ? sentence : [...sentence, ` ${signIn(out)}`];
}

function isSignedOut({ serves, state }: HeadlineAccount): boolean {
  return serves === "invalid" || state.words === "signed out";
}

function signIn(out: readonly HeadlineAccount[]): string {
  const names = listed(out.map(({ name }) => name));
  return out.length === 1
    ? `${names} needs a new sign-in: codaze login`
    : `${names} need a new sign-in: codaze login`;
}

function ready(
  count: number,
  windows: PoolFiguresView["windows"],
): readonly HeadlinePart[] {
  const parts = windows.toReversed().map(({ class: kind, used_percent }) =>
    `${Math.max(0, 100 - used_percent)} % of ${WINDOWS[kind] ?? "a limit"}`
  );
  if (parts.length === 0) {
    return [`Ready. ${counted(count, "account")} can serve.`];
  }
  const isOne = parts.length === 1;
  return [`Ready. ${parts.join(" and ")} ${isOne ? "is" : "are"} left.`];
}

const WINDOWS: Readonly<Record<string, string>> = {
  short: "the 5-hour windows",
  week: "this week",
  long: "this month",
};

function some(
  usable: readonly HeadlineAccount[],
  able: readonly HeadlineAccount[],
): readonly HeadlinePart[] {
  const start = `${able.length} of ${
    counted(usable.length, "account")
  } can serve`;
  const back = firstBack(usable);
  if (back !== undefined) {
    return [`${start}; ${back.name} is back `, { at: back.at }, "."];
  }
  const away = usable.filter((one) => !able.includes(one));
  const paused = away.filter(({ serves }) => serves === "paused");
  return paused.length === away.length
    ? [
      `${start}; ${listed(paused.map(({ name }) => name))} ${
        paused.length === 1 ? "is" : "are"
      } paused.`,
    ]
    : [`${start}.`];
}

function none(usable: readonly HeadlineAccount[]): readonly HeadlinePart[] {
  const waiting = usable.filter(({ serves }) => serves !== "paused");
  if (waiting.length === 0) {
    return [
      usable.length === 1
        ? "The account is paused: resume it to go on."
        : "All accounts are paused: resume one to go on.",
    ];
  }
  const isSpent = waiting.every(({ serves }) => SPENT.has(serves));
  const start = isSpent
    ? "Everything is used up"
    : "No account can serve just now";
  const back = firstBack(usable);
  return back === undefined
    ? [`${start}.`]
    : [`${start}; ${back.name} is back `, { at: back.at }, "."];
}

const SPENT: ReadonlySet<string> = new Set([
  "spent",
  "quota_exhausted",
  "kept",
]);

function firstBack(
  accounts: readonly HeadlineAccount[],
): { readonly name: string; readonly at: string } | undefined {
  const waiting = accounts.flatMap(({ name, serves, serves_at: at }) =>
    serves === "now" || at === null ? [] : [{ name, at }]
  );
  return waiting.toSorted((a, b) => a.at < b.at ? -1 : 1)[0];
}

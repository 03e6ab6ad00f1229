/** The pool in one line. Pure. */
import type { PoolView } from "../../server/admin/pool_view.ts";
import { counted, untilText } from "../terminal/words.ts";

/** Such as "3 accounts, 2 can serve, 61% of the week left; next reset in 2 h". */
export function summaryText(
  { accounts, pool }: PoolView,
  { via, now }: {
    readonly via: "gateway" | "folder";
    /** Milliseconds since the epoch. */
    readonly now: number;
  },
): string {
  const of = (why: string) =>
    accounts.filter(({ serves }) => serves === why).length;
  const parts = [counted(accounts.length, "account")];
  if (via === "gateway") parts.push(`${of("now")} can serve`);
  for (const [why, words] of WORTH_A_WORD) {
    if (of(why) > 0) parts.push(`${of(why)} ${words}`);
  }
  const left = leftText(pool);
  if (left !== undefined) parts.push(left);
  const reset = untilText(pool?.next_reset_at ?? null, now);
  return parts.join(", ") + (reset === "" ? "" : `; next reset ${reset}`);
}

/** Of the window that work is planned for; undefined if none is known. */
function leftText(pool: PoolView["pool"]): string | undefined {
  for (const [kind, name] of NAMES) {
    const window = pool?.windows.find((one) => one.class === kind);
    if (window === undefined) continue;
    return `${Math.floor(100 - window.used_percent)}% of ${name} left`;
  }
  return undefined;
}

const NAMES = [
  ["week", "the week"],
  ["long", "the month"],
  ["short", "the 5 h"],
] as const;

const WORTH_A_WORD = [["paused", "paused"], ["invalid", "signed out"]] as const;

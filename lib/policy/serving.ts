/** What the numbers and settings of an account say about new turns. Pure. */
import type { AccountView, Out } from "./input.ts";
import { rest } from "./windows.ts";

/** Why it may not begin a turn although it is ready; undefined if it may. */
export function whyNotNow(account: AccountView, now: number): Out | undefined {
  if (account.paused) return "paused";
  const least = leastRest(account, now);
  // What is kept is never asked for, not even where nobody else can serve.
  if (account.keep > 0 && least <= account.keep) return "kept";
  return least <= 0 && !account.hasCredits ? "spent" : undefined;
}

function leastRest({ windows = [] }: AccountView, now: number): number {
  let least = 100;
  for (const window of windows) least = Math.min(least, rest(window, now));
  return least;
}

/** When it may begin turns again, by its numbers; `now` if it may already. */
export function backAt(account: AccountView, now: number): number {
  const { windows = [], keep } = account;
  const full = windows.filter((window) => rest(window, now) <= keep);
  return Math.max(now, ...full.map(({ resetsAt = now }) => resetsAt));
}

/** Neither invalid nor a duplicate of another one. */
export function isUsable({ why }: AccountView): boolean {
  return why !== "invalid" && why !== "duplicate";
}

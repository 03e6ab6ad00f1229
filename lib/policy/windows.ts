/** What a window has left, and for how long. Pure. */
import type { Window, WindowClass } from "../quota/quota.ts";
import type { AccountView } from "./input.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Where upstream does not say how long a window is. */
const USUAL_MS: Readonly<Record<WindowClass, number>> = {
  short: 5 * 60 * MINUTE_MS,
  week: 7 * DAY_MS,
  long: 30 * DAY_MS,
};

/** In percent. All of it once its reset has passed. */
export function rest({ used, resetsAt }: Window, now: number): number {
  return resetsAt !== undefined && resetsAt <= now ? 100 : 100 - used;
}

export function isRunning({ running, resetsAt }: Window, now: number): boolean {
  return running && (resetsAt === undefined || resetsAt > now);
}

/** In milliseconds. */
export function lengthOf({ class: kind, minutes }: Window): number {
  return minutes === undefined ? USUAL_MS[kind] : minutes * MINUTE_MS;
}

/** Milliseconds until its reset; its whole length if it is not running. */
export function left(window: Window, now: number): number {
  const { resetsAt } = window;
  return isRunning(window, now) && resetsAt !== undefined
    ? resetsAt - now
    : lengthOf(window);
}

export function windowOfClass(
  { windows = [] }: AccountView,
  kind: WindowClass,
): Window | undefined {
  return windows.find((window) => window.class === kind);
}

/** The window that work is planned for: the week, or what stands for it. */
export function mainWindow(account: AccountView): Window | undefined {
  return windowOfClass(account, "week") ?? windowOfClass(account, "long") ??
    windowOfClass(account, "short");
}

/** Whether its week is not running. One that is unknown counts as such. */
export function isClosed(
  { windows, ...account }: AccountView,
  now: number,
): boolean {
  if (windows === undefined) return true;
  const main = mainWindow({ windows, ...account });
  return main !== undefined && main.class !== "short" && !isRunning(main, now);
}

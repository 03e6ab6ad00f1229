/** Accounts as decisions see them, and pools of them by chance. */
import {
  type AccountView,
  type DecisionInput,
  POLICY_NAMES,
} from "../../lib/policy/input.ts";
import type { Window, WindowClass } from "../../lib/quota/quota.ts";
import type { Random } from "../support/random.ts";

export const NOW = Date.UTC(2026, 10, 29, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const MINUTES: Readonly<Record<WindowClass, number>> = {
  short: 300,
  week: 7 * 24 * 60,
  long: 30 * 24 * 60,
};

/** `resetsIn`: milliseconds from now; undefined: it is not running. */
export function window(
  kind: WindowClass,
  used: number,
  resetsIn: number | undefined,
): Window {
  const minutes = MINUTES[kind];
  return {
    class: kind,
    minutes,
    used,
    resetsAt: NOW + (resetsIn ?? minutes * MINUTE),
    running: resetsIn !== undefined,
  };
}

export function week(used: number, resetsIn: number | undefined): Window {
  return window("week", used, resetsIn);
}

export function short(used: number, resetsIn: number | undefined): Window {
  return window("short", used, resetsIn);
}

/** Ready; half of its week is left and runs for some days. */
export function view(
  id: string,
  part: Partial<AccountView> = {},
): AccountView {
  return {
    id,
    readiness: "ready",
    inFlight: 0,
    windows: [week(50, 3 * DAY)],
    hasCredits: false,
    weight: 1,
    paused: false,
    priority: 0,
    keep: 0,
    ...part,
  };
}

/** A new session's request that has asked nobody yet. */
export function input(
  accounts: readonly AccountView[],
  part: Partial<DecisionInput> = {},
): DecisionInput {
  return {
    now: NOW,
    policy: "quota",
    inTurn: false,
    tried: [],
    doubts: [],
    accounts,
    ...part,
  };
}

/** Its week runs. */
export function inUse(id: string, used: number, resetsIn: number): AccountView {
  return view(id, { windows: [week(used, resetsIn)] });
}

export const FRESH = view("fresh", { windows: [week(1, 6 * DAY)] });
export const AWAY = view("away", { readiness: "away" });
/** Upstream has refused it for its quota. */
export const REFUSED = view("refused", {
  readiness: "away",
  why: "quota_exhausted",
});
export const SPENT = view("spent", { windows: [week(100, DAY)] });
export const PAUSED = view("paused", { paused: true });
export const KEPT = view("kept", { windows: [week(80, DAY)], keep: 20 });

const IDS = ["ada", "barbara", "edsger", "grace", "linus", "margaret"];

/** Everything that a decision may look at, with many ties and edges. */
export function randomInput(random: Random): DecisionInput {
  const ids = IDS.slice(0, 1 + random.int(IDS.length));
  const maybe = () => random.oneIn(2) ? random.pick(IDS) : undefined;
  return input(ids.map((id) => randomView(id, random)), {
    // Mostly the one that has rules of its own.
    policy: random.oneIn(3) ? random.pick(POLICY_NAMES) : "quota",
    owner: maybe(),
    standIn: maybe(),
    inTurn: random.oneIn(4),
    tried: ids.filter(() => random.oneIn(6)),
    doubts: (["doubtful", "told", "untested"] as const)
      .filter(() => random.oneIn(2)),
    lastPicked: maybe(),
  });
}

function randomView(id: string, random: Random): AccountView {
  const isReady = !random.oneIn(5);
  return view(id, {
    readiness: isReady
      ? "ready"
      : random.pick(["doubtful", "told", "untested", "away"]),
    why: isReady
      ? undefined
      : random.pick(["quota_exhausted", "invalid", "duplicate"]),
    until: isReady || random.oneIn(3) ? undefined : NOW + random.int(3) * HOUR,
    inFlight: random.int(3),
    lastSelectedAt: random.oneIn(3) ? undefined : random.int(3),
    windows: random.oneIn(5) ? undefined : randomWindows(random),
    hasCredits: random.oneIn(8),
    weight: random.pick([0.15, 1, 1, 5, 6.7]),
    paused: random.oneIn(8),
    priority: random.oneIn(4) ? random.int(3) - 1 : 0,
    keep: random.oneIn(5) ? random.pick([1, 20, 50]) : 0,
  });
}

function randomWindows(random: Random): readonly Window[] {
  return (["short", "week", "long"] as const)
    .filter((kind) => random.oneIn(kind === "long" ? 6 : 2))
    .map((kind) => {
      const length = MINUTES[kind] * MINUTE;
      const one = window(
        kind,
        random.oneIn(3) ? random.pick([0, 90, 98, 99, 100]) : random.int(101),
        // Of ten moments one has passed; equal ones are frequent.
        Math.round((random.int(10) - 0.5) / 9 * length),
      );
      if (random.oneIn(4)) return window(kind, 0, undefined);
      return random.oneIn(8) ? { ...one, resetsAt: undefined } : one;
    });
}

/** The same accounts in another order. */
export function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items.map((item) => ({ item, place: random.int(2 ** 31) }))
    .sort((a, b) => a.place - b.place).map(({ item }) => item);
}

/** Views for tests, as a terminal has them. */
import type {
  Shown,
  ShownAccount,
  ShownTurn,
} from "../../../lib/cli/watch/shown.ts";

/** In local time, because the screen is. */
export const NOW = new Date(2026, 10, 22, 13, 58, 39).getTime();
export const HOUR_MS = 3_600_000;

export function accountOf(changes: Partial<ShownAccount> = {}): ShownAccount {
  return {
    id: changes.name ?? "main",
    name: "main",
    mark: "ready",
    words: "ready",
    until: null,
    week: { percent: 57, resetsAt: NOW + 71 * HOUR_MS, running: true },
    short: { percent: 100, resetsAt: null, running: false },
    inFlight: 0,
    paused: false,
    ...changes,
  };
}

export function turnOf(changes: Partial<ShownTurn> = {}): ShownTurn {
  return {
    id: 1,
    startedAt: NOW - 10_000,
    model: "gpt-6.2-sol",
    account: "main",
    name: "main",
    moved: null,
    rule: "owner",
    outcome: "completed",
    why: null,
    firstEventMs: 420,
    ms: 3_210,
    tokens: { input: 9_800, cached: 8_900, output: 104 },
    ...changes,
  };
}

export function shownOf(changes: Partial<Shown> = {}): Shown {
  return {
    now: NOW,
    about: {
      version: "0.4.0",
      startedAt: NOW - 2 * HOUR_MS,
      accountsDir: "/home/you/.codaze",
      publicOrigin: "http://127.0.0.1:18039",
      adminOrigin: "http://127.0.0.1:18040",
    },
    headline: ["Ready. 57 % of this week is left."],
    policy: "quota",
    canServe: 1,
    turnsOpen: 0,
    turnsEnded: 1,
    accounts: [accountOf()],
    turns: [turnOf()],
    problems: [],
    ...changes,
  };
}

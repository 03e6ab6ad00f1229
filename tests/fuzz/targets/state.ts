/** What the pool remembers over a restart, from a file that may be damaged. */
import {
  newState,
  readState,
  writeState,
} from "../../../lib/accounts/state/saved_state.ts";
import { blockOf } from "../../../lib/quota/block.ts";
import { bytesOf, holds, same, type Target, textOf } from "../target.ts";

const NOW = 1_764_374_400_000;

const SAMPLE = writeState({
  ...newState(NOW),
  people: new Map([["p".repeat(43), {
    quota: {
      plan: "plus",
      limits: new Map([["codex", {
        id: "codex",
        name: "gpt-6.1-sol",
        windows: [{
          class: "week",
          minutes: 10_080,
          used: 41.5,
          resetsAt: NOW + 5,
          running: true,
        }],
        at: NOW,
        source: "headers",
      }]]),
      credits: { hasCredits: true, unlimited: false, balance: "3" },
      resetCredits: 2,
      at: NOW,
      source: "headers",
    },
    blocks: [
      blockOf({ limit: "codex", model: "m", until: NOW + 9, told: true }, {
        now: NOW,
        chance: 0,
      }),
    ],
    settings: { paused: true, priority: 1, keep: 5, weight: 2 },
  }]]),
  sessions: [{
    session: "s".repeat(43),
    person: "p".repeat(43),
    usedAt: NOW,
  }],
}, NOW);

export const STATE: Target = {
  name: "state",
  samples: [bytesOf(SAMPLE)],
  words: [
    '"used":101',
    '"minutes":0',
    '"keep":1e9',
    "null",
    '"since":-1',
    "[]",
  ],
  check: (input) => {
    const state = readState(textOf(input), NOW);
    if (state === undefined) return;
    for (const { settings, blocks, quota } of state.people.values()) {
      holds(settings.keep >= 0 && settings.keep < 100, "keep in range");
      holds(Math.abs(settings.priority) <= 9, "priority in range");
      holds(blocks.every(({ until }) => until > NOW), "no block that is over");
      for (const { windows } of quota?.limits.values() ?? []) {
        holds(
          windows.every(({ used, minutes = 1 }) =>
            used >= 0 && used <= 100 && minutes >= 1
          ),
          "windows in range",
        );
      }
    }
    same(readState(writeState(state, NOW), NOW), state, "written and read");
  },
};

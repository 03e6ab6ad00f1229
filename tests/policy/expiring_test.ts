/** The policy `quota`: which of the running weeks serves, and if none is known. */
import { assertEquals } from "@std/assert";
import { decide } from "../../lib/policy/decide.ts";
import { type QuotaCase, testQuota } from "./cases.ts";
import {
  DAY,
  HOUR,
  input,
  inUse,
  MINUTE,
  short,
  view,
  week,
  window,
} from "./views.ts";

const EXPIRING: readonly QuotaCase[] = [
  [
    "the rest that expires first",
    [inUse("ada", 50, 3 * DAY), inUse("barbara", 50, 2 * DAY)],
    "barbara",
    "expiring",
  ],
  [
    "the larger rest",
    [inUse("ada", 50, 3 * DAY), inUse("barbara", 49, 3 * DAY)],
    "barbara",
    "expiring",
  ],
  [
    "a rest of 36 % in half the time",
    [inUse("ada", 0, 2 * DAY), inUse("barbara", 64, DAY)],
    "barbara",
    "expiring",
  ],
  [
    "no rest of 35 % in half the time",
    [inUse("ada", 0, 2 * DAY), inUse("barbara", 65, DAY)],
    "ada",
    "expiring",
  ],
  [
    "the larger rest of two that expire within 5 minutes",
    [inUse("ada", 50, 4 * MINUTE), inUse("barbara", 60, 1)],
    "ada",
    "expiring",
  ],
  [
    "the one longest unselected of equals",
    [
      { ...inUse("ada", 50, DAY), lastSelectedAt: 2 },
      { ...inUse("barbara", 50, DAY), lastSelectedAt: 1 },
    ],
    "barbara",
    "expiring",
  ],
  [
    "the first id of equals",
    [inUse("barbara", 50, DAY), inUse("ada", 50, DAY)],
    "ada",
    "expiring",
  ],
  [
    "a larger rest than half of what is left where half of the short window is",
    [
      view("ada", { windows: [short(50, HOUR), week(50, DAY)] }),
      inUse("barbara", 74, DAY),
    ],
    "barbara",
    "expiring",
  ],
  [
    "no smaller rest than that",
    [
      view("ada", { windows: [short(50, 4 * HOUR), week(50, DAY)] }),
      inUse("barbara", 76, DAY),
    ],
    "ada",
    "expiring",
  ],
  [
    "one whose short window is full again",
    [
      view("ada", { windows: [short(99, -1), week(50, DAY)] }),
      inUse("barbara", 51, DAY),
    ],
    "ada",
    "expiring",
  ],
  [
    "by the month where there is no week",
    [
      view("ada", { windows: [window("long", 50, 3 * DAY)] }),
      inUse("barbara", 50, 2 * DAY),
    ],
    "barbara",
    "expiring",
  ],
  [
    "by the short window where there is nothing else",
    [
      view("ada", { windows: [short(50, 3 * HOUR)] }),
      view("barbara", { windows: [short(50, 2 * HOUR)] }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "by a short window that counts once",
    [
      view("ada", { windows: [short(50, 2 * HOUR)] }),
      view("barbara", { windows: [short(20, 3 * HOUR)] }),
    ],
    "ada",
    "expiring",
  ],
  [
    "a short window that runs before one that does not",
    [
      view("ada", { windows: [short(0, undefined)] }),
      view("barbara", { windows: [short(50, HOUR)] }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "what nothing limits last",
    [view("ada", { windows: [] }), inUse("barbara", 90, 6 * DAY)],
    "barbara",
    "expiring",
  ],
  [
    "the one longest unselected of those that nothing limits",
    [
      view("ada", { windows: [], lastSelectedAt: 2 }),
      view("barbara", { windows: [], lastSelectedAt: 1 }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "none with 10 % of its short window left while another has more",
    [
      view("ada", { windows: [short(90, HOUR), week(10, HOUR)] }),
      view("barbara", { windows: [short(89, HOUR), week(50, 6 * DAY)] }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "none with 2 % of its week left while another has more",
    [inUse("ada", 98, MINUTE), inUse("barbara", 97, 6 * DAY)],
    "barbara",
    "expiring",
  ],
  [
    "none with 2 % of its month left while another has more",
    [
      view("ada", { windows: [window("long", 98, MINUTE)] }),
      inUse("barbara", 97, 6 * DAY),
    ],
    "barbara",
    "expiring",
  ],
  [
    "one with little left if all have little",
    [inUse("ada", 99, DAY), inUse("barbara", 99, HOUR)],
    "barbara",
    "expiring",
  ],
  [
    "no one that lives on its credits while another has some left",
    [
      { ...inUse("ada", 100, HOUR), hasCredits: true },
      inUse("barbara", 97, 6 * DAY),
    ],
    "barbara",
    "expiring",
  ],
];

const UNKNOWN: readonly QuotaCase[] = [
  [
    "the one with fewest in flight if nothing is known",
    [
      view("ada", { windows: undefined, inFlight: 2, weight: 5 }),
      view("barbara", { windows: undefined, inFlight: 1 }),
    ],
    "barbara",
    "unknown",
  ],
  [
    "an unknown one if all that is known is nearly spent",
    [
      view("ada", { windows: undefined, inFlight: 2 }),
      view("barbara", { windows: undefined, inFlight: 1 }),
      inUse("edsger", 99, DAY),
    ],
    "barbara",
    "unknown",
  ],
];

testQuota([...EXPIRING, ...UNKNOWN]);

Deno.test("fifty sessions that begin at once are spread over the accounts", () => {
  const inFlight = new Map([["a", 0], ["b", 0], ["c", 0]]);
  for (let n = 0; n < 50; n++) {
    const accounts = [...inFlight].map(([id, count], at) =>
      view(id, { inFlight: count, windows: [week(20, (at + 1) * DAY)] })
    );
    const { account = "" } = decide(input(accounts));
    inFlight.set(account, (inFlight.get(account) ?? 0) + 1);
  }
  // The week that expires first has the eight that come first, and the rest.
  assertEquals([...inFlight.values()], [18, 16, 16]);
});

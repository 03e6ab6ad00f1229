/** The policy `quota`: when a week that is not running begins. */
import { type QuotaCase, testQuota } from "./cases.ts";
import {
  DAY,
  HOUR,
  inUse,
  MINUTE,
  short,
  view,
  week,
  window,
} from "./views.ts";

const NOT_RUNNING = [week(0, undefined)];

const OPEN: readonly QuotaCase[] = [
  [
    "the week that a turn in flight begins, and no other",
    [
      view("ada", { windows: NOT_RUNNING }),
      view("barbara", { windows: NOT_RUNNING, inFlight: 1 }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "a week that ends a fair half share from the other",
    [view("ada", { windows: NOT_RUNNING }), inUse("barbara", 10, 1.75 * DAY)],
    "ada",
    "open",
  ],
  [
    "no week that would end too soon after the other",
    [view("ada", { windows: NOT_RUNNING }), inUse("barbara", 10, 1.74 * DAY)],
    "barbara",
    "expiring",
  ],
  [
    "no week that would end too soon before the other's next one",
    [view("ada", { windows: NOT_RUNNING }), inUse("barbara", 10, 5.26 * DAY)],
    "barbara",
    "expiring",
  ],
  [
    "a week at any time if the others have less than 70 % left",
    [view("ada", { windows: NOT_RUNNING }), inUse("barbara", 31, DAY)],
    "ada",
    "open",
  ],
  [
    "no week if the others have 70 % left",
    [view("ada", { windows: NOT_RUNNING }), inUse("barbara", 30, DAY)],
    "barbara",
    "expiring",
  ],
  [
    "no week if a large account has much left, whatever a small one has",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 90, DAY),
      { ...inUse("edsger", 10, 6 * DAY), weight: 5 },
    ],
    "barbara",
    "expiring",
  ],
  [
    "a week if a spent account has hardly anything left",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 10, DAY),
      inUse("edsger", 100, DAY),
    ],
    "ada",
    "open",
  ],
  [
    "a week beside that of a paused account",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 10, 3.5 * DAY),
      { ...inUse("edsger", 0, MINUTE), paused: true },
    ],
    "ada",
    "open",
  ],
  [
    "a week beside that of an account that is signed out",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 10, 3.5 * DAY),
      { ...inUse("edsger", 0, MINUTE), readiness: "away", why: "invalid" },
    ],
    "ada",
    "open",
  ],
  [
    "a week beside that of a duplicate",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 10, 3.5 * DAY),
      { ...inUse("edsger", 0, MINUTE), readiness: "away", why: "duplicate" },
    ],
    "ada",
    "open",
  ],
  [
    "a week whatever short window runs",
    [
      view("ada", { windows: NOT_RUNNING }),
      view("barbara", { windows: [short(0, 2 * HOUR)] }),
    ],
    "ada",
    "open",
  ],
  [
    "no week that would end with a month after some weeks",
    [
      view("ada", { windows: NOT_RUNNING }),
      view("barbara", { windows: [window("long", 10, 20 * DAY)] }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "a week that would end between the ends of a month",
    [
      view("ada", { windows: NOT_RUNNING }),
      view("barbara", { windows: [window("long", 10, 17.5 * DAY)] }),
    ],
    "ada",
    "open",
  ],
  [
    "no week beside one whose end is not told",
    [
      view("ada", { windows: NOT_RUNNING }),
      view("barbara", { windows: [{ ...week(10, 1), resetsAt: undefined }] }),
    ],
    "barbara",
    "expiring",
  ],
  [
    "no week beside that of an account that is away",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 10, 3.5 * DAY),
      { ...inUse("edsger", 0, HOUR), readiness: "away" },
    ],
    "barbara",
    "expiring",
  ],
  [
    "the largest of those that do not run",
    [
      view("ada", { windows: NOT_RUNNING }),
      view("barbara", { windows: NOT_RUNNING, weight: 5 }),
    ],
    "barbara",
    "open",
  ],
  [
    "the one longest unselected of those that do not run",
    [
      view("ada", { windows: NOT_RUNNING, lastSelectedAt: 2 }),
      view("barbara", { windows: NOT_RUNNING, lastSelectedAt: 1 }),
    ],
    "barbara",
    "open",
  ],
  [
    "a week whose reset has passed",
    [inUse("ada", 100, -HOUR), inUse("barbara", 10, 3 * DAY)],
    "ada",
    "open",
  ],
  [
    "a month that ends far from the week",
    [
      view("ada", { windows: [window("long", 0, undefined)] }),
      inUse("barbara", 10, 7.5 * DAY),
    ],
    "ada",
    "open",
  ],
  [
    "an unknown account, which counts as not running",
    [view("ada", { windows: undefined }), inUse("barbara", 10, 3 * DAY)],
    "ada",
    "open",
  ],
  [
    "no unknown account beside one that expires",
    [view("ada", { windows: undefined }), inUse("barbara", 10, 22.5 * HOUR)],
    "barbara",
    "expiring",
  ],
  [
    "what does not run if nothing roomy does",
    [
      view("ada", { windows: NOT_RUNNING }),
      inUse("barbara", 98, DAY),
      { ...inUse("edsger", 0, DAY), readiness: "away", weight: 5 },
    ],
    "ada",
    "open",
  ],
];

testQuota(OPEN);

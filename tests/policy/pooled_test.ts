/** What the pool has left, from what its accounts have left. */
import { assert, assertEquals } from "@std/assert";
import type { AccountView, Readiness } from "../../lib/policy/input.ts";
import { isBlocked, mayServe, pooled } from "../../lib/policy/pooled.ts";
import type { Window, WindowClass } from "../../lib/quota/quota.ts";
import { type Random, seeded } from "../support/random.ts";

const NOW = 1_800_000_000_000;
const MINUTES = { short: 300, week: 10_080, long: 43_200 } as const;
const HOUR_MS = 3_600_000;

function window(
  kind: WindowClass,
  used: number,
  resetsIn: number | undefined = HOUR_MS,
): Window {
  return {
    class: kind,
    minutes: MINUTES[kind],
    used,
    resetsAt: resetsIn === undefined ? undefined : NOW + resetsIn,
    running: used > 0,
  };
}

function view(given: Partial<AccountView> = {}): AccountView {
  return {
    id: "a",
    readiness: "ready",
    inFlight: 0,
    hasCredits: false,
    weight: 1,
    paused: false,
    priority: 0,
    keep: 0,
    ...given,
  };
}

/** Each window as `class used%`, and `out` if nobody can serve. */
function shown(accounts: readonly AccountView[]): string {
  const figures = pooled(accounts, NOW);
  if (figures === undefined) return "nothing";
  const windows = figures.windows.map((one) =>
    `${one.class} ${Math.round(one.used * 10) / 10}%`
  );
  return [...windows, ...figures.canServe ? [] : ["out"]].join(", ");
}

const spent = { readiness: "away", why: "quota_exhausted" } as const;
const usual = (short: number, week: number) => ({
  windows: [window("short", short), window("week", week)],
});

const POOLS: ReadonlyArray<
  [what: string, accounts: readonly Partial<AccountView>[], expected: string]
> = [
  ["no accounts", [], "nothing"],
  ["an account that has told nothing", [{}], "nothing"],
  ["one account", [usual(97, 40)], "short 97%, week 40%"],
  [
    "one of three nearly at its end",
    [usual(97, 40), usual(0, 0), usual(0, 0)],
    "short 32.3%, week 13.3%",
  ],
  [
    "by what each plan allows",
    [{ ...usual(50, 50), weight: 4 }, usual(0, 0)],
    "short 40%, week 40%",
  ],
  [
    "one without short windows has all of them",
    [usual(80, 20), { windows: [window("week", 60)] }],
    "short 40%, week 40%",
  ],
  ["only weeks", [{ windows: [window("week", 60)] }], "week 60%"],
  [
    "one that is spent in one class has nothing in any",
    [usual(100, 20), usual(0, 0)],
    "short 50%, week 50%",
  ],
  [
    "one that is refused has nothing, whatever its windows say",
    [{ ...usual(10, 20), ...spent }, usual(0, 0)],
    "short 50%, week 50%",
  ],
  [
    "one that is refused, and has told nothing else",
    [spent, usual(0, 0)],
    "short 50%, week 50%",
  ],
  ["only one that is refused and has told nothing", [spent], "out"],
  [
    "all refused",
    [{ ...usual(99, 20), ...spent }],
    "short 100%, week 100%, out",
  ],
  ["all spent", [usual(100, 1), usual(1, 100)], "short 100%, week 100%, out"],
  [
    "all spent but one that has told nothing",
    [usual(100, 1), {}],
    "short 99%, week 99%",
  ],
  [
    "all refused, one of them in doubt",
    [{ ...usual(99, 20), ...spent, readiness: "untested" }],
    "short 99%, week 99%",
  ],
  [
    "one that pays beyond its windows",
    [{ ...usual(100, 20), hasCredits: true }],
    "short 99%, week 20%",
  ],
  [
    "what is kept for the owner is not the pool's",
    [{ ...usual(20, 60), keep: 20 }],
    "short 25%, week 75%",
  ],
  [
    "the owner's part is all that is left",
    [{ ...usual(80, 0), keep: 20, hasCredits: true }],
    "short 100%, week 100%, out",
  ],
  [
    "all is kept",
    [{ ...usual(0, 0), keep: 100 }],
    "short 100%, week 100%, out",
  ],
  [
    "accounts that do not serve do not count",
    [
      usual(10, 20),
      { ...usual(100, 100), paused: true },
      { ...usual(100, 100), readiness: "away", why: "invalid" },
      { ...usual(100, 100), readiness: "away", why: "duplicate" },
    ],
    "short 10%, week 20%",
  ],
  [
    "one that waits for another reason has its rest",
    [{ ...usual(10, 20), readiness: "away", why: "rate_limited" }, usual(0, 0)],
    "short 5%, week 10%",
  ],
  [
    "a window whose reset has passed is full again",
    [{ windows: [window("short", 90, -1), window("week", 20)] }],
    "short 0%, week 20%",
  ],
  [
    "a month",
    [{ windows: [window("long", 30)] }, { windows: [window("week", 50)] }],
    "week 25%, long 15%",
  ],
];

for (const [what, accounts, expected] of POOLS) {
  Deno.test(`the pool's figures: ${what}`, () => {
    assertEquals(shown(accounts.map(view)), expected);
  });
}

/** Hours until each window of the pool comes back. */
function backIn(
  accounts: readonly Partial<AccountView>[],
): readonly (number | undefined)[] | undefined {
  return pooled(accounts.map(view), NOW)?.windows.map(({ resetsAt }) =>
    resetsAt === undefined ? undefined : (resetsAt - NOW) / HOUR_MS
  );
}

const BACK: ReadonlyArray<
  [
    what: string,
    accounts: readonly Partial<AccountView>[],
    expected: readonly (number | undefined)[],
  ]
> = [
  ["never, with nothing used", [{ windows: [window("week", 0)] }], [undefined]],
  [
    "not known",
    [{ windows: [{ ...window("week", 7), resetsAt: undefined }] }],
    [
      undefined,
    ],
  ],
  [
    "the first of those that are used",
    [
      { windows: [window("week", 9, 5 * HOUR_MS)] },
      { windows: [window("week", 1, 3 * HOUR_MS)] },
      { windows: [window("week", 0, HOUR_MS)] },
    ],
    [3],
  ],
  [
    "all spent: when the first may serve, in every class",
    [
      {
        windows: [
          window("short", 100, 2 * HOUR_MS),
          window("week", 100, 50 * HOUR_MS),
        ],
      },
      {
        windows: [
          window("short", 100, 4 * HOUR_MS),
          window("week", 40, 9 * HOUR_MS),
        ],
      },
    ],
    [4, 4],
  ],
  [
    "refused longer than its windows last",
    [{
      windows: [window("short", 100, HOUR_MS)],
      ...spent,
      until: NOW + 7 * HOUR_MS,
    }],
    [7],
  ],
  [
    "one that is refused, of a class that it has not used",
    [
      {
        windows: [window("short", 100, HOUR_MS), window("week", 0)],
        ...spent,
        until: NOW + 7 * HOUR_MS,
      },
      { windows: [window("week", 0)] },
    ],
    [1, 7],
  ],
];

for (const [what, accounts, expected] of BACK) {
  Deno.test(`some of it comes back: ${what}`, () => {
    assertEquals(backIn(accounts), expected);
  });
}

Deno.test("the length of a class is that of the largest account's window", () => {
  const of = (minutes: number | undefined, weight: number) =>
    view({ windows: [{ ...window("short", 5), minutes }], weight });
  const minutes = (...accounts: AccountView[]) =>
    pooled(accounts, NOW)?.windows[0]?.minutes;
  assertEquals(minutes(of(60, 1), of(240, 2)), 240);
  assertEquals(minutes(of(undefined, 1)), 300);
});

// Properties of random pools.

const READINESS: readonly Readiness[] = [
  "ready",
  "doubtful",
  "told",
  "untested",
  "away",
];

function randomView(random: Random, id: string): AccountView {
  const { int, oneIn, pick } = random;
  const readiness = pick(READINESS);
  const windows = (["short", "week", "long"] as const)
    .filter(() => !oneIn(3)).map((kind) =>
      window(kind, pick([0, int(101), 100]), (int(200) - 20) * HOUR_MS)
    );
  return view({
    id,
    readiness,
    why: readiness === "ready" ? undefined : pick([
      "quota_exhausted",
      "rate_limited",
      "temporarily_unavailable",
      "invalid",
      "duplicate",
    ]),
    until: oneIn(3) ? undefined : NOW + int(9) * HOUR_MS,
    windows: oneIn(5) ? undefined : windows,
    hasCredits: oneIn(5),
    weight: pick([0.15, 1, 1, 6.7]),
    paused: oneIn(6),
    keep: oneIn(4) ? int(100) : 0,
  });
}

function randomPool(random: Random): AccountView[] {
  return Array.from(
    { length: 1 + random.int(6) },
    (_, at) => randomView(random, `account-${at}`),
  );
}

/** Runs a check on many pools; a failure names its seed. */
function forPools(
  check: (pool: readonly AccountView[], random: Random) => void,
): void {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = seeded(seed);
    const pool = randomPool(random);
    try {
      check(pool, random);
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify(pool)}`, {
        cause: error,
      });
    }
  }
}

function usedOf(
  pool: readonly AccountView[],
  kind: WindowClass,
): number | undefined {
  return pooled(pool, NOW)?.windows.find((one) => one.class === kind)?.used;
}

const CLASSES = ["short", "week", "long"] as const;

Deno.test("the figures are percentages, and resets are still to come", () => {
  let windows = 0;
  forPools((pool) => {
    for (const one of pooled(pool, NOW)?.windows ?? []) {
      windows++;
      assert(one.used >= 0 && one.used <= 100);
      assert(one.resetsAt === undefined || one.resetsAt > NOW);
      assert(one.minutes > 0);
    }
  });
  assert(windows > 3000, "too few pools have figures");
});

Deno.test("100 is the same as that nobody can serve", () => {
  forPools((pool) => {
    const figures = pooled(pool, NOW);
    for (const { used } of figures?.windows ?? []) {
      assertEquals(used === 100, figures?.canServe === false);
    }
  });
});

Deno.test("neither the order of accounts nor those that do not serve matter", () => {
  forPools((pool) => {
    const before = pooled(pool, NOW);
    assertEquals(
      pooled(pool.toReversed(), NOW)?.windows.map(({ used }) =>
        used.toFixed(6)
      ),
      before?.windows.map(({ used }) => used.toFixed(6)),
    );
    assertEquals(pooled(pool.filter(mayServe), NOW), before);
  });
});

Deno.test("more used of an account is never less used of the pool", () => {
  forPools((pool, random) => {
    const at = random.int(pool.length);
    const more = pool.map((one, index) => {
      if (index !== at || one.windows === undefined) return one;
      const windows = one.windows.map((each) => ({
        ...each,
        used: Math.min(100, each.used + random.int(60)),
      }));
      return { ...one, windows };
    });
    for (const kind of CLASSES) {
      const [before, after] = [usedOf(pool, kind), usedOf(more, kind)];
      if (before === undefined) continue;
      assert((after ?? -1) >= before - 1e-9, `${kind} ${before} ${after}`);
    }
  });
});

Deno.test("a refusal of an account is never less used of the pool", () => {
  forPools((pool, random) => {
    const at = random.int(pool.length);
    if (pool[at]?.windows === undefined) return;
    const refused = pool.map((one, index) =>
      index === at && mayServe(one) ? { ...one, ...spent } : one
    );
    for (const kind of CLASSES) {
      const before = usedOf(pool, kind) ?? 0;
      assert((usedOf(refused, kind) ?? before) >= before - 1e-9);
    }
  });
});

Deno.test("the pool is neither better nor worse than all of its accounts", () => {
  forPools((pool) => {
    const known = pool.filter((one) =>
      mayServe(one) && (one.windows !== undefined || isBlocked(one))
    );
    const figures = pooled(pool, NOW);
    if (figures === undefined) return;
    for (const { class: kind, used } of figures.windows) {
      const alone = known.map((one) => {
        const own = pooled([one], NOW);
        if (isBlocked(one) || own?.canServe === false) return 100;
        return usedOf([one], kind) ?? 0;
      });
      // 99 is shown where the mean is above, so it can be under all of them.
      assert(used >= Math.min(...alone, 99) - 1e-9, `${kind} ${used} ${alone}`);
      assert(used <= Math.max(...alone) + 1e-9, `${kind} ${used} ${alone}`);
    }
  });
});

/**
 * The table of accounts on narrow and wide terminals, compared with
 * `tests/fixtures/accounts_tables.txt`, which shows it to a person.
 */
import { assert, assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import { accountsText } from "../../lib/cli/accounts/accounts_table.ts";
import { widthOf } from "../../lib/cli/terminal/text_width.ts";
import type { AccountView } from "../../lib/server/admin/account_view.ts";
import {
  at,
  DAY,
  HOUR,
  NOW,
  poolOf,
  quota,
  short,
  view,
  week,
} from "./account_views.ts";

const ADA = view("5b544517476c5f626a5f99b24f30b0a2", {
  label: "ada",
  email: "ada@example.test",
  routing_state: "cooldown",
  blocked_reason: "quota_exhausted",
  serves: "quota_exhausted",
  serves_at: at(3 * HOUR),
  quota: quota([short(100, 3 * HOUR), week(79, 2 * DAY)]),
  last_error: "429: The usage limit has been reached",
  last_error_at: at(-HOUR),
});
const GRACE = view("c50cb5aa6210c2975a97f8d76411cb35", {
  label: "grace",
  email: "grace@example.test",
  quota: quota([short(21, 4 * HOUR), week(43, 5 * DAY)], { ageMs: HOUR }),
  last_success_at: at(-HOUR),
  last_error: "500: boom",
  last_error_at: at(-2 * HOUR),
});
const LINUS = view("linus", {
  label: "linus, work",
  email: "linus@example.test",
  quota: quota([week(12, 6 * DAY + 4 * HOUR)], { plan: "pro" }),
  in_flight_requests: 2,
  last_error: '403: {"code":"deactivated_workspace"}',
  last_error_at: at(-180_000),
});

const FIGURES = {
  accounts: 3,
  can_serve: 2,
  windows: [{
    class: "week",
    minutes: 10_080,
    used_percent: 39,
    resets_at: null,
  }],
};
const FEW = { ...FIGURES, next_reset_at: at(2 * HOUR + 600_000) };

/** Long names, some of them wide, in every state. */
function sixty(): readonly AccountView[] {
  const states: readonly Partial<AccountView>[] = [
    { quota: quota([short(0, 5 * HOUR), week(3, 6 * DAY)]) },
    { quota: quota([week(98, HOUR)], { ageMs: DAY }), in_flight_requests: 12 },
    { serves: "paused", paused: true, quota: quota([week(0, 7 * DAY)]) },
    { serves: "kept", keep: 20, quota: quota([week(81, 3 * DAY)]) },
    { serves: "invalid", signed_out_at: at(-20 * DAY) },
    { serves: "risk_controlled", serves_at: at(1_700_000) },
  ];
  return Array.from(
    { length: 60 },
    (_, at) =>
      view(`${String(at).padStart(2, "0")}f0c5e1d2b3a49687`, {
        ...states[at % states.length],
        email: `somebody.with.a.long.name+${at}@mail.example.test`,
        label: at % 7 === 0 ? `仕事用アカウント ${at}` : null,
      }),
  );
}

const POOLS = [
  { name: "1 account", pool: poolOf([GRACE]) },
  {
    name: "3 accounts",
    pool: poolOf([ADA, GRACE, LINUS], { pool: FEW }),
  },
  { name: "60 accounts", pool: poolOf(sixty()) },
];
const WIDTHS = [60, 80, 120, 200];

function shown(pool: typeof POOLS[number]["pool"], columns?: number): string {
  return stripAnsiCode(
    accountsText(pool, { now: NOW, columns, via: "gateway" }),
  );
}

const FILE = new URL("../fixtures/accounts_tables.txt", import.meta.url);

for (const { name, pool } of POOLS) {
  for (const columns of WIDTHS) {
    Deno.test(`${name} in ${columns} columns are as in the fixture`, async () => {
      const sections = (await Deno.readTextFile(FILE)).split(/^=== /m);
      const title = `${name}, ${columns} columns\n`;
      const section = sections.find((text) => text.startsWith(title));
      assert(section, title);
      assertEquals(
        shown(pool, columns).trimEnd(),
        section.slice(title.length).trimEnd(),
      );
    });
  }
}

Deno.test("the table of any pool is no wider than any terminal", () => {
  for (const { name, pool } of POOLS) {
    for (let columns = 1; columns <= 210; columns += columns < 20 ? 1 : 13) {
      const [table = ""] = shown(pool, columns).split("\n\n");
      const widest = Math.max(...table.split("\n").map(widthOf));
      assert(widest <= columns, `${name} in ${columns}: ${widest}`);
    }
  }
});

Deno.test("three accounts keep their figures in 80 columns", () => {
  const [head = "", ...rows] = shown(
    poolOf([ADA, GRACE, LINUS], { pool: FEW }),
    80,
  ).split("\n");
  assertEquals(
    head.split(/ {2,}/),
    ["LABEL", "PLAN", "STATE", "WEEK", "5H", "RESETS", "IN FLIGHT", "UNTIL"],
  );
  assert(!rows.some((row) => row.includes("…")), rows.join("\n"));
});

Deno.test("in a pipe nothing is cut and no column is left out", () => {
  const text = shown(poolOf(sixty()));
  assert(!text.includes("…"));
  const [head = ""] = text.split("\n");
  assertEquals(head.split(/ {2,}/), [
    ...["LABEL", "PLAN", "STATE", "WEEK", "5H", "RESETS"],
    ...["IN FLIGHT", "UNTIL", "ID"],
  ]);
});

/** Writes the fixture anew: `deno run -A tests/cli/accounts_widths_test.ts`. */
if (import.meta.main) {
  const sections = POOLS.flatMap(({ name, pool }) =>
    WIDTHS.map((columns) =>
      `=== ${name}, ${columns} columns\n${shown(pool, columns).trimEnd()}\n`
    )
  );
  await Deno.writeTextFile(FILE, sections.join("\n"));
}

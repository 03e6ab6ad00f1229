import { assert, assertEquals } from "@std/assert";
import { setColorEnabled } from "@std/fmt";
import { jsonOf } from "../../lib/cli/usage/groups.ts";
import { usageText } from "../../lib/cli/usage/usage_table.ts";
import { widthOf } from "../../lib/cli/terminal/text_width.ts";
import { shortNumber } from "../../lib/cli/terminal/words.ts";
import type { UsageRowView } from "../../lib/server/admin/usage_view.ts";
import { NONE } from "../../lib/usage/figures.ts";

setColorEnabled(false);

const ADA: UsageRowView = {
  ...NONE,
  day: "2026-11-28",
  account: "5b544517476c5f62",
  label: "ada",
  model: "gpt-6.2-sol",
  turns: 12,
  input: 1_234_567,
  cached: 1_200_000,
  output: 9_900,
  reasoning: 400,
};
const LATER = { ...ADA, day: "2026-11-29", model: "gpt-5.5" };
const MOVED = { ...LATER, moves: 2, cold_input: 310_000 };
const REMOVED = { ...ADA, account: null, label: null, turns: 1, input: 2e9 };

Deno.test("usageText() has a line for each day, and one for all", () => {
  const days = [ADA, { ...ADA, model: "gpt-5.5" }, MOVED];
  assertEquals(usageText({ days }, { by: "day", days: 7 }).split("\n"), [
    "DAY         TURNS  INPUT  CACHED  OUTPUT  REASONING  MOVES  COLD",
    "2026-11-28     24   2.5M    2.4M     20k        800",
    "2026-11-29     12   1.2M    1.2M    9.9k        400      2  310k",
    "total          36   3.7M    3.6M     30k       1.2k      2  310k",
  ]);
});

Deno.test("usageText() by account has the largest first, and no empty columns", () => {
  const id = "0f".repeat(16);
  const unnamed = { ...ADA, account: id, label: null, turns: 2, input: 9 };
  const days = [ADA, unnamed, REMOVED, LATER];
  assertEquals(usageText({ days }, { by: "account", days: 7 }).split("\n"), [
    "ACCOUNT          TURNS  INPUT  CACHED  OUTPUT  REASONING",
    "removed account      1   2.0B    1.2M    9.9k        400",
    "ada                 24   2.5M    2.4M     20k        800",
    "0f0f0f0f             2      9    1.2M    9.9k        400",
    "total               27   2.0B    4.8M     40k       1.6k",
  ]);
});

Deno.test("usageText() by model fits 80 columns, and obeys no model", () => {
  const model = `\x1b[31m${"日本".repeat(20)}`;
  const days = [{ ...MOVED, model, turns: 10_000, input: 999_499_999 }];
  const text = usageText({ days }, { by: "model", days: 7 });
  assert(!text.includes("\x1b"), text);
  for (const line of text.split("\n")) assert(widthOf(line) <= 80, line);
});

Deno.test("usageText() of no turns says so", () => {
  const text = (days: number) => usageText({ days: [] }, { by: "day", days });
  assertEquals(text(1), "No turns in the last 1 day");
  assertEquals(text(7), "No turns in the last 7 days");
});

Deno.test("jsonOf() is the view, or what it adds up to", () => {
  const view = { days: [ADA, MOVED] };
  const { day: _, account, label, model: __, ...figures } = ADA;
  const sum = {
    turns: 24,
    input: 2 * ADA.input,
    cached: 2 * ADA.cached,
    output: 2 * ADA.output,
    reasoning: 2 * ADA.reasoning,
    moves: 2,
    cold_input: 310_000,
  };
  assertEquals(jsonOf(view, "day"), view);
  assertEquals(jsonOf(view, "account"), {
    accounts: [{ account, label, ...sum }],
  });
  assertEquals(jsonOf(view, "model"), {
    models: [
      { model: "gpt-5.5", ...figures, moves: 2, cold_input: 310_000 },
      { model: "gpt-6.2-sol", ...figures },
    ],
  });
});

const NUMBERS: ReadonlyArray<[count: number, text: string]> = [
  [0, "0"],
  [999, "999"],
  [1_000, "1.0k"],
  [9_949, "9.9k"],
  [9_950, "10k"],
  [999_499, "999k"],
  [999_500, "1.0M"],
  [12_345_678, "12M"],
  [999_999_999, "1.0B"],
  [123_000_000_000, "123B"],
];

for (const [count, text] of NUMBERS) {
  Deno.test(`shortNumber(${count}) is ${text}`, () => {
    assertEquals(shortNumber(count), text);
  });
}

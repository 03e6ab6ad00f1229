import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { dayOf } from "../../lib/usage/days.ts";
import { NONE, type UsageRow } from "../../lib/usage/figures.ts";
import { ownerOf } from "../../lib/usage/owner.ts";
import { appendRows } from "../../lib/usage/usage_folder.ts";
import { account } from "../support/accounts.ts";
import { runCodaze } from "../support/codaze.ts";
import { openTestPool, type TestPool, VIAS } from "./pool_support.ts";

const TODAY = dayOf(Date.now());

/** What earlier turns of `ada` and of a removed account have left. */
async function writeUsage({ dir }: TestPool): Promise<void> {
  const row: UsageRow = {
    ...NONE,
    day: TODAY,
    owner: ownerOf(account("ada")),
    model: "gpt-6.2-sol",
    turns: 3,
    input: 48_000,
    cached: 40_000,
    output: 900,
  };
  const rows = [row, { ...row, owner: "0".repeat(32), model: "gpt-5.5" }];
  assertEquals(await appendRows(dir, TODAY, rows), undefined);
}

function usage({ flags }: TestPool, ...words: readonly string[]) {
  return runCodaze(["usage", ...words, ...flags]);
}

for (const via of VIAS) {
  Deno.test(`by the ${via}, codaze usage shows the last days`, async () => {
    await using test = await openTestPool(via, ["ada"]);
    assertEquals((await usage(test)).stdout, "No turns in the last 7 days\n");
    await writeUsage(test);
    const { code, stdout, stderr } = await usage(test);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n"), [
      "DAY         TURNS  INPUT  CACHED  OUTPUT  REASONING",
      `${TODAY}      6    96k     80k    1.8k          0`,
      "total           6    96k     80k    1.8k          0",
      "",
    ]);
    const byAccount = await usage(test, "--by", "account", "--days=90");
    assertMatch(byAccount.stdout, /^ada {18}3 +48k +40k +900 +0$/m);
    assertMatch(byAccount.stdout, /^removed account {6}3 +48k +40k +900 +0$/m);
  });

  Deno.test(`by the ${via}, codaze usage --json is the admin's`, async () => {
    await using test = await openTestPool(via, ["ada"]);
    await writeUsage(test);
    const told = await test.pool.usage(7);
    const { code, stdout } = await usage(test, "--json");
    assertEquals(code, 0);
    assertEquals({ ok: true, value: JSON.parse(stdout) }, told);
    const { models } = JSON.parse(
      (await usage(test, "--json", "--by=model")).stdout,
    );
    assertEquals(
      models.map((one: { model: string; turns: number }) =>
        `${one.model} ${one.turns}`
      ).toSorted(),
      ["gpt-5.5 3", "gpt-6.2-sol 3"],
    );
  });
}

Deno.test("codaze usage in a folder changes nothing there, and tells what it skips", async () => {
  await using test = await openTestPool("folder", ["ada"]);
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(test.dir))).map(({ name }) => name)
      .toSorted();
  const before = await names();
  await usage(test);
  assertEquals(await names(), before);
  await writeUsage(test);
  const path = join(test.dir, ".codaze-usage", `${TODAY}.jsonl`);
  await Deno.writeTextFile(path, '{"v":1,"ow', { append: true });
  const { code, stdout, stderr } = await usage(test);
  assertEquals(code, 0);
  assertMatch(stdout, /^total +6 /m);
  assertMatch(stderr, /lines of the usage were skipped .*"1 damaged"/);
});

const WRONG: ReadonlyArray<[words: readonly string[], message: string]> = [
  [
    ["--days", "0"],
    'Cannot use --days "0": expected a whole number from 1 to 90',
  ],
  [["--days=week"], 'Cannot use --days "week": expected a whole number'],
  [["--by=day"], 'Cannot use --by "day": expected account or model'],
  [["--days"], "Cannot use --days: expected a value after it"],
  [["yesterday"], '"yesterday"'],
];

Deno.test("codaze usage says what is wrong with its options", async () => {
  for (const [words, message] of WRONG) {
    const { code, stdout, stderr } = await runCodaze(["usage", ...words]);
    assertEquals([code, stdout], [2, ""], words.join(" "));
    assertStringIncludes(stderr, message);
  }
});

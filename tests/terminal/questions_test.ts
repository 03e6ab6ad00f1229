/**
 * Questions at a terminal: just Enter changes nothing, and what they quote is
 * escaped, as a terminal would obey it.
 */
import { join } from "@std/path";
import { assertEquals } from "@std/assert";
import { openTestPool, type TestPool } from "../cli/pool_support.ts";
import { until } from "../support/load.ts";
import { codazeWords, environmentIn } from "./support/codaze_words.ts";
import { Terminal, TMUX } from "./support/terminal.ts";

const ignore = TMUX === undefined;

/** Sets a title, if a terminal obeys it. */
const LABEL = "a\x1b]2;OBEYED\x07z";

async function ask(
  test: TestPool,
  words: readonly string[],
): Promise<Terminal> {
  const file = join(test.dir, "a.json");
  const content = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify({ ...content, label: LABEL }));
  // A gateway reads it within a second.
  await until(async () => (await test.pool.find(LABEL)).ok, "the label");
  return await Terminal.open(
    codazeWords("accounts", ...words, ...test.flags),
    { env: environmentIn(test.dir) },
  );
}

Deno.test({
  name: "accounts remove asks, and keeps the account without a yes",
  ignore,
  fn: async () => {
    await using test = await openTestPool("folder");
    await using terminal = await ask(test, ["remove", "a"]);
    await terminal.shows(/Remove a\\u\{1b\}\]2;OBEYED\\u\{7\}z\?.*\[y\/N\]/);
    await terminal.type("");
    await terminal.shows(/Nothing removed/);
    assertEquals(await test.files(), ["a.json"]);
    assertEquals(await terminal.value("pane_title") === "OBEYED", false);
  },
});

Deno.test({
  name: "accounts reset-credit asks, and spends nothing without a yes",
  ignore,
  fn: async () => {
    await using test = await openTestPool("gateway");
    const windows = [{ minutes: 300, used: 100 }];
    test.account("a").setQuota({ windows, resetCredits: 1 });
    await using terminal = await ask(test, ["reset-credit", "a"]);
    await terminal.shows(/limits of a\\u\{1b\}[^]* Spend it\? \[y\/N\]/);
    await terminal.type("");
    await terminal.shows(/Nothing spent/);
    assertEquals(await terminal.value("pane_title") === "OBEYED", false);
    const asked = test.simulator.requests.map(({ target }) => target);
    assertEquals(asked.filter((path) => path.endsWith("/consume")), []);
  },
});

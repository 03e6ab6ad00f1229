/** No test can hang for ever: `tests/support/limit.ts`, and who loads it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { ROOT, runDeno } from "./run_deno.ts";

const LIMIT = "tests/support/limit.ts";

Deno.test("every task that runs tests gives each of them an end", async () => {
  const tasks = Object.entries(denoJson.tasks).filter(([, line]) =>
    line.includes("deno test")
  );
  assert(tasks.length >= 4);
  for (const [name, line] of tasks) {
    assert(line.includes(`deno test --preload=${LIMIT}`), name);
  }
  const e2e = await Deno.readTextFile(join(ROOT, "scripts/e2e.ts"));
  assert(e2e.includes(`--preload=${LIMIT}`));
});

const HANGING = `
const never = () => new Promise<void>(() => { setInterval(() => {}, 1000); });
Deno.test("by name", never);
Deno.test({ name: "by options", fn: never });
Deno.test("by all three", { permissions: "inherit" }, never);
Deno.test(async function byFunction() { await never(); });
Deno.test("in a step", async (t) => { await t.step("one", never); });
Deno.test("without a wait", () => { while (true); });
Deno.test("with time of its own", { timeout: 60_000 }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
});
`;

Deno.test("a test that hangs fails, however it is defined, and the rest goes on", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    const file = join(dir, "hanging_test.ts");
    await Deno.writeTextFile(file, HANGING);
    const { stdout: text } = await runDeno(
      ["test", "--allow-env", `--preload=${join(ROOT, LIMIT)}`, file],
      { CODAZE_TEST_LIMIT_MS: "300" },
    );
    assertEquals(text.match(/Test timed out after 300ms/g)?.length, 6, text);
    assertMatch(text, /byFunction \.\.\. FAILED/);
    assertMatch(text, /with time of its own \.\.\. ok/);
    assertMatch(text, /1 passed .*6 failed/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

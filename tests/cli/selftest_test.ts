import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { runCodaze } from "../support/codaze.ts";
import { nobodyListens } from "./pool_support.ts";

const PROGRAM = join(import.meta.dirname ?? "", "selftest_program.ts");

for (const task of ["start", "demo"] as const) {
  Deno.test(`with the permissions of ${task}, codaze selftest passes and leaves nothing`, async () => {
    const tmp = await Deno.makeTempDir({ prefix: "codaze-test-" });
    try {
      // A proxy would see whatever leaves the program.
      const proxy = `http://${nobodyListens()}`;
      const env = { TMPDIR: tmp, ALL_PROXY: proxy, HTTP_PROXY: proxy };
      const words = ["selftest", "--json"];
      const { code, stdout, stderr } = await runCodaze(words, { task, env });
      assertEquals([code, stderr], [0, ""], stdout);
      const { ok, scripts } = JSON.parse(stdout);
      assert(ok && scripts.length >= 12, `${scripts.length} scripts`);
      const names = scripts.map(({ name }: { name: string }) => name);
      assertEquals(new Set(names).size, names.length);
      assertEquals(await Array.fromAsync(Deno.readDir(tmp)), []);
    } finally {
      await Deno.remove(tmp, { recursive: true });
    }
  });
}

Deno.test("codaze selftest has a line for each script and one for all", async () => {
  const { code, stdout } = await runCodaze(["selftest"], { task: "demo" });
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n");
  assertMatch(lines.at(-1) ?? "", /^All is well: \d+ scripts in \d+ ms$/);
  for (const line of lines.slice(0, -2)) {
    assertMatch(line, /^ok +\d+ ms {2}\w/);
  }
});

Deno.test("codaze selftest says what does not hold and fails", async () => {
  const { code, stdout } = await runCodaze([], {
    task: "demo",
    script: PROGRAM,
  });
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^FAIL +\d+ ms {2}a turn streams its answer\n +not so: the answer is whole$/m,
  );
  // What needs no turn still passes.
  assertMatch(stdout, /^ok +\d+ ms {2}a web page gets nothing$/m);
  assertMatch(stdout, /\n\n\d+ failed of \d+ scripts in \d+ ms: /);

  const asked = ["--json"];
  const json = await runCodaze(asked, { task: "demo", script: PROGRAM });
  const report = JSON.parse(json.stdout);
  assertEquals([json.code, report.ok], [1, false]);
  assertEquals(report.scripts[0].ok, false);
  assertStringIncludes(report.scripts[0].unmet[0], "the answer is whole");
});

Deno.test("codaze selftest exits with 2 for what it cannot make out", async () => {
  for (const word of ["now", "--colour", "--json=yes"]) {
    const { code, stdout, stderr } = await runCodaze(["selftest", word], {
      task: "demo",
    });
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "Cannot use");
  }
});

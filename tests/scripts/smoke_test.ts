import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DENO_DIR } from "../support/deno_dir.ts";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { flagsOf } from "../support/codaze.ts";
import { type Ended, ROOT, runDeno } from "./run_deno.ts";

function smoke(command: readonly string[]): Promise<Ended> {
  const args = [
    "run",
    "--no-prompt",
    "--frozen",
    "--allow-env",
    "--allow-net=127.0.0.1",
    "--allow-read",
    "--allow-write",
    "--allow-run=deno",
    "scripts/smoke.ts",
    ...command,
  ];
  // A home of its own has no packages in it.
  return runDeno(args, { DENO_DIR });
}

const PASSED = `codaze ${denoJson.version}
health: 200, the page, stopped with 0
demo: one turn, stopped with 0
`;

Deno.test("the smoke test passes main.ts with what the start task allows", async () => {
  const command = ["deno", "run", ...flagsOf("start"), "main.ts"];
  assertEquals(await smoke(command), { code: 0, stdout: PASSED, stderr: "" });
});

Deno.test("the smoke test passes where the runtime knows no unstable feature", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    const { unstable: _, ...config } = denoJson;
    const imports = Object.fromEntries(
      Object.entries(config.imports).map(([name, target]) => [
        name,
        target.startsWith(".") ? join(ROOT, target) : target,
      ]),
    );
    const path = join(dir, "deno.json");
    await Deno.writeTextFile(path, JSON.stringify({ ...config, imports }));
    const { code, stdout } = await smoke([
      "deno",
      "run",
      `--config=${path}`,
      // The lock is one of the other configuration.
      "--no-lock",
      ...flagsOf("start").filter((flag) => flag !== "--frozen"),
      "main.ts",
    ]);
    assertEquals([code, stdout], [0, PASSED]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

const FAILING: ReadonlyArray<
  [script: string, because: RegExp]
> = [
  ["console.log('something else')", /^smoke: It never printed \/\^codaze/],
  ["console.log('codaze 0.0.1')", /^smoke: Cannot be it: "codaze 0\.0\.1"/],
  [
    `console.log('codaze ${denoJson.version}'); Deno.exit(3)`,
    /^smoke: It ended with 3, not 0/,
  ],
];

for (const [script, because] of FAILING) {
  Deno.test(`the smoke test fails a program that does ${script}`, async () => {
    const { code, stdout } = await smoke(["deno", "eval", script]);
    assertEquals(code, 1);
    assertMatch(stdout, because);
  });
}

Deno.test("the smoke test wants a program", async () => {
  const { code, stdout } = await smoke([]);
  assertEquals(code, 2);
  assertStringIncludes(stdout, "Give the program");
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import denoJson from "../../../deno.json" with { type: "json" };
import {
  compileArguments,
  flagsOfTask,
} from "../../../scripts/compile/arguments.ts";
import { TARGETS } from "../../../scripts/compile/targets.ts";

for (const target of TARGETS) {
  Deno.test(`compileArguments() for ${target} has the task's flags, and no other permissions`, () => {
    const flags = ["--no-prompt", "--allow-net=127.0.0.1", "--allow-read"];
    assertEquals(compileArguments({ flags, target, output: "out/codaze" }), [
      "compile",
      "--no-check",
      "--cached-only",
      "--no-code-cache",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-read",
      "--include=lib/cli/commands.ts",
      `--target=${target}`,
      "--output=out/codaze",
      "main.ts",
    ]);
  });
}

Deno.test("flagsOfTask() reads the task of this tree: no run, no ffi, no prompt", () => {
  const flags = flagsOfTask(denoJson.tasks.start);
  assert(flags.ok);
  assertEquals(
    flags.value.map((flag) => flag.replace(/=.*/, "")),
    [
      "--v8-flags",
      "--no-prompt",
      "--no-remote",
      "--frozen",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      "--allow-write",
    ],
  );
  assert(
    flags.value.includes(
      "--allow-net=127.0.0.1,[::1],chatgpt.com:443,auth.openai.com:443",
    ),
  );
});

const START = "DENO_NO_UPDATE_CHECK=1 deno run --no-prompt --allow-read";

const REFUSED: ReadonlyArray<[task: string, reason: string]> = [
  ["deno run --no-prompt main.ts", "Cannot read the task"],
  [`${START} other.ts`, "Cannot read the task"],
  [`${START} main.ts && echo`, "Cannot read the task"],
  [`${START} -A main.ts`, '"-A"'],
  [`${START} --allow-all main.ts`, '"--allow-all"'],
  [`${START} --allow-run=deno main.ts`, '"--allow-run=deno"'],
  [`${START} --allow-ffi main.ts`, '"--allow-ffi"'],
  [`${START} --allow-sys=uid main.ts`, '"--allow-sys=uid"'],
  [`${START} -P=gateway main.ts`, '"-P=gateway"'],
  [
    "DENO_NO_UPDATE_CHECK=1 deno run --allow-read main.ts",
    "without --no-prompt",
  ],
];

for (const [task, reason] of REFUSED) {
  Deno.test(`flagsOfTask() refuses ${task}`, () => {
    const flags = flagsOfTask(task);
    assert(!flags.ok);
    assertStringIncludes(flags.error, reason);
  });
}

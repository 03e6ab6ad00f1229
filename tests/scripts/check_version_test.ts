import { assertEquals } from "@std/assert";
import { disagreements } from "../../scripts/check_version.ts";
import { runDeno } from "./run_deno.ts";

const CHANGES = `# Changes

## Unreleased

### Added

- What is to come.

## 0.4.1 - 2026-12-01

- A fix.

## 0.4.0 - 2026-11-22

- A start.
`;

const CASES: ReadonlyArray<
  [tag: string, version: string, said: readonly string[]]
> = [
  ["v0.4.1", "0.4.1", []],
  ["0.4.1", "0.4.1", [
    'The tag is "0.4.1", deno.json says "0.4.1": expected "v0.4.1"',
  ]],
  ["v0.4.0", "0.4.1", [
    'The tag is "v0.4.0", deno.json says "0.4.1": expected "v0.4.1"',
  ]],
  ["v0.4.1-rc1", "0.4.1", [
    'The tag is "v0.4.1-rc1", deno.json says "0.4.1": expected "v0.4.1"',
  ]],
  ["v0.4.0", "0.4.0", [
    'The newest release in docs/changes.md is "0.4.1", deno.json says "0.4.0"',
  ]],
  ["v0.5.0", "0.4.2", [
    'The tag is "v0.5.0", deno.json says "0.4.2": expected "v0.4.2"',
    'The newest release in docs/changes.md is "0.4.1", deno.json says "0.4.2"',
  ]],
];

for (const [tag, version, said] of CASES) {
  Deno.test(`disagreements() of tag ${tag} and version ${version}: ${said.length}`, () => {
    assertEquals(disagreements(tag, version, CHANGES), said);
  });
}

Deno.test("disagreements() wants a release in the notes", () => {
  assertEquals(
    disagreements("v0.4.0", "0.4.0", "# Changes\n\n## Unreleased\n"),
    [
      'docs/changes.md has no release: expected "## 0.4.0 - YYYY-MM-DD"',
    ],
  );
});

async function run(...args: readonly string[]) {
  const { code, stderr } = await runDeno([
    "run",
    "--no-prompt",
    "--allow-read=docs",
    "scripts/check_version.ts",
    ...args,
  ]);
  return [code, stderr.split("\n")[0]];
}

Deno.test("the script fails on a wrong tag, and on none", async () => {
  assertEquals((await run("v9.9.9"))[0], 1);
  assertEquals(await run(), [2, "check_version: Give the tag, such as v0.4.0"]);
});

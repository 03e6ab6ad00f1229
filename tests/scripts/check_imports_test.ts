import { join } from "@std/path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { brokenImports } from "../../scripts/check_imports.ts";
import { ROOT } from "./run_deno.ts";

const IMPORTS: ReadonlyArray<[path: string, text: string, broken: string]> = [
  ["relay/a.ts", 'import { x } from "../upstream/x.ts";', ""],
  ["relay/a.ts", 'import { x } from "./b.ts";', ""],
  ["relay/a.ts", 'import { x } from "../result.ts";', ""],
  ["relay/a.ts", 'import { x } from "@std/bytes";', ""],
  ["relay/a.ts", 'import { x } from "node:zlib";', ""],
  ["gateway.ts", 'import { x } from "./components.ts";', ""],
  ["gateway.ts", 'import { x } from "./config/x.ts";', ""],
  ["config/a.ts", 'import { x } from "../server/x.ts";', ""],
  ["cli/a.ts", 'import { x } from "../simulator/simulator.ts";', ""],
  ["cli/a.ts", 'import x from "../../deno.json" with { type: "json" };', ""],
  ["simulator/a.ts", 'import { x } from "../protocol/x.ts";', ""],
  // Upwards.
  ["protocol/a.ts", 'import { x } from "../failure/x.ts";', "lib/failure/x.ts"],
  ["upstream/a.ts", 'export * from "../relay/x.ts";', "lib/relay/x.ts"],
  ["relay/a.ts", 'import type { X } from "../server/x.ts";', "lib/server/x.ts"],
  ["server/a.ts", 'import { x } from "../gateway.ts";', "lib/gateway.ts"],
  ["server/a.ts", 'import { x } from "../config/x.ts";', "lib/config/x.ts"],
  ["config/a.ts", 'import { x } from "../gateway.ts";', "lib/gateway.ts"],
  ["gateway.ts", 'import { x } from "./cli/x.ts";', "lib/cli/x.ts"],
  ["runtime.ts", 'import { x } from "./protocol/x.ts";', "lib/protocol/x.ts"],
  ["std/a.ts", 'import { x } from "../protocol/x.ts";', "lib/protocol/x.ts"],
  // Sideways.
  [
    "accounts/a.ts",
    'import { x } from "../downstream/x.ts";',
    "lib/downstream/x.ts",
  ],
  ["downstream/a.ts", 'import "../accounts/x.ts";', "lib/accounts/x.ts"],
  // The simulator stands apart.
  [
    "simulator/a.ts",
    'import { x } from "../accounts/x.ts";',
    "lib/accounts/x.ts",
  ],
  [
    "simulator/a.ts",
    'import { x } from "../failure/x.ts";',
    "lib/failure/x.ts",
  ],
  ["simulator/a.ts", 'import { x } from "../runtime.ts";', "lib/runtime.ts"],
  [
    "relay/a.ts",
    'import { x } from "../simulator/x.ts";',
    "lib/simulator/x.ts",
  ],
  ["gateway.ts", 'import { x } from "./simulator/x.ts";', "lib/simulator/x.ts"],
  // However it is written.
  ["protocol/a.ts", "export { x } from '../relay/x.ts';", "lib/relay/x.ts"],
  [
    "protocol/a.ts",
    'const x = await import("../relay/x.ts");',
    "lib/relay/x.ts",
  ],
  [
    "protocol/a.ts",
    'import {\n  a,\n  b,\n} from "../relay/x.ts";',
    "lib/relay/x.ts",
  ],
  [
    "protocol/a/b.ts",
    'import { x } from "../../relay/x.ts";',
    "lib/relay/x.ts",
  ],
  ["protocol/a.ts", 'import { x } from "../new/x.ts";', "lib/new/x.ts"],
  ["new/a.ts", 'import { x } from "../protocol/x.ts";', "lib/protocol/x.ts"],
  // The wings of a folder.
  ["accounts/sync/a.ts", 'import { x } from "../files/x.ts";', ""],
  ["accounts/a.ts", 'import { x } from "./import/x.ts";', ""],
  ["upstream/auth/a.ts", 'import { x } from "../x.ts";', ""],
  [
    "accounts/files/a.ts",
    'import type { X } from "../pool/x.ts";',
    "lib/accounts/pool/x.ts",
  ],
  [
    "upstream/a.ts",
    'import { x } from "./auth/x.ts";',
    "lib/upstream/auth/x.ts",
  ],
  [
    "relay/a.ts",
    'import { x } from "./new/x.ts";',
    "lib/relay/new/x.ts",
  ],
  ["relay/new/a.ts", 'import { x } from "../x.ts";', "lib/relay/x.ts"],
  // Out of lib, and past the doors of the standard library.
  ["relay/a.ts", 'import { x } from "../../tests/x.ts";', "tests/x.ts"],
  ["relay/a.ts", 'import { x } from "../../scripts/x.ts";', "scripts/x.ts"],
  ["relay/a.ts", 'import { x } from "deno-std/x.js";', "deno-std/x.js"],
  ["std/a.ts", 'export { x } from "deno-std/x.js";', ""],
];

for (const [path, text, target] of IMPORTS) {
  const what = target === "" ? "allows" : "refuses";
  Deno.test(`brokenImports ${what} ${text.replaceAll("\n", " ")} in ${path}`, () => {
    const expected = target === ""
      ? []
      : [`lib/${path} must not import ${target}`];
    assertEquals(brokenImports([{ path, text }]), expected);
  });
}

Deno.test("brokenImports tells of files that import each other in a circle", () => {
  const file = (path: string, ...imported: string[]) => ({
    path,
    text: imported.map((name) => `import type { X } from "${name}";\n`).join(
      "",
    ),
  });
  const files = [
    file("relay/start.ts", "./a.ts", "./b.ts", "./c.ts"),
    file("relay/a.ts", "./b.ts"),
    file("relay/b.ts", "./c.ts"),
    file("relay/c.ts", "./a.ts"),
    file("relay/alone.ts", "./alone.ts"),
  ];
  const circle = ["a", "b", "c", "a"].map((name) => `lib/relay/${name}.ts`);
  assertEquals(brokenImports(files), [
    `a circle: ${circle.join(" → ")}`,
    "a circle: lib/relay/alone.ts → lib/relay/alone.ts",
  ]);
});

async function check(cwd: string) {
  const { code, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-read=lib",
      join(ROOT, "scripts/check_imports.ts"),
    ],
    cwd,
    stdout: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the script passes this tree", async () => {
  assertEquals(await check(ROOT), { code: 0, stderr: "" });
});

Deno.test("the script fails a tree with a broken rank, and names it", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    await Deno.mkdir(join(dir, "lib/protocol/deep"), { recursive: true });
    await Deno.writeTextFile(
      join(dir, "lib/protocol/deep/a.ts"),
      'import { x } from "../../relay/x.ts";\n',
    );
    const { code, stderr } = await check(dir);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "lib/protocol/deep/a.ts must not import lib/relay/x.ts",
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

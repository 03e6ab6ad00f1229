import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { DENO_DIR } from "../support/deno_dir.ts";
import { freePort } from "../support/free_port.ts";
import { join } from "@std/path";
import { compile, namesIn } from "./compile/task.ts";

const TARGET = "x86_64-unknown-linux-gnu";

Deno.test("deno task compile says what to do without the base runtime, and leaves nothing", async () => {
  const temp = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const port = freePort();
  try {
    // A Deno folder that has the packages, but nothing below `dl`.
    const cache = join(temp, "deno");
    await Deno.mkdir(cache);
    await Deno.symlink(join(DENO_DIR, "npm"), join(cache, "npm"), {
      type: "junction",
    });
    const tmp = join(temp, "tmp");
    await Deno.mkdir(tmp);
    const output = join(temp, "dist");
    const env = {
      DENO_DIR: cache,
      TMPDIR: tmp,
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      // The task itself has all it needs.
      DENORT_BIN: "",
    };
    const ended = await compile(
      [`--target=${TARGET}`, "--output", output],
      env,
    );
    const path = `release/v${Deno.version.deno}/denort-${TARGET}.zip`;
    const [, because = ""] = / because (.+)/.exec(ended.stderr) ?? [];
    assert(because.length > 10);
    assertEquals(ended, {
      code: 1,
      stdout: "",
      stderr: `compile: Cannot fetch the base runtime for ${TARGET}
  from    https://dl.deno.land/${path}
  because ${because}

Any one of these helps:
  1. a network, or a proxy in HTTPS_PROXY, by which dl.deno.land can be reached
  2. DENORT_BIN=PATH, a denort of Deno ${Deno.version.deno} for ${TARGET}
  3. the file from there, fetched elsewhere and put at
     ${join(cache, "dl", path)}

No file was written
`,
    });
    assertEquals(await exists(output), false);
    assertEquals(await namesIn(tmp), []);
  } finally {
    await Deno.remove(temp, { recursive: true });
  }
});

const WRONG: ReadonlyArray<
  [args: readonly string[], denort: string, code: number, error: string]
> = [
  [
    ["--all"],
    "/bin/denort",
    1,
    'Cannot use DENORT_BIN "/bin/denort" for 6 targets: name one with --target',
  ],
  [
    [],
    "/no/such/denort",
    1,
    'Cannot use DENORT_BIN "/no/such/denort": no such file',
  ],
  [["--alle"], "", 2, 'Cannot use "--alle": see deno task compile --help'],
];

for (const [args, denort, code, error] of WRONG) {
  Deno.test(`deno task compile ${args.join(" ")} with DENORT_BIN="${denort}" exits with ${code} and says so`, async () => {
    const ended = await compile(args, { DENORT_BIN: denort });
    assertEquals(ended, { code, stdout: "", stderr: `compile: ${error}\n` });
  });
}

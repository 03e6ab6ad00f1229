import { assert, assertEquals } from "@std/assert";
import { readOptions } from "../../../scripts/compile/options.ts";
import { archiveName, TARGETS } from "../../../scripts/compile/targets.ts";

const HOST = "aarch64-apple-darwin";

const OPTIONS: ReadonlyArray<
  [args: readonly string[], targets: readonly string[], output: string]
> = [
  [[], [HOST], "dist"],
  [["--target", "x86_64-pc-windows-msvc"], ["x86_64-pc-windows-msvc"], "dist"],
  [["--all"], TARGETS, "dist"],
  [["--all", "--output=out"], TARGETS, "out"],
];

for (const [args, targets, output] of OPTIONS) {
  Deno.test(`readOptions() of [${args.join(" ")}]`, () => {
    const options = readOptions(args, HOST);
    assert(options.ok);
    assertEquals(options.value, { targets, output, help: false });
  });
}

const NAMES = TARGETS.join(", ");

const REFUSED: ReadonlyArray<[args: readonly string[], error: string]> = [
  [
    ["--target=sparc"],
    `Cannot use --target "sparc": expected one of ${NAMES}`,
  ],
  [
    ["--target=toString"],
    `Cannot use --target "toString": expected one of ${NAMES}`,
  ],
  [
    ["--all", `--target=${HOST}`],
    "Cannot use --target with --all: --all has it already",
  ],
  [["--output="], 'Cannot use --output "": expected a folder'],
  [["--al"], 'Cannot use "--al": see deno task compile --help'],
  [["linux"], 'Cannot use "linux": see deno task compile --help'],
];

for (const [args, error] of REFUSED) {
  Deno.test(`readOptions() refuses [${args.join(" ")}]`, () => {
    assertEquals(readOptions(args, HOST), { ok: false, error });
  });
}

Deno.test("readOptions() names the host when we do not release for it", () => {
  assertEquals(readOptions([], "riscv64gc-unknown-linux-gnu"), {
    ok: false,
    error:
      `Cannot use --target "riscv64gc-unknown-linux-gnu": expected one of ${NAMES}`,
  });
});

Deno.test("archiveName() gives the names of the releases before 0.4", () => {
  assertEquals(TARGETS.map(archiveName), [
    "codaze-x86_64-unknown-linux-gnu.tar.gz",
    "codaze-aarch64-unknown-linux-gnu.tar.gz",
    "codaze-x86_64-apple-darwin.tar.gz",
    "codaze-aarch64-apple-darwin.tar.gz",
    "codaze-x86_64-pc-windows-msvc.zip",
    "codaze-aarch64-pc-windows-msvc.zip",
  ]);
});

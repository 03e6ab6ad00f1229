/**
 * `deno task compile` itself, with Deno's own program in the place of the base
 * runtime: what it makes does not run as a gateway, but is put together the
 * same way, so what is embedded can be read.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { objectField } from "../../lib/protocol/json.ts";
import { checksumLine } from "../../scripts/compile/checksums.ts";
import { archiveName } from "../../scripts/compile/targets.ts";
import { type Embedded, readEmbedded } from "./compile/embedded.ts";
import { expand, readTar } from "./compile/read_archive.ts";
import { compile, namesIn } from "./compile/task.ts";
import { ROOT } from "./run_deno.ts";

const TEXTS = ["LICENSE", "README.md", "THIRD_PARTY_LICENSES.md"];
const TARGET = "x86_64-unknown-linux-gnu";
const ARCHIVE = archiveName(TARGET);

Deno.test({
  name: "deno task compile",
  // The stand-in is this machine's Deno: only an ELF file is read here.
  ignore: Deno.build.target !== TARGET,
}, async (t) => {
  const temp = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const output = join(temp, "dist");
  const tmp = join(temp, "tmp");
  await Deno.mkdir(tmp);
  try {
    // Relative, as the default is: Deno itself runs in another folder.
    const up = "../".repeat(ROOT.split("/").length - 1);
    const relative = `${up}${output.slice(1)}`;
    const { code, stdout, stderr } = await compile(["--output", relative], {
      DENORT_BIN: Deno.execPath(),
      TMPDIR: tmp,
      // What Deno would write into the executable if it saw it.
      DENO_TLS_CA_STORE: "system",
      OTEL_DENO: "true",
    });
    assertEquals([code, stderr], [0, ""]);
    const executable = await Deno.readFile(join(output, "codaze"));
    const embedded = readEmbedded(executable);

    await t.step(
      "names what it has written, and leaves nothing else",
      async () => {
        const names = [
          "codaze",
          ARCHIVE,
          `${ARCHIVE}.sha256`,
          "codaze.cdx.json",
          "SHA256SUMS",
        ];
        const paths = names.map((name) => `${join(relative, name)}\n`);
        assertEquals(stdout, paths.join(""));
        assertEquals((await namesIn(output)).toSorted(), names.toSorted());
        assertEquals(await namesIn(tmp), []);
      },
    );
    await t.step(
      "bakes in the permissions of the start task",
      () => assertPermissions(embedded),
    );
    await t.step(
      "bakes in the entry point and the unstable features",
      () => assertEntryPoint(embedded),
    );
    await t.step(
      "takes nothing from the environment of the build",
      () => assertClean(embedded),
    );
    await t.step(
      "has what is imported only when it is asked for",
      () => assertModules(embedded),
    );
    await t.step("archives the executable and the texts", async () => {
      const archive = await Deno.readFile(join(output, ARCHIVE));
      const entries = readTar(await expand(archive, "gzip"));
      assertEquals(entries.map(({ name }) => name), ["codaze", ...TEXTS]);
      assertEquals(entries.map(({ mode }) => mode), [
        0o755,
        ...TEXTS.map(() => 0o644),
      ]);
      assertEquals(new Set(entries.map(({ time }) => time)).size, 1);
      assertEquals(entries[0]?.data.length, executable.length);
      const license = await Deno.readFile(join(ROOT, "LICENSE"));
      assertEquals(entries[1]?.data, license);
    });
    await t.step("sums the archive and the bill of materials", async () => {
      const sum = async (name: string) =>
        await checksumLine(name, await Deno.readFile(join(output, name)));
      const archive = await sum(ARCHIVE);
      const read = (name: string) => Deno.readTextFile(join(output, name));
      assertEquals(await read(`${ARCHIVE}.sha256`), archive);
      assertEquals(
        await read("SHA256SUMS"),
        archive + await sum("codaze.cdx.json"),
      );
    });
  } finally {
    await Deno.remove(temp, { recursive: true });
  }
});

function assertPermissions({ metadata }: Embedded): void {
  const given = objectField(metadata, "permissions") ?? {};
  const names = /--allow-env=(\S+)/.exec(denoJson.tasks.start)?.[1] ?? "";
  const { allow_import: _, ...permissions } = given;
  assertEquals(permissions, {
    allow_env: names.split(","),
    deny_env: null,
    ignore_env: null,
    allow_net: [
      "127.0.0.1",
      "[::1]",
      "chatgpt.com:443",
      "auth.openai.com:443",
    ],
    deny_net: null,
    allow_ffi: null,
    deny_ffi: null,
    // Empty is without a limit; null is not at all.
    allow_read: [],
    deny_read: null,
    ignore_read: null,
    allow_run: null,
    deny_run: null,
    allow_sys: null,
    deny_sys: null,
    allow_write: [],
    deny_write: null,
    deny_import: null,
    prompt: false,
  });
}

function assertEntryPoint({ metadata }: Embedded): void {
  assertEquals(metadata["entrypoint_key"], "main.ts");
  assertEquals(metadata["argv"], []);
  assertEquals(metadata["app_version"], denoJson.version);
  const unstable = objectField(metadata, "unstable_config") ?? {};
  assertEquals(unstable["features"], denoJson.unstable);
}

function assertClean({ metadata, rest }: Embedded): void {
  const otel = objectField(metadata, "otel_config") ?? {};
  assertEquals(otel["tracing_enabled"], false);
  for (const name of ["ca_stores", "ca_data", "seed", "log_level"]) {
    assertEquals([name, metadata[name]], [name, null]);
  }
  assertEquals(metadata["env_vars_from_env_file"], {});
  // The cache is a file that others could have put there.
  assertEquals(metadata["code_cache_key"], null);
  for (const path of [ROOT, "codaze-compile-", "codaze-test-"]) {
    assert(!rest.includes(path), `holds "${path}" of this machine`);
  }
}

function assertModules({ rest }: Embedded): void {
  assert(rest.includes('{"File":{"n":"commands.ts"'), "lacks commands.ts");
  const commands = Deno.readTextFileSync(join(ROOT, "lib/cli/commands.ts"));
  const lazy = [...commands.matchAll(/import\("\.\/(\w+\.ts)"\)/g)];
  assert(lazy.length > 0);
  for (const [, name] of lazy) {
    assert(rest.includes(`{"File":{"n":"${name}"`), `lacks ${name}`);
  }
  assertMatch(
    rest,
    /COMMIT: string \| undefined = ("[0-9a-f]{7}(-dirty)?"|undefined);/,
  );
}

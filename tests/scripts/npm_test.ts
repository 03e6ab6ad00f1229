/**
 * The files of the npm package, made and run as its launcher runs them, with
 * the Deno of this machine in the place of the package `deno`.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { readTask } from "../../lib/cli/service/task_command.ts";
import { fill } from "../../scripts/npm.ts";
import { withChanges } from "../../scripts/npm/bundle.ts";
import { startCodaze } from "../support/codaze.ts";
import { loadedScripts, ofNode } from "../support/loaded_scripts.ts";
import { runDeno } from "./run_deno.ts";

Deno.test("the npm package", async (t) => {
  const made = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const folder = await Deno.realPath(made);
  const program = join(folder, "program");
  const main = join(program, "main.ts");
  try {
    assertEquals(await fill(folder), { ok: true, value: undefined });

    await t.step("starts by its launcher, as the task start does", async () => {
      await installDeno(folder);
      const { code, stdout } = await launch(folder, ["--version"]);
      assertStringIncludes(stdout, `codaze ${denoJson.version}`);
      assertEquals(code, 0);
      assertEquals((await launch(folder, ["nonsense"])).code, 2);
    });

    await t.step({
      name: "its launcher passes on the task's variables and flags",
      ignore: Deno.build.os === "windows",
      async fn() {
        const { environment, words } = readTask(denoJson.tasks.start) ?? {};
        assert(environment && words);
        const names = Object.keys(environment);
        const shown = names.map((name) => `$${name}`).join(" ");
        const fake = join(folder, "fake-deno");
        const script = `#!/bin/sh\necho ${shown}\nprintf '%s\\n' "$@"\n`;
        await Deno.writeTextFile(fake, script, { mode: 0o755 });
        await installDeno(folder, fake);
        const { stdout } = await launch(folder, ["--listen", "a b"]);
        assertEquals(stdout.split("\n"), [
          Object.values(environment).join(" "),
          ...words,
          `--config=${join(program, "deno.json")}`,
          main,
          "--listen",
          "a b",
          "",
        ]);
      },
    });

    await t.step("every file of its program can be loaded", async () => {
      const files = (await namesIn(join(program, "lib", "cli")))
        .filter((name) => name.endsWith(".js"));
      assert(files.includes("run.js") && files.includes("commands.js"));
      const urls = files.map((name) =>
        pathToFileURL(join(program, "lib", "cli", name)).href
      );
      const probe = join(folder, "probe.ts");
      await Deno.writeTextFile(
        probe,
        `for (const url of ${JSON.stringify(urls)}) await import(url);`,
      );
      const { code, stderr } = await inPackage(program, probe);
      assertEquals([code, stderr], [0, ""]);
    });

    await t.step("a stack trace names files of lib/", async () => {
      const probe = join(folder, "probe.ts");
      const run = pathToFileURL(join(program, "lib", "cli", "run.js")).href;
      await Deno.writeTextFile(
        probe,
        `import { run } from "${run}"; await run([{}]);`,
      );
      const { stderr } = await inPackage(program, probe);
      assertStringIncludes(stderr, "/program/lib/cli/run.ts:");
    });

    await t.step("a start loads nothing of Node's layer", async () => {
      await using codaze = startCodaze([
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
        `--accounts-dir=${join(folder, "accounts")}`,
      ], { script: main, flags: ["--inspect=127.0.0.1:0"] });
      const inspector = await codaze.printed(/(ws:\/\/127\.0\.0\.1:\S+)/);
      await codaze.printed(/admin port +(\S+)/);
      const loaded = await loadedScripts(inspector);
      assert(loaded.some((one) => one.endsWith("/lib/cli/run.js")));
      assertEquals(ofNode(loaded), []);
    });

    await t.step("it has the licences of what is in the bundle", async () => {
      const path = join(folder, "THIRD_PARTY_LICENSES.md");
      const licences = await Deno.readTextFile(path);
      assertStringIncludes(licences, "## ws 8");
      assertStringIncludes(licences, "## deno-std ");
    });

    await t.step("it names no folder of this machine", async () => {
      const folders = [Deno.cwd(), Deno.env.get("HOME") ?? "/none"];
      for (const name of await namesIn(join(program, "lib", "cli"))) {
        const text = await Deno.readTextFile(
          join(program, "lib", "cli", name),
        );
        for (const one of folders) assert(!text.includes(`${one}/`), name);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function namesIn(folder: string): Promise<string[]> {
  return Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
}

/** The package `deno`, as far as the launcher uses it. */
async function installDeno(folder: string, path = "deno"): Promise<void> {
  const deno = join(folder, "node_modules", "deno");
  await Deno.mkdir(deno, { recursive: true });
  await Deno.writeTextFile(
    join(deno, "install_api.cjs"),
    `exports.runInstall = () => ${JSON.stringify(path)};\n`,
  );
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

async function launch(
  folder: string,
  args: readonly string[],
): Promise<Ended> {
  const { code, stdout } = await new Deno.Command("node", {
    args: [join(folder, "bin", "codaze.cjs"), ...args],
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

function inPackage(program: string, script: string) {
  const config = `--config=${join(program, "deno.json")}`;
  return runDeno(["run", "-A", "--no-remote", "--frozen", config, script]);
}

Deno.test("withChanges() refuses a bundle of another form", () => {
  const changed = withChanges(new Map([["run.js", "nothing of it"]]));
  assert(!changed.ok);
  assertStringIncludes(changed.error, "in 0 files of the bundle");
});

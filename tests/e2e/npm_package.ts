/**
 * The npm package as a person gets it: packed, installed with npm into an empty
 * folder, and run by its name with an empty home.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { e2eVariable } from "./support/codex.ts";
import { run } from "./support/child.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("the npm package installs and runs, as packed", async () => {
  const scratch = await Deno.makeTempDir({ prefix: "codaze-e2e-npm-" });
  const home = join(scratch, "home");
  try {
    await Deno.mkdir(home);
    await Deno.mkdir(join(scratch, "app"));
    const shell = async (script: string, cwd: string) => {
      const ended = await run({
        program: "sh",
        args: ["-c", script],
        cwd,
        // Certificates and a registry may be set in it.
        env: { ...withoutOurs(), HOME: home, NO_COLOR: "1" },
        timeoutMs: 180_000,
      });
      assertEquals([ended.code, ended.killed], [0, false], ended.stderr);
      return ended.stdout;
    };
    const deno = `DENO_DIR='${e2eVariable("DENO_DIR")}' deno`;
    await shell(`${deno} task npm --output ${scratch}`, ROOT);
    const app = join(scratch, "app");
    const tarball = `../codaze-${denoJson.version}.tgz`;
    await shell(`npm install --no-audit --no-fund --silent ${tarball}`, app);
    const codaze = (words: string) =>
      shell(`node_modules/.bin/codaze ${words}`, app);
    const version = await codaze("--version");
    assertStringIncludes(version, `codaze ${denoJson.version}`);
    assertStringIncludes(await codaze("selftest"), "All is well: ");
    // Signals and exit codes pass through the launcher.
    const bad = await shell(
      "node_modules/.bin/codaze nonsense || echo ended $?",
      app,
    );
    assertStringIncludes(bad, "ended 2");
    const stopped = await shell(
      [
        "node_modules/.bin/codaze --listen 127.0.0.1:0 " +
        "--admin-listen 127.0.0.1:0 2>log & pid=$!",
        "until grep -q 'no account yet' log; do sleep 0.1; done",
        "kill -TERM $pid; wait $pid; echo ended $?",
      ].join("\n"),
      app,
    );
    assertStringIncludes(stopped, "ended 0");
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
});

/** What a new person would not have set. */
function withoutOurs(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !/^(?:CODAZE|DENO_DIR|XDG_|CODEX_HOME)/.test(name)),
  );
}

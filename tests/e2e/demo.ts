/**
 * `deno task demo` as a person meets it: started, its two lines run exactly as
 * printed, ended by Ctrl-C.
 *
 * The second line begins with `npx -y @openai/codex@…`. It is run in the folder
 * where `deno task e2e` has installed that very package, so npx finds it and
 * downloads nothing.
 */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { join } from "@std/path";
import { type Ended, run, start } from "./support/child.ts";
import { e2eVariable } from "./support/codex.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("deno task demo: its curl line and its codex line work as printed, and it leaves nothing behind", async () => {
  const scratch = await Deno.makeTempDir({ prefix: "codaze-e2e-demo-" });
  try {
    const tmp = join(scratch, "tmp");
    const home = join(scratch, "home");
    for (const folder of [tmp, home]) await Deno.mkdir(folder);
    const demo = start({
      program: Deno.execPath(),
      args: ["task", "demo"],
      cwd: ROOT,
      env: {
        HOME: home,
        TMPDIR: tmp,
        NO_COLOR: "1",
        // What deno has cached stays in use, though its home is another.
        DENO_DIR: e2eVariable("DENO_DIR"),
      },
      timeoutMs: 120_000,
    });
    const invitation = await demo.printed("Ctrl-C ends it.");
    const [folder] = await namesIn(tmp);
    assert(folder?.startsWith("codaze-demo-"), `no folder, but ${folder}`);

    const answer = await shell(lineOf(invitation, "curl -N "), home);
    const codex = await shell(lineOf(invitation, "npx "), home);
    demo.signal("SIGINT");
    const ended = await demo.ended;

    assertEquals(answer.code, 0);
    assert(answer.stdout.includes("event: response.completed"), answer.stdout);
    assert(answer.stdout.includes('"text":"hello from the demo"'));
    assertEquals([codex.code, codex.stdout], [0, "hello from the demo\n"]);
    assertEquals([ended.code, ended.killed], [0, false]);
    assertEquals(await namesIn(tmp), []);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
});

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name);
}

/** One printed command, with the line that continues it. */
function lineOf(text: string, beginning: string): string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.trim().startsWith(beginning));
  assert(at !== -1, `no line begins with "${beginning}"`);
  return `${lines[at]}\n${lines[at + 1]}`;
}

/** As typed into a shell, in the folder where npx finds the client. */
function shell(line: string, home: string): Promise<Ended> {
  return run({
    program: "sh",
    args: ["-c", line],
    cwd: e2eVariable("CODAZE_E2E_MODULES"),
    env: {
      HOME: home,
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
    },
    timeoutMs: 60_000,
  });
}

/**
 * Checks that a Codaze works: its version, `/health` of the gateway, one turn
 * of the demo, and a stop by signal with exit code 0.
 *
 * The arguments are the program and what it needs before its own arguments:
 * `deno run -A scripts/smoke.ts dist/codaze`. Leaves nothing behind; needs no
 * account and no network.
 */
import { join } from "@std/path";
import denoJson from "../deno.json" with { type: "json" };
import { ownMessage } from "../lib/error_text.ts";
import { type Program, start } from "./smoke/program.ts";

async function main(command: readonly string[]): Promise<number> {
  const [path] = command;
  if (path === undefined) {
    say("smoke: Give the program to try");
    return 2;
  }
  const home = await Deno.makeTempDir({ prefix: "codaze-smoke-" });
  try {
    const program = { command, home };
    say(await tryVersion(program));
    say(await tryHealth(program));
    say(await tryDemo(program));
    return 0;
  } catch (error) {
    say(`smoke: ${ownMessage(error)}`);
    return 1;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function tryVersion(program: Program): Promise<string> {
  await using codaze = start(program, ["--version"]);
  const line = await codaze.printed(/^codaze .*$/m);
  if (!line.startsWith(`codaze ${denoJson.version}`)) {
    throw new Error(`Cannot be it: "${line}", expected ${denoJson.version}`);
  }
  await codaze.ended(0);
  return line;
}

/** The page is in the program itself; what each file has in it. */
const PAGE = [
  ["/", "<title>Codaze</title>"],
  ["/admin/page.css", "color-scheme"],
  ["/admin/page.js", "EventSource"],
] as const;

async function tryHealth(program: Program): Promise<string> {
  await using codaze = start(program, [
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    `--accounts-dir=${join(program.home, "accounts")}`,
  ]);
  const url = await codaze.printed(/public port +(http:\S+)\/v1/);
  const response = await fetch(`${url}/health`);
  await response.body?.cancel();
  if (response.status !== 200) {
    throw new Error(`/health answered ${response.status}`);
  }
  const admin = await codaze.printed(/admin port +(http:\S+)\//);
  for (const [path, sign] of PAGE) {
    const text = await (await fetch(`${admin}${path}`)).text();
    if (!text.includes(sign)) throw new Error(`${path} is not the page's`);
  }
  const code = await codaze.stop();
  return `health: 200, the page, stopped with ${code}`;
}

async function tryDemo(program: Program): Promise<string> {
  await using codaze = start(program, ["demo"]);
  const url = await codaze.printed(/curl -N (http:\S+\/v1\/responses)/);
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-6.2-sol",
      stream: true,
      input: "say: smoke",
    }),
  });
  const events = await response.text();
  if (!events.includes("event: response.completed")) {
    throw new Error(`The demo answered ${response.status}, and no turn`);
  }
  const code = await codaze.stop();
  return `demo: one turn, stopped with ${code}`;
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

if (import.meta.main) Deno.exit(await main(Deno.args));

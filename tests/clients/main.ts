/**
 * `deno task clients`: real client libraries against the gateway on the
 * simulator, the acceptance tests of its OpenAI side.
 *
 * Installs each client once, from its registry, into a folder outside the
 * repository; `CODAZE_CLIENTS_CACHE` names another one. `--only node,python`
 * runs those alone, `--test T25` the tests whose names begin so, `--test recipe`
 * the recipes of the documents. A client that is not to be had is told; that is
 * a failure if `--only` names it.
 */
import { parseArgs } from "@std/cli";
import { join } from "@std/path";
import { startTestGateway } from "../support/gateway.ts";
import { type Client, CLIENTS } from "./clients.ts";
import { install, type Program } from "./install.ts";
import { RunningClient } from "./program.ts";
import { follow, recipesOf } from "./recipes.ts";
import { type Outcome, Report } from "./report.ts";
import { sceneOf } from "./scenes.ts";

interface Options {
  readonly clients: readonly Client[];
  /** Whether they were chosen by name. */
  readonly named: boolean;
  /** How the names of tests begin. */
  readonly test: string;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) return 2;
  const cache = await cacheFolder();
  const report = new Report(say);
  for (const client of options.clients) {
    const program = await install(client, cache);
    if (program.ok) {
      await runAll(client, program.value, { options, report });
      await followAll(client, program.value, { options, report });
    } else report.notToBeHad(client, program.error, options.named);
  }
  return report.end() ? 0 : 1;
}

function readOptions(args: readonly string[]): Options | undefined {
  const unknown: string[] = [];
  const { only, test = "" } = parseArgs([...args], {
    string: ["only", "test"],
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  const wanted = only?.split(",");
  const names = CLIENTS.map(({ name }) => name);
  const stray = wanted?.find((name) => !names.includes(name)) ?? unknown[0];
  if (stray !== undefined) {
    if (stray !== "--help") say(`Cannot use "${stray}"`);
    say("deno task clients [--only NAME,NAME] [--test T25]");
    say(`clients: ${names.join(", ")}`);
    return undefined;
  }
  const clients = CLIENTS.filter(({ name }) => wanted?.includes(name) ?? true);
  return { clients, named: wanted !== undefined, test };
}

async function cacheFolder(): Promise<string> {
  const named = Deno.env.get("CODAZE_CLIENTS_CACHE");
  const parent = Deno.env.get("TMPDIR") ?? Deno.env.get("TEMP") ?? "/tmp";
  const folder = named ?? join(parent, "codaze-clients");
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await Deno.stat(folder);
  // We run programs from this folder, so it must be ours.
  if (named === undefined && uid !== null && uid !== Deno.uid()) {
    throw new Error(
      `${folder} belongs to somebody else; set CODAZE_CLIENTS_CACHE`,
    );
  }
  return await Deno.realPath(folder);
}

/** All cases of a client; after one that ends its program, in a new one. */
async function runAll(
  client: Client,
  program: Program,
  { options, report }: { readonly options: Options; readonly report: Report },
): Promise<void> {
  let left: readonly string[] | undefined;
  while (left === undefined || left.length > 0) {
    await using running = new RunningClient(program);
    const cases = await running.cases();
    if (!cases.ok) return report.notToBeHad(client, cases.error, true);
    left ??= cases.value.filter((name) => isWanted(name, options.test));
    while (left.length > 0) {
      const [name = "", ...others]: readonly string[] = left;
      left = others;
      const outcome = await outcomeOf(running, name);
      report.add(client, name, outcome);
      if (outcome.ended) break;
    }
  }
}

/** What the documents say of a client, as printed. */
async function followAll(
  client: Client,
  program: Program,
  { options, report }: { readonly options: Options; readonly report: Report },
): Promise<void> {
  for (const recipe of await recipesOf(client.name)) {
    if (!isWanted(recipe.name, options.test)) continue;
    const started = performance.now();
    const reason = await follow(recipe, program);
    const ms = performance.now() - started;
    report.add(client, recipe.name, { reason, ended: false, ms });
  }
}

/** `T1` is not wanted when `T12` is, nor the other way round. */
function isWanted(name: string, test: string): boolean {
  return test === "" || name === test || name.startsWith(`${test} `);
}

async function outcomeOf(
  running: RunningClient,
  name: string,
): Promise<Outcome> {
  const scene = sceneOf(name);
  const started = performance.now();
  let ended = false;
  try {
    await using test = await startTestGateway({ warm: true, ...scene.options });
    test.simulator.answers = scene.answers ?? {};
    scene.prepare?.(test);
    const told = await running.run(name, test.url("/v1"));
    ended = running.ended;
    if (!told.ok) throw new Error(told.error);
    await scene.judge?.(test, told.value);
    const { violations } = test.simulator;
    if (violations.length > 0) throw new Error(violations.join(", "));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { reason, ended, ms: performance.now() - started };
  }
  return { reason: undefined, ended, ms: performance.now() - started };
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

/**
 * `deno task fuzz`: every parser that reads foreign bytes, for ten seconds
 * each, as many at once as there are processors.
 *
 * `--seconds N` for longer, `--seed S` for the same inputs again; what fails
 * is told with `--target NAME --seed S --at N`, which makes it alone.
 */
import { parseArgs } from "@std/cli";
import type { Outcome } from "./one.ts";
import { TARGETS } from "./targets.ts";

const SECONDS = 10;
/** One more than there are processors: some wait for sockets. */
const AT_ONCE = navigator.hardwareConcurrency + 1;
/** An input that takes longer has no end. */
const STILL_MS = 20_000;
const ONE = new URL("one.ts", import.meta.url).pathname;

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly at: number;
  readonly names: readonly string[];
}

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) return 2;
  const { seed, names } = options;
  say(`fuzz: --seed ${seed}, ${options.seconds} s each`);
  const started = performance.now();
  const left = [...names];
  let failed = 0;
  const lane = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (!await fuzz(name, options)) failed++;
    }
  };
  await Promise.all(
    Array.from({ length: AT_ONCE }, lane),
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  const verdict = failed === 0 ? "ok" : "FAILED";
  const passed = names.length - failed;
  say(`${verdict} | ${passed} passed | ${failed} failed (${seconds}s)`);
  return failed === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]): Options | undefined {
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    string: ["seconds", "seed", "target", "at"],
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  const { target, at } = parsed;
  const all = TARGETS.map(({ name }) => name);
  const wrong = (text: string) => {
    if (text !== "") say(`Cannot use ${text}`);
    say(`deno task fuzz [--seconds N] [--seed S] [--target NAME [--at N]]`);
    say(`targets: ${all.join(", ")}`);
    return undefined;
  };
  const [stray] = unknown;
  if (stray === "--help") return wrong("");
  if (stray !== undefined) return wrong(`"${stray}"`);
  if (target !== undefined && !all.includes(target)) {
    return wrong(`--target "${target}"`);
  }
  const given = { seconds: parsed.seconds, seed: parsed.seed, at };
  for (const [name, value = "0"] of Object.entries(given)) {
    if (!(Number(value) >= 0)) {
      return wrong(`--${name} "${value}": expected a number`);
    }
  }
  const [seconds, seed = Date.now() % 1_000_000, from = 0] = Object
    .values(given).map((text) => text === undefined ? text : Number(text));
  return {
    // One input alone takes no time.
    seconds: seconds ?? (at === undefined ? SECONDS : 0),
    names: target === undefined ? all : [target],
    at: from,
    seed,
  };
}

/** True if all held. */
async function fuzz(name: string, options: Options): Promise<boolean> {
  const { seed, seconds, at: from } = options;
  await using child = new Deno.Command("deno", {
    args: ["run", "-A", ONE, name, ...[seed, from, seconds].map(String)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1", NO_PROXY: "127.0.0.1" },
  }).spawn();
  let at = from;
  let outcome: Outcome | undefined;
  let rest = "";
  let timer = setTimeout(() => child.kill("SIGKILL"), STILL_MS);
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), STILL_MS);
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("at ")) at = Number(line.slice(3));
      else if (line.startsWith("{")) outcome = JSON.parse(line);
    }
  }
  clearTimeout(timer);
  await child.status;
  return told(name, options, at, outcome);
}

function told(
  name: string,
  { seed }: Options,
  at: number,
  outcome: Outcome | undefined,
): boolean {
  if (!outcome) {
    say(
      `${name}: WRONG: no end; --target "${name}" --seed ${seed} --at ${at}, or one of the next 50`,
    );
    return false;
  }
  const { inputs, failed } = outcome;
  if (!failed) {
    say(`${name}: ${inputs} inputs`);
    return true;
  }
  say(`${name}: WRONG: --target "${name}" --seed ${seed} --at ${failed.at}`);
  say(`  ${failed.reason.split("\n").slice(0, 6).join("\n  ")}`);
  const bytes = Uint8Array.fromBase64(failed.input);
  const text = new TextDecoder("latin1").decode(bytes);
  say(`  smallest input: ${JSON.stringify(text.slice(0, 400))}`);
  say(`  in base64: ${failed.input.slice(0, 400)}`);
  return false;
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

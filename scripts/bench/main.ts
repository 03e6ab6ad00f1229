/**
 * The benchmark: the upstream directly, nginx, a bare relay and the gateway in
 * one run.
 *
 * Everything but suite `line` is on loopback, and all child processes end with
 * this one. Compare only figures of the same run. docs/performance.md explains
 * them.
 */

import { parseArgs } from "@std/cli";
import { type Bench, startBench } from "./bench.ts";
import { gate } from "./gate.ts";
import { NGINX_MISSING } from "./nginx.ts";
import { SUITES } from "./suites.ts";
import { lastWords, onPath, stopAll } from "./process.ts";
import {
  figuresTable,
  printLine,
  ratiosTable,
  type SuiteResult,
  writeJson,
  writeMarkdown,
} from "./report.ts";

const LIMIT_SECONDS = { quick: 1800, full: 7200, gate: 300 };
const USAGE = `usage: deno task bench [--quick] [--only NAME]...
  NAME: ${Object.keys(SUITES).join(", ")}
  --json FILE     also writes the figures of every round
  --markdown FILE also writes the tables of docs/performance.md
  --gate          only compares CPU time with the limits of docs/performance.md
  --gateway FILE  another program with the gateway's flags
  --against FILE  one more, measured in the same rounds`;

Deno.exitCode = await main(Deno.args);
Deno.exit();

async function main(args: readonly string[]): Promise<number> {
  const options = parseArgs([...args], {
    boolean: ["quick", "gate", "help"],
    string: ["only", "json", "markdown", "gateway", "against"],
    collect: ["only"],
  });
  const unknown = options.only.find((name) => !Object.hasOwn(SUITES, name));
  if (options.help || unknown !== undefined) {
    printLine(USAGE);
    return options.help ? 0 : 2;
  }
  if (Deno.build.os !== "linux") {
    printLine("The benchmark reads /proc and needs Linux");
    return 1;
  }
  const names = options.only.length > 0 ? options.only : Object.keys(SUITES);
  const folder = await Deno.makeTempDir({ prefix: "codaze-bench" });
  const kind = options.gate ? "gate" : options.quick ? "quick" : "full";
  guard(folder, LIMIT_SECONDS[kind]);
  try {
    const bench = await startBench({
      quick: options.quick,
      folder,
      gateway: options.gateway ??
        new URL("../../main.ts", import.meta.url).pathname,
      ...options.against === undefined ? {} : { against: options.against },
    });
    if (options.gate) return await gate(bench) ? 0 : 1;
    const results = await run(bench, names);
    const { quick } = options;
    const metrics = results.flatMap((one) => one.metrics);
    if (options.json !== undefined) {
      writeJson(options.json, { deno: Deno.version.deno, quick, metrics });
    }
    if (options.markdown !== undefined) {
      writeMarkdown(options.markdown, results);
    }
    return 0;
  } catch (error) {
    printLine(`${lastWords()}\nFailed: ${error}`);
    return 1;
  } finally {
    cleanUp(folder);
  }
}

async function run(
  bench: Bench,
  names: readonly string[],
): Promise<readonly SuiteResult[]> {
  if (onPath("nginx") === undefined) printLine(NGINX_MISSING);
  const results: SuiteResult[] = [];
  for (const suite of names) {
    const startedAt = performance.now();
    const metrics = await SUITES[suite]?.(bench) ?? [];
    results.push({ suite, metrics });
    const seconds = (performance.now() - startedAt) / 1000;
    printLine(`${suite} done in ${seconds.toFixed(1)} s`);
  }
  const metrics = results.flatMap((one) => one.metrics);
  printLine(`\n${figuresTable(metrics)}\n\n${ratiosTable(metrics)}`);
  return results;
}

/** Ends the run and its children on a signal or when it takes too long. */
function guard(folder: string, seconds: number): void {
  const abandon = (why: string) => {
    printLine(why);
    cleanUp(folder);
    Deno.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => abandon(`Stopped by ${signal}`));
  }
  setTimeout(() => abandon(`Not done after ${seconds} s`), seconds * 1000);
}

function cleanUp(folder: string): void {
  stopAll();
  Deno.removeSync(folder, { recursive: true });
}

/**
 * `codaze selftest`: runs the real gateway against the built-in simulator and
 * its faults. Sends nothing off this machine and does not touch the user's
 * files.
 */
import { dim, green, red } from "@std/fmt";
import { redact } from "../../failure/redact.ts";
import { PROXY_VARIABLES } from "../../upstream/socket/proxy.ts";
import { splitOptions } from "../../config/options.ts";
import { failUsage, print, withColor } from "../terminal/output.ts";
import { ACCOUNT_SCRIPTS } from "./account_scripts.ts";
import { OTHER_SCRIPTS } from "./other_scripts.ts";
import { playAll, type PlayOptions } from "./play.ts";
import type { Played } from "./stage.ts";
import { WIRE_SCRIPTS } from "./wire_scripts.ts";
import { visible } from "../terminal/text_width.ts";
import { versionLine } from "../process/version.ts";

const SCRIPTS = [...ACCOUNT_SCRIPTS, ...WIRE_SCRIPTS, ...OTHER_SCRIPTS];

/** `sabotage` is for tests: it makes scripts fail. */
export async function selftest(
  args: readonly string[],
  { sabotage }: Pick<PlayOptions, "sabotage"> = {},
): Promise<number> {
  const options = splitOptions(args, { booleans: ["json"] });
  if (!options.ok) return failUsage(options.error);
  const [stray] = options.value.rest;
  if (stray !== undefined) {
    return failUsage(`Cannot use "${stray}": expected --json or nothing`);
  }
  // A proxy would take even loopback requests off this machine.
  for (const name of PROXY_VARIABLES) Deno.env.delete(name);

  const json = options.value.switches.has("json");
  const dir = await Deno.makeTempDir({ prefix: "codaze-selftest-" });
  try {
    const results = await playAll(SCRIPTS, {
      dir,
      ...sabotage ? { sabotage } : {},
      report: json ? () => {} : (played) => print(colored(() => line(played))),
    });
    print(json ? jsonText(results) : summary(results));
    return results.every(isPassed) ? 0 : 1;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function line(played: Played): string {
  const { name, ms, unmet } = played;
  const mark = isPassed(played) ? green("ok  ") : red("FAIL");
  const head = `${mark} ${dim(`${ms} ms`.padStart(8))}  ${name}`;
  const indent = " ".repeat(15);
  return [head, ...unmet.map((claim) => `${indent}not so: ${safe(claim)}`)]
    .join("\n");
}

function summary(results: readonly Played[]): string {
  const failed = results.filter((one) => !isPassed(one)).length;
  const took = `${results.length} scripts in ${sumOf(results)} ms`;
  return failed === 0
    ? `\nAll is well: ${took}`
    : `\n${failed} failed of ${took}: this build, or this machine, does not work`;
}

function jsonText(results: readonly Played[]): string {
  const report = {
    version: versionLine(),
    ok: results.every(isPassed),
    ms: sumOf(results),
    scripts: results.map((played) => ({
      name: played.name,
      ok: isPassed(played),
      ms: played.ms,
      unmet: played.unmet.map(safe),
    })),
  };
  return JSON.stringify(report, null, 2);
}

function isPassed({ unmet }: Played): boolean {
  return unmet.length === 0;
}

function sumOf(results: readonly Played[]): number {
  return results.reduce((sum, { ms }) => sum + ms, 0);
}

function colored(make: () => string): string {
  return withColor(Deno.stdout.isTerminal(), make);
}

/** Messages may quote anything, even tokens. */
function safe(text: string): string {
  return visible(redact(text));
}

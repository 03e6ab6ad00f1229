/**
 * The base runtime, `denort`: the program that `deno compile` adds our modules
 * to. Deno downloads it; this file says from where, and what to do if that host
 * cannot be reached.
 */
import { join } from "@std/path";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Target } from "./targets.ts";

/** Deno's host for it, which no flag changes. */
const HOST = "dl.deno.land";

/** The path on the host, and in the folder `dl` of Deno. */
function pathOf(target: Target): string {
  return `release/v${Deno.version.deno}/denort-${target}.zip`;
}

/**
 * The environment that makes Deno use `named`, the value of `DENORT_BIN`. Deno
 * would use it for every target, so more than one target is an error.
 */
export async function baseRuntimeEnvironment(
  targets: readonly Target[],
  named: string | undefined,
): Promise<Result<Readonly<Record<string, string>>, string>> {
  if (named === undefined || named === "") return ok({});
  if (targets.length > 1) {
    return err(
      `Cannot use DENORT_BIN "${named}" for ${targets.length} targets: name one with --target`,
    );
  }
  try {
    return ok({ DENORT_BIN: await Deno.realPath(named) });
  } catch {
    return err(`Cannot use DENORT_BIN "${named}": no such file`);
  }
}

/** Whether `deno compile` failed because it has no base runtime. */
export function lacksBaseRuntime(stderr: string): boolean {
  return stderr.includes("Setting up base binary");
}

/** The error for that, with Deno's reason and what to do. */
export function unreachable(
  target: Target,
  downloads: string,
  stderr: string,
): string {
  const path = pathOf(target);
  return `Cannot fetch the base runtime for ${target}
  from    https://${HOST}/${path}
  because ${reasonOf(stderr)}

Any one of these helps:
  1. a network, or a proxy in HTTPS_PROXY, by which ${HOST} can be reached
  2. DENORT_BIN=PATH, a denort of Deno ${Deno.version.deno} for ${target}
  3. the file from there, fetched elsewhere and put at
     ${join(downloads, path)}

No file was written`;
}

/** The innermost cause, which says the most in the fewest words. */
function reasonOf(stderr: string): string {
  const causes = stderr.matchAll(/^ +\d+: (?!<unknown>)(.+)$/gm);
  const [, last] = [...causes].at(-1) ?? [];
  return last ?? "Deno does not say";
}

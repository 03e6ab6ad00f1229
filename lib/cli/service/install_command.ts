/**
 * The command that installs a service again. It repeats what the service was
 * installed with, because `install` drops what it is not given.
 */
import { exists } from "@std/fs";
import { shellWord } from "../terminal/words.ts";
import type { Wish } from "./plan.ts";

/** Leaves out a program that is gone: this one takes its place. */
export async function installCommand(
  { program, environment, secrets, flags }: Wish,
): Promise<string> {
  const isThere = program !== undefined && await exists(program);
  return [
    "codaze service install",
    ...isThere ? [shellWord(`--program=${program}`)] : [],
    ...Object.entries(environment).map(([name, value]) =>
      `--env ${shellWord(`${name}=${value}`)}`
    ),
    // A secret is not shown: the shell that runs this has to have it.
    ...Object.keys(secrets).map((name) => `--env ${name}`),
    ...flags.map(shellWord),
  ].join(" ");
}

/** Runs `deno task compile` as a person would. */
import { type Ended, runDeno } from "../run_deno.ts";

export function compile(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  return runDeno(["task", "--quiet", "compile", ...args], env);
}

export async function namesIn(folder: string): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
}

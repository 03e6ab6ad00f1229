/**
 * The commit that is compiled, and the time for all files, so that a commit
 * gives the same bytes on every machine.
 */
import { runProgram } from "./command.ts";

export interface Source {
  /** Seven digits, then `-dirty` if files differ. Undefined without git. */
  readonly commit: string | undefined;
  /** Seconds since the epoch. */
  readonly time: number;
}

/** What an executable is made of, relative to the root. */
export const COMPILED = ["main.ts", "lib", "deno.json", "deno.lock"] as const;

/** 1980-01-01, the earliest time in a zip file. */
const NO_TIME = 315_532_800;

export async function readSource(root: string): Promise<Source> {
  const head = await git(root, ["log", "-1", "--format=%H %ct"]);
  const [hash, time] = head?.trim().split(" ") ?? [];
  if (hash === undefined || hash === "") {
    return { commit: undefined, time: NO_TIME };
  }
  const changed = await git(root, ["status", "--porcelain", "--", ...COMPILED]);
  const dirty = changed === "" ? "" : "-dirty";
  return { commit: `${hash.slice(0, 7)}${dirty}`, time: Number(time) };
}

async function git(
  root: string,
  args: readonly string[],
): Promise<string | undefined> {
  const ended = await runProgram("git", args, { cwd: root });
  return ended.ok && ended.value.code === 0 ? ended.value.stdout : undefined;
}

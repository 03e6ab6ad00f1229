/**
 * How many file descriptors this process has open, as far as it can find out.
 *
 * Its permissions allow neither `/proc` nor reading the limit. But the system
 * hands out the lowest free number: after opening a few descriptors, every
 * other number below the highest one is in use. If the few cannot be opened,
 * the limit is near.
 *
 * Only Node's functions tell the numbers, and before the first request of a
 * caller they are not loaded: there is nothing to count then but connections
 * that have not asked for anything, and these matter only near the limit.
 */
import type { Descriptors } from "../../runtime.ts";
import { isNodeLoaded } from "../../std/node.ts";

/** With fewer left than this the limit is near. */
const SPARE = 64;

/** Undefined on Windows, or if `folder` cannot be opened. */
export async function countDescriptors(
  folder: string,
): Promise<Descriptors | undefined> {
  if (Deno.build.os === "windows") return undefined;
  if (!isNodeLoaded() && await canOpenSpare(folder)) {
    return { inUse: undefined, nearLimit: false };
  }
  const { open, openSync, closeSync } = await import("node:fs");
  const held: number[] = [];
  try {
    // The first one asynchronously, in case the disk does not answer.
    held.push(
      await new Promise<number>((resolve, reject) => {
        open(folder, "r", (error, fd) => error ? reject(error) : resolve(fd));
      }),
    );
    while (held.length < SPARE) held.push(openSync(folder, "r"));
    return { inUse: below(held), nearLimit: false };
  } catch (error) {
    return isUsedUp(error)
      ? { inUse: below(held), nearLimit: true }
      : undefined;
  } finally {
    for (const one of held) closeSync(one);
  }
}

async function canOpenSpare(folder: string): Promise<boolean> {
  const held: Deno.FsFile[] = [];
  try {
    while (held.length < SPARE) held.push(await Deno.open(folder));
    return true;
  } catch {
    // What is wrong with it, the numbers will tell.
    return false;
  } finally {
    for (const one of held) one.close();
  }
}

/** How many numbers below the highest of `own` are not in `own`. */
function below(own: readonly number[]): number | undefined {
  const last = own.at(-1);
  return last === undefined ? undefined : last - (own.length - 1);
}

function isUsedUp(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
}

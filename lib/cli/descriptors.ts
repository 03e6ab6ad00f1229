/**
 * How many descriptors this process has open, as far as it can find out.
 *
 * The runtime may look neither into `/proc` nor at the limit. But the system
 * gives out the lowest number that is free, so all below it are taken; and
 * whether there are some left shows when they are asked for.
 */
import type { Descriptors } from "../runtime.ts";

/** With fewer left than this the limit is near. */
const SPARE = 64;

/** Undefined where nobody can tell: on Windows, or without the folder. */
export async function countDescriptors(
  folder: string,
): Promise<Descriptors | undefined> {
  if (Deno.build.os === "windows") return undefined;
  const { open, openSync, closeSync } = await import("node:fs");
  const held: number[] = [];
  try {
    // The first without blocking: a disk may not answer.
    held.push(
      await new Promise<number>((resolve, reject) => {
        open(folder, "r", (error, fd) => error ? reject(error) : resolve(fd));
      }),
    );
    while (held.length < SPARE) held.push(openSync(folder, "r"));
    return { inUse: held[0], nearLimit: false };
  } catch (error) {
    return isUsedUp(error) ? { inUse: held[0], nearLimit: true } : undefined;
  } finally {
    for (const one of held) closeSync(one);
  }
}

function isUsedUp(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
}

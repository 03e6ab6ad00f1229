/**
 * The files of a service on disk: what is there, and writing over it only if
 * it is ours to write.
 */
import { reasonOf, writeDurably } from "../../accounts/durable.ts";
import { err, ok, type Result } from "../../result.ts";
import type { ServiceFile } from "./manager.ts";
import { readStamp, type Stamped } from "./stamp.ts";

export type Found =
  | { readonly kind: "absent" }
  | (Stamped & { readonly text: string; readonly mode: number });

/** What is at `path`. A link is foreign: it leads to what others care for. */
export async function find(path: string): Promise<Result<Found, string>> {
  try {
    const { isFile, mode } = await Deno.lstat(path);
    const text = isFile ? await Deno.readTextFile(path) : "";
    return ok({ ...readStamp(text), text, mode: (mode ?? 0) & 0o777 });
  } catch (error) {
    // Or a file is where a folder should be: then nothing is behind it.
    const absent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    return absent
      ? ok({ kind: "absent" })
      : err(`Cannot read "${path}": ${reasonOf(error)}`);
  }
}

/** Whether a person would lose something if it were replaced. */
export function mayReplace(
  path: string,
  found: Found,
): Result<void, string> {
  if (found.kind === "foreign") {
    return err(
      `"${path}" is not from codaze: move it away, or give it up with --force`,
    );
  }
  if (found.kind === "made" && found.edited) {
    return err(
      `"${path}" was edited by hand: keep it, or give it up with --force`,
    );
  }
  return ok(undefined);
}

/** Whether what is there is `file`; undefined: nothing. */
export function isSame(found: Found, file: ServiceFile | undefined): boolean {
  if (found.kind === "absent" || file === undefined) {
    return found.kind === "absent" && file === undefined;
  }
  return found.text === file.text && found.mode === file.mode;
}

/** Whole or not at all, and never through a link. */
export async function write(
  { path, text, mode }: ServiceFile,
): Promise<Result<void, string>> {
  const removed = await removeLink(path);
  if (!removed.ok) return removed;
  const written = await writeDurably(path, new TextEncoder().encode(text));
  if (!written.ok) return err(`Cannot write "${path}": ${written.error}`);
  try {
    await Deno.chmod(path, mode);
    return ok(undefined);
  } catch (error) {
    return err(`Cannot write "${path}": ${reasonOf(error)}`);
  }
}

/** What is not there, or has no path, is gone already. */
export async function remove(
  path: string | undefined,
): Promise<Result<void, string>> {
  if (path === undefined) return ok(undefined);
  try {
    await Deno.remove(path);
  } catch (error) {
    const gone = error instanceof Deno.errors.NotFound;
    if (!gone) return err(`Cannot remove "${path}": ${reasonOf(error)}`);
  }
  return ok(undefined);
}

/** `systemctl mask` makes one to /dev/null, which is not to be replaced. */
async function removeLink(path: string): Promise<Result<void, string>> {
  const found = await Deno.lstat(path).catch(() => undefined);
  return found?.isSymlink ? await remove(path) : ok(undefined);
}

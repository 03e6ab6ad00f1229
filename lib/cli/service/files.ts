/**
 * Reads, writes and removes the files of a service. `mayReplace` tells whether
 * a file is ours to replace.
 */
import { reasonOf, writeDurably } from "../../accounts/files/durable.ts";
import { err, ok, type Result } from "../../result.ts";
import type { ServiceFile } from "./manager.ts";
import { readStamp, type Stamped } from "./stamp.ts";

export type Found =
  | { readonly kind: "absent" }
  | (Stamped & { readonly text: string; readonly mode: number });

/** What is at `path`. A link is foreign, because we never make one. */
export async function find(path: string): Promise<Result<Found, string>> {
  try {
    const { isFile, mode } = await Deno.lstat(path);
    const text = isFile ? await Deno.readTextFile(path) : "";
    return ok({ ...readStamp(text), text, mode: (mode ?? 0) & 0o777 });
  } catch (error) {
    // With a file in place of a folder, `path` is absent, too.
    const absent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    return absent
      ? ok({ kind: "absent" })
      : err(`Cannot read "${path}": ${reasonOf(error)}`);
  }
}

/** An error if replacing the file would lose what a person wrote. */
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

/** Whether `file`, or nothing if it is undefined, is what was found. */
export function isSame(found: Found, file: ServiceFile | undefined): boolean {
  if (found.kind === "absent" || file === undefined) {
    return found.kind === "absent" && file === undefined;
  }
  return found.text === file.text && found.mode === file.mode;
}

/** Writes the whole file or nothing, and never through a link. */
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

/** Removes the file, if there is one. */
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

/** `systemctl mask` links to /dev/null, which must not be written to. */
async function removeLink(path: string): Promise<Result<void, string>> {
  const found = await Deno.lstat(path).catch(() => undefined);
  return found?.isSymlink ? await remove(path) : ok(undefined);
}

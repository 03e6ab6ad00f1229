/** Codex's `config.toml`: reads it, and writes it so that a crash leaves one. */
import { dirname, join } from "@std/path";
import { ensureDir } from "@std/fs";
import {
  reasonOf,
  removeDurably,
  writeDurably,
} from "../../accounts/files/durable.ts";
import { readRegularFile } from "../../accounts/files/regular_file.ts";
import { err, ok, type Result } from "../../result.ts";

export interface ConfigFile {
  readonly path: string;
  /** Undefined if there is none. */
  readonly text: string | undefined;
}

/** Far more than a person writes by hand. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The one in Codex's folder `home`. */
export async function readConfigFile(
  home: string,
): Promise<Result<ConfigFile, string>> {
  const path = join(home, "config.toml");
  const cannot = (why: string) => err(`Cannot edit ${path}: ${why}`);
  try {
    const read = await readRegularFile(path, MAX_BYTES);
    if (read.kind === "large") return cannot("it is larger than 8 MiB");
    if (read.kind === "other") return cannot("it is not a file");
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(read.bytes);
    return ok({ path, text });
  } catch (error) {
    if (error instanceof TypeError) return cannot("it is not UTF-8 text");
    if (!(error instanceof Deno.errors.NotFound)) {
      return cannot(reasonOf(error));
    }
    const link = await Deno.lstat(path).catch(() => undefined);
    return link === undefined
      ? ok({ path, text: undefined })
      : cannot("the target of the link is missing");
  }
}

/** `text` undefined: removes the file. */
export async function writeConfigFile(
  path: string,
  text: string | undefined,
): Promise<Result<void, string>> {
  const cannot = (why: string) => err(`Cannot edit ${path}: ${why}`);
  const info = await Deno.stat(path).catch(() => undefined);
  const mode = (info?.mode ?? 0o600) & 0o777;
  // A new file would take its place, but who made it read-only meant it so.
  if ((mode & 0o200) === 0) return cannot("it is read-only");
  if (text === undefined) {
    const removed = await removeDurably(path);
    return removed.ok ? removed : cannot(removed.error);
  }
  try {
    await ensureDir(dirname(path), { mode: 0o700 });
  } catch (error) {
    return cannot(reasonOf(error));
  }
  const bytes = new TextEncoder().encode(text);
  const written = await writeDurably(path, bytes, { mode });
  return written.ok ? written : cannot(written.error);
}

/**
 * Checks the accounts dir itself: whether it exists, is readable, private and
 * writable, has working locks, and holds no leftovers. Does not look into its
 * files.
 *
 * Makes temporary files in it and removes them again.
 */
import { join } from "@std/path";
import { reasonOf } from "../../accounts/files/durable.ts";
import { writeProbe } from "../../accounts/files/folder.ts";
import { counted, shellWord } from "../terminal/words.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("accounts dir");

/** A temporary file that is older than this is no longer in use. */
const OLD_MS = 60_000;

export async function checkFolder(
  context: CheckContext,
): Promise<readonly Finding[]> {
  const { accountsDir: dir } = context.config;
  const files = await context.files;
  const info = await Deno.stat(dir).catch((error: unknown) => reasonOf(error));
  if (!files.ok) {
    const isFile = typeof info === "object" && !info.isDirectory;
    return [
      voice.fail(
        isFile ? `${dir} is a file` : `${dir} cannot be read: ${files.error}`,
        isFile
          ? "name a folder with --accounts-dir, or move that file away"
          : `let this user read it: ${ownershipCure(dir)}`,
      ),
    ];
  }
  if (typeof info === "string") {
    return [voice.good(`${dir} is not there yet: the first account makes it`)];
  }
  const troubles = [
    sharedFinding(dir, info),
    await writableFinding(dir),
    await leftoversFinding(dir, context.runtime.now()),
  ].filter((finding) => finding !== undefined);
  if (troubles.length > 0) return troubles;
  return [voice.good(`${dir}: private, writable, locks hold`)];
}

function ownershipCure(dir: string): string {
  return Deno.build.os === "windows"
    ? `icacls "${dir}" /grant %USERNAME%:F`
    : `sudo chown -R "$USER" ${shellWord(dir)} && chmod 700 ${shellWord(dir)}`;
}

function sharedFinding(
  dir: string,
  { mode }: Deno.FileInfo,
): Finding | undefined {
  // Windows has no mode.
  if (mode === null || (mode & 0o077) === 0) return undefined;
  return voice.warn(
    `${dir}: other users can look into it (mode ${octal(mode)})`,
    `chmod 700 ${shellWord(dir)}`,
  );
}

/** The last three digits of a mode. */
export function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}

async function writableFinding(dir: string): Promise<Finding | undefined> {
  const written = await writeProbe(dir);
  if (!written.ok) {
    return voice.fail(
      `${dir} cannot be written, so no account can be refreshed: ${written.error}`,
      `make it writable (${ownershipCure(dir)}), or make room on its disk`,
    );
  }
  if (await locksHold(dir)) return undefined;
  return voice.warn(
    `${dir} is on a file system without locks`,
    "let no more than one gateway or codaze command use it at a time, or move it to a local disk",
  );
}

/** Whether a lock on a file (flock) excludes a second one. */
async function locksHold(dir: string): Promise<boolean> {
  // Named like other temporary files, so that the gateway removes a leftover.
  const path = await Deno.makeTempFile({
    dir,
    prefix: ".codaze-probe-",
    suffix: ".tmp",
  });
  try {
    using first = await Deno.open(path, { read: true, write: true });
    using second = await Deno.open(path, { read: true, write: true });
    return await first.tryLock(true) && !await second.tryLock(true);
  } catch {
    return false;
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

async function leftoversFinding(
  dir: string,
  now: number,
): Promise<Finding | undefined> {
  let count = 0;
  for await (const { name } of Deno.readDir(dir)) {
    if (!name.startsWith(".codaze-") || !name.endsWith(".tmp")) continue;
    const info = await Deno.stat(join(dir, name)).catch(() => undefined);
    // A younger one may be in use.
    if (now - (info?.mtime?.getTime() ?? now) > OLD_MS) count++;
  }
  if (count === 0) return undefined;
  return voice.warn(
    `${dir}: ${counted(count, "temporary file")} left by a crash`,
    "start the gateway: it removes them",
  );
}

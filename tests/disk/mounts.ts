/**
 * Disks of a test's own: small ones that fill up, that turn read-only, that
 * are taken away. Needs root, for it mounts; says why where it cannot.
 *
 * Everything here is synchronous, so that a disk can fail at one exact moment
 * of a server in the same process.
 */
import { join } from "@std/path";

/**
 * For `setpriv`: root without any capability, whom modes and owners stop like
 * anybody else. Still the owner of the program and of its cache.
 */
export const NO_POWERS: readonly string[] = [
  "--bounding-set=-all",
  "--inh-caps=-all",
];

/** Why no disk can be mounted here; undefined if one can. */
const NO_DISKS: string | undefined = whyNot();

/**
 * A test that is left out where it cannot run; the reason stands in its name,
 * for there is no other place for it.
 */
export function diskTest(
  name: string,
  fn: () => Promise<void>,
  /** Programs that it needs besides. */
  programs: readonly string[] = [],
): void {
  const missing = programs.find((program) => !isThere(program));
  const reason = NO_DISKS ?? (missing && `needs ${missing}`);
  const shown = reason === undefined ? name : `${name} (${reason})`;
  Deno.test({ name: shown, ignore: reason !== undefined, fn });
}

export interface TmpfsOptions {
  /** As `mount` has it: "64k". */
  readonly size?: string;
  readonly inodes?: number;
}

/** Mounts an empty disk; the folder is made if need be. */
export function mountDisk(
  path: string,
  { size = "256k", inodes }: TmpfsOptions = {},
): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  const options = `mode=0700,size=${size}`;
  const limit = inodes === undefined ? "" : `,nr_inodes=${inodes}`;
  run("mount", "-t", "tmpfs", "-o", `${options}${limit}`, "tmpfs", path);
}

/** Shows the folder `from` at `to` as well. */
export function bind(from: string, to: string): void {
  run("mount", "--bind", from, to);
}

/** As after a pull of the plug: gone from the tree, whoever still has it open. */
export function unmount(path: string): void {
  run("umount", "--lazy", path);
}

/** Fails while a file there is open for writing. */
export function remount(path: string, mode: "ro" | "rw"): void {
  run("mount", "-o", `remount,${mode}`, path);
}

/** Makes `path` read-only under programs that have files open there. */
export function coverReadOnly(path: string): void {
  bind(path, path);
  run("mount", "-o", "remount,bind,ro", path);
}

/** Takes all the room there is; the result gives it back. */
export function fillDisk(disk: string): () => void {
  const path = join(disk, "filler");
  using file = Deno.openSync(path, { write: true, create: true });
  untilFull(() => file.writeSync(new Uint8Array(4096)));
  return () => Deno.removeSync(path);
}

/** Takes all the names there are; the result gives them back. */
export function fillInodes(disk: string): () => void {
  const folder = join(disk, "fillers");
  Deno.mkdirSync(folder);
  let count = 0;
  untilFull(() =>
    Deno.writeFileSync(join(folder, `${count++}`), new Uint8Array())
  );
  return () => Deno.removeSync(folder, { recursive: true });
}

function untilFull(more: () => void): void {
  try {
    while (true) more();
  } catch (error) {
    if (!String(error).includes("No space left")) throw error;
  }
}

/** Unmounts whatever is mounted at or below `root`, the innermost first. */
export function unmountAll(root: string): void {
  // "tmpfs on /tmp/x type tmpfs (rw,relatime)"
  const below = run("mount").split("\n")
    .map((line) => line.split(" ")[2] ?? "")
    .filter((path) => path === root || path.startsWith(`${root}/`));
  for (const path of below.reverse()) unmount(path);
}

function run(command: string, ...args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, {
    args: [...args],
  }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr).split("\n")[0]);
  return text.decode(stdout);
}

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

function whyNot(): string | undefined {
  if (Deno.build.os !== "linux") return "needs Linux";
  for (const command of ["mount", "umount", "setpriv"]) {
    const { state } = Deno.permissions.querySync({ name: "run", command });
    if (state !== "granted") return `must not run ${command}`;
  }
  const probe = Deno.makeTempDirSync({ prefix: "codaze-disk-" });
  try {
    mountDisk(probe);
    unmount(probe);
    run("setpriv", ...NO_POWERS, "true");
    return undefined;
  } catch (error) {
    return `cannot mount here: ${error instanceof Error ? error.message : ""}`;
  } finally {
    Deno.removeSync(probe);
  }
}

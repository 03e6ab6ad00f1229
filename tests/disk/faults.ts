/** What goes wrong with a disk under a running gateway, and how it is mended. */
import { join } from "@std/path";
import {
  coverReadOnly,
  fillDisk,
  fillInodes,
  remount,
  type TmpfsOptions,
  unmount,
} from "./mounts.ts";
import type { Scene } from "./scene.ts";

/** Makes the disk fail; the result mends it. */
type Fault = (scene: Scene) => () => void;

export interface DiskFault {
  readonly what: string;
  readonly disk: TmpfsOptions;
  readonly before: Fault;
  /** While files are open on the disk, where that needs another way. */
  readonly during?: Fault;
  /** What the system says of it. */
  readonly words: RegExp;
  /** The start is refused; or the folder's only account is not loaded. */
  readonly atStart?: "refused" | "no account" | "no tokens";
}

/** Nobody's account, as far as these tests know. */
const STRANGER = 4711;

export const DISK_FAULTS: readonly DiskFault[] = [
  {
    what: "a full disk",
    disk: { size: "64k" },
    before: ({ disk }) => fillDisk(disk),
    words: /No space left on device/,
  },
  {
    what: "a disk without free inodes",
    disk: { inodes: 24 },
    before: ({ disk }) => fillInodes(disk),
    words: /No space left on device/,
  },
  {
    what: "a read-only disk",
    disk: {},
    before: ({ disk }) => {
      remount(disk, "ro");
      return () => remount(disk, "rw");
    },
    during: ({ dir }) => {
      coverReadOnly(dir);
      return () => unmount(dir);
    },
    words: /Read-only file system/,
    atStart: "no tokens",
  },
  {
    what: "a folder of mode 0500",
    disk: {},
    before: ({ dir }) => {
      Deno.chmodSync(dir, 0o500);
      return () => Deno.chmodSync(dir, 0o700);
    },
    words: /Permission denied/,
  },
  {
    what: "a folder that is somebody else's",
    disk: {},
    before: ({ dir }) => {
      Deno.chownSync(dir, STRANGER, STRANGER);
      return () => Deno.chownSync(dir, 0, 0);
    },
    words: /Permission denied/,
    atStart: "refused",
  },
  {
    what: "an account file of mode 0000",
    disk: {},
    before: ({ dir }) => {
      const path = join(dir, "a.json");
      Deno.chmodSync(path, 0);
      return () => Deno.chmodSync(path, 0o600);
    },
    words: /Permission denied/,
    atStart: "no account",
  },
];

/** What other programs do to the accounts dir, and what is to come of it. */

import { file, type Files, type LiveFolder, pause } from "./live_folder.ts";

export const ON_WINDOWS = Deno.build.os === "windows";

export interface Case {
  readonly name: string;
  readonly files?: Files;
  readonly act: (live: LiveFolder) => Promise<unknown>;
  /** `id label token` of each account once it is in effect. */
  readonly view: string;
  readonly trash?: readonly string[];
  /** How many files are reported as broken. Default 0. */
  readonly reports?: number;
  readonly posix?: boolean;
}

/** One account. */
export const A: Files = { "a.json": file("rt_1", { label: "old" }) };
const AB: Files = { "a.json": file("rt_a"), "b.json": file("rt_b") };
const SAVED = file("rt_1", { label: "new" });

/** Writes as editors do that have a file open: truncated, then in pieces. */
export async function writeInPieces(
  path: string,
  text: string,
  ms: number,
): Promise<void> {
  using handle = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  const bytes = new TextEncoder().encode(text);
  const half = Math.floor(bytes.length / 2);
  await pause(ms);
  await handle.write(bytes.subarray(0, half));
  await pause(ms);
  await handle.write(bytes.subarray(half));
}

/** Writes a file beside the folder and moves it in, to `a.json`. */
async function moveIn(
  live: LiveFolder,
  name: string,
  text: string,
): Promise<void> {
  await Deno.writeTextFile(live.beside(name), text);
  await Deno.rename(live.beside(name), live.path("a.json"));
}

export const CASES: readonly Case[] = [
  {
    name: "drop a file",
    act: (live) => live.write("a.json", file("rt_1")),
    view: "a - rt_1",
  },
  {
    name: "move a file in",
    act: (live) => moveIn(live, "a.json", file("rt_1")),
    view: "a - rt_1",
  },
  {
    name: "edit a label",
    files: A,
    act: (live) => live.write("a.json", SAVED),
    view: "a new rt_1",
  },
  {
    name: "edit a refresh token",
    files: A,
    act: (live) => live.write("a.json", file("rt_2", { label: "old" })),
    view: "a old rt_2",
  },
  {
    name: "rename a file",
    files: A,
    act: (live) => Deno.rename(live.path("a.json"), live.path("z.json")),
    view: "z old rt_1",
  },
  {
    name: "rename a file in case only",
    files: A,
    act: (live) => Deno.rename(live.path("a.json"), live.path("A.json")),
    view: "A old rt_1",
  },
  {
    name: "rename a file to no account's name",
    files: A,
    act: (live) => Deno.rename(live.path("a.json"), live.path("a.json.off")),
    view: "",
  },
  {
    name: "delete a file",
    files: AB,
    act: (live) => Deno.remove(live.path("a.json")),
    view: "b - rt_b",
  },
  {
    name: "mv a new file over an old one",
    files: A,
    act: (live) => moveIn(live, "n", file("rt_2")),
    view: "a - rt_2",
  },
  {
    name: "mv one account over another",
    files: AB,
    act: (live) => Deno.rename(live.path("a.json"), live.path("b.json")),
    view: "b - rt_a",
  },
  {
    name: "swap two files",
    files: AB,
    act: async (live) => {
      await Deno.rename(live.path("a.json"), live.path("tmp"));
      await Deno.rename(live.path("b.json"), live.path("a.json"));
      await Deno.rename(live.path("tmp"), live.path("b.json"));
    },
    view: "a - rt_b; b - rt_a",
  },
  {
    name: "save with vim",
    files: A,
    act: async (live) => {
      // Probes whether it may make files here, then keeps a backup by name.
      await live.write("4913", "");
      await Deno.remove(live.path("4913"));
      await Deno.rename(live.path("a.json"), live.path("a.json~"));
      await live.write("a.json", SAVED);
      await Deno.remove(live.path("a.json~"));
    },
    view: "a new rt_1",
  },
  {
    name: "save with emacs",
    files: A,
    act: async (live) => {
      await live.write("#a.json#", SAVED);
      await Deno.copyFile(live.path("a.json"), live.path("a.json~"));
      await live.write("a.json", SAVED);
      await Deno.remove(live.path("#a.json#"));
    },
    view: "a new rt_1",
  },
  {
    name: "save with nano or VS Code: truncate, write in two pieces",
    files: A,
    act: (live) => writeInPieces(live.path("a.json"), SAVED, 120),
    view: "a new rt_1",
  },
  {
    name: "save with sed -i",
    files: A,
    act: async (live) => {
      await live.write("sedA1b2C3", SAVED);
      await Deno.rename(live.path("sedA1b2C3"), live.path("a.json"));
    },
    view: "a new rt_1",
  },
  {
    name: "save with gedit or JetBrains: temporary file, then rename",
    files: A,
    act: async (live) => {
      await live.write(".goutputstream-ABC", SAVED);
      await live.write("a.json___jb_tmp___", SAVED);
      await Deno.rename(live.path("a.json"), live.path("a.json___jb_old___"));
      await Deno.rename(live.path("a.json___jb_tmp___"), live.path("a.json"));
      await Deno.remove(live.path("a.json___jb_old___"));
      await Deno.rename(live.path(".goutputstream-ABC"), live.path("a.json"));
    },
    view: "a new rt_1",
  },
  {
    name: "save by removing the file first",
    files: A,
    act: async (live) => {
      await Deno.remove(live.path("a.json"));
      await pause(250);
      await live.write("a.json", SAVED);
    },
    view: "a new rt_1",
  },
  {
    name: "save beside a backup that looks like an account",
    files: A,
    act: async (live) => {
      await Deno.rename(live.path("a.json"), live.path("a.bak.json"));
      await pause(200);
      await live.write("a.json", SAVED);
    },
    view: "a new rt_1",
    trash: ["a.bak.json"],
  },
  {
    name: "cp over a file",
    files: A,
    act: async (live) => {
      await Deno.writeTextFile(live.beside("n"), SAVED);
      await Deno.copyFile(live.beside("n"), live.path("a.json"));
    },
    view: "a new rt_1",
  },
  {
    name: "cp one account to another name",
    files: A,
    act: async (live) => {
      await Deno.copyFile(live.path("a.json"), live.path("copy.json"));
      await live.write("b.json", file("rt_b"));
    },
    view: "a old rt_1; b - rt_b",
    trash: ["copy.json"],
  },
  {
    name: "touch and chmod change nothing",
    files: A,
    act: async (live) => {
      await Deno.utime(live.path("a.json"), new Date(0), new Date());
      if (!ON_WINDOWS) await Deno.chmod(live.path("a.json"), 0o640);
      await live.write("b.json", file("rt_b"));
    },
    view: "a old rt_1; b - rt_b",
  },
  {
    name: "a file that is completed 300 ms after it appeared",
    act: async (live) => {
      const text = file("rt_1", { label: "whole" });
      await live.write("a.json", text.slice(0, 20));
      await pause(300);
      await live.write("a.json", text);
    },
    view: "a whole rt_1",
  },
  {
    name: "names with spaces, other scripts and cases",
    act: async (live) => {
      await live.write(".hidden.json", file("rt_no"));
      await live.write("two words.json", file("rt_1"));
      await live.write("ключ 😀.json", file("rt_2"));
      await live.write("Z.JSON", file("rt_3"));
    },
    view: "Z.JSON - rt_3; two words - rt_1; ключ 😀 - rt_2",
  },
  {
    name: "a folder of an account's name",
    files: A,
    act: async (live) => {
      await Deno.mkdir(live.path("dir.json"));
      await live.write("dir.json/inside.json", file("rt_no"));
      await live.write("b.json", file("rt_b"));
    },
    view: "a old rt_1; b - rt_b",
  },
  {
    name: "a file of 2 MiB beside a good one",
    files: A,
    act: async (live) => {
      await live.write("big.json", file("rt_no", { x: "x".repeat(2 ** 21) }));
      await live.write("b.json", file("rt_b"));
    },
    view: "a old rt_1; b - rt_b",
    reports: 1,
  },
  {
    name: "the folder is removed and made again",
    files: A,
    act: async (live) => {
      await Deno.remove(live.dir, { recursive: true });
      await live.until(() => live.ids() === "");
      await Deno.mkdir(live.dir);
      await live.write("b.json", file("rt_b"));
    },
    view: "b - rt_b",
  },
  {
    name: "the folder is away for a moment",
    files: A,
    act: async (live) => {
      await Deno.rename(live.dir, live.beside("away"));
      await pause(100);
      await Deno.rename(live.beside("away"), live.dir);
      await live.write("a.json", SAVED);
    },
    view: "a new rt_1",
  },
  {
    name: "the folder is renamed away",
    files: A,
    act: (live) => Deno.rename(live.dir, live.beside("away")),
    view: "",
  },
  {
    name: "the folder is renamed away and back",
    files: A,
    act: async (live) => {
      await Deno.rename(live.dir, live.beside("away"));
      await live.until(() => live.ids() === "");
      await Deno.rename(live.beside("away"), live.dir);
    },
    view: "a old rt_1",
  },
  {
    name: "the folder is replaced by a link to another",
    files: A,
    posix: true,
    act: async (live) => {
      await Deno.mkdir(live.beside("other"));
      await Deno.writeTextFile(live.beside("other/b.json"), file("rt_b"));
      await Deno.rename(live.dir, live.beside("away"));
      await Deno.symlink(live.beside("other"), live.dir);
    },
    view: "b - rt_b",
  },
  {
    name: "an account file is a link whose target changes",
    files: A,
    posix: true,
    act: async (live) => {
      const target = live.beside("auth.json");
      await Deno.writeTextFile(target, file("rt_l"));
      await Deno.symlink(target, live.path("l.json"));
      await live.until(() => live.ids() === "a,l");
      await Deno.writeTextFile(target, file("rt_l", { label: "new" }));
    },
    view: "a old rt_1; l new rt_l",
  },
  {
    name: "a link's target is replaced by rename",
    posix: true,
    act: async (live) => {
      const target = live.beside("auth.json");
      await Deno.writeTextFile(target, file("rt_l"));
      await Deno.symlink(target, live.path("l.json"));
      await live.until(() => live.ids() === "l");
      await Deno.writeTextFile(target + ".new", file("rt_m"));
      await Deno.rename(target + ".new", target);
    },
    view: "l - rt_m",
  },
  {
    name: "a link in a circle beside a good file",
    files: A,
    posix: true,
    act: async (live) => {
      await Deno.symlink("x.json", live.path("x.json"));
      await live.write("b.json", file("rt_b"));
    },
    view: "a old rt_1; b - rt_b",
    reports: 1,
  },
];

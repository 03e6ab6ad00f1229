/**
 * Events of a folder that may go away and come back: its watcher would never
 * see a new one, so it is opened again until somebody closes this.
 *
 * Kinds and paths differ between systems and are lost in a burst, so an event
 * says no more than that there was one.
 */

import { basename } from "@std/path";
import type { Log, Runtime } from "../runtime.ts";
import { reasonOf } from "./durable.ts";
import { Watching } from "./watching.ts";

/** How often to look whether a folder that went away is back. */
const REOPEN_MS = 250;
/** Of our own temporary files, which are nobody's account. */
const OWN = /^\.codaze-/;
/** How long a watcher may take for an event that is due. */
const ANSWER_MS = 1000;

export interface FolderEventsOptions {
  readonly dir: string;
  readonly after: Runtime["after"];
  readonly log: Log;
  /** Something may have changed; also when watching begins, and ends. */
  readonly onEvent: () => void;
}

export class FolderEvents {
  readonly #options: FolderEventsOptions;
  readonly #running: Promise<void>;
  #watching: Watching | undefined;
  #closed = false;
  #missing = false;
  #replaced = false;
  #deaf = false;
  #endPause: () => void = () => {};

  constructor(options: FolderEventsOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Whether there will be no events any more. */
  get isDeaf(): boolean {
    return this.#deaf;
  }

  /** Watches what is there now instead of what was there before. */
  reopen(): void {
    this.#replaced = true;
    void this.#endWatching();
  }

  /** Ends within a second, whatever holds the watcher up. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause();
    await this.#endWatching();
    await this.#running;
  }

  /** Asks the watcher for an event, at which it is closed; else it is left. */
  async #endWatching(): Promise<void> {
    const watching = this.#watching;
    if (watching === undefined) return;
    const { after } = this.#options;
    const cancel = after(ANSWER_MS, () => watching.leave());
    void watching.over.then(cancel);
    if (Deno.build.os === "windows") return watching.end();
    // That of a folder that was moved or removed has come by itself.
    await touch(watching.dir);
  }

  async #run(): Promise<void> {
    while (!this.#closed && !this.#deaf) {
      await this.#watch();
      const again = this.#closed || this.#replaced || this.#deaf;
      if (!again) await this.#pause();
    }
  }

  /** Until the folder goes away, or is to be opened again. */
  async #watch(): Promise<void> {
    const { dir, log, onEvent } = this.#options;
    this.#replaced = false;
    try {
      const real = await Deno.realPath(dir);
      const names = [basename(dir), basename(real)];
      const folder = await identityOf(dir);
      if (this.#closed) return;
      const watching = new Watching(dir, real);
      this.#watching = watching;
      if (this.#missing) log.info("accounts dir is watched again", { dir });
      this.#missing = false;
      // What came between the last look and now had nobody to report it.
      onEvent();
      for await (const paths of watching.events()) {
        const touched = paths.map((path) => basename(path));
        const own = touched.filter((name) => OWN.test(name));
        if (own.length === 0 || own.length < touched.length) onEvent();
        // The folder itself is named when it is moved or removed, and when its
        // rights change; kinds differ, so it is looked at.
        const named = touched.some((name) => names.includes(name));
        if (!named || this.#isWanted(await identityOf(dir), folder)) continue;
        break;
      }
    } catch (error) {
      if (this.#missing) return;
      this.#missing = true;
      onEvent();
      const reason = reasonOf(error);
      log.warn("accounts dir cannot be watched", { dir, reason });
    } finally {
      this.#lookBack();
    }
  }

  #isWanted(there: string | undefined, watched: string | undefined): boolean {
    return !this.#closed && !this.#replaced && there === watched;
  }

  #lookBack(): void {
    const { dir, log } = this.#options;
    const isLeft = this.#watching?.isLeft ?? false;
    this.#watching = undefined;
    if (!isLeft) return;
    this.#deaf = true;
    if (this.#closed) return;
    const hint = "a FIFO is in it, or its disk went away; a new start helps";
    log.warn("accounts dir is only looked at: its watcher does not answer", {
      dir,
      hint,
    });
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.after(REOPEN_MS, resolve);
    this.#endPause = () => {
      cancel();
      resolve();
    };
    return promise;
  }
}

/** Which folder is there; undefined: none. */
async function identityOf(dir: string): Promise<string | undefined> {
  const info = await Deno.stat(dir).catch(() => undefined);
  return info && `${info.dev}:${info.ino}`;
}

/** Makes an event of the folder itself, and changes nothing. */
async function touch(dir: string): Promise<void> {
  try {
    const { mode } = await Deno.stat(dir);
    if (mode !== null) await Deno.chmod(dir, mode & 0o7777);
  } catch {
    // Somebody else's, or read only: its watcher is left, then.
  }
}

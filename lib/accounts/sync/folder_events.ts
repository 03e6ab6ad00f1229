/**
 * Events of a folder that may go away and come back. A watcher never sees the
 * folder that takes the place of its own, so this opens new watchers until it
 * is closed.
 *
 * An event says only that something happened: kinds and paths differ between
 * systems and are lost in a burst.
 */

import { basename } from "@std/path";
import { REOPEN_MS, WATCHER_ANSWER_MS } from "../../limits.ts";
import type { Log, Runtime } from "../../runtime.ts";
import { reasonOf } from "../files/durable.ts";
import { Watching } from "./watching.ts";

/** Our own files, which are no accounts. */
const OWN = /^\.codaze-/;

export interface FolderEventsOptions {
  readonly dir: string;
  readonly after: Runtime["after"];
  readonly log: Log;
  /** Something may have changed. Also when watching begins or fails. */
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

  /** Whether no more events will come. */
  get isDeaf(): boolean {
    return this.#deaf;
  }

  /** Watches the folder that is there now in place of the one before. */
  reopen(): void {
    this.#replaced = true;
    void this.#endWatching();
  }

  /** Ends within a second, even if the watcher hangs. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause();
    await this.#endWatching();
    await this.#running;
  }

  /** Causes an event, which ends the watcher; if none comes, abandons it. */
  async #endWatching(): Promise<void> {
    const watching = this.#watching;
    if (watching === undefined) return;
    const { after } = this.#options;
    const cancel = after(WATCHER_ANSWER_MS, () => watching.leave());
    void watching.over.then(cancel);
    if (Deno.build.os === "windows") return watching.end();
    // A folder that was moved or removed has caused its event already.
    await touch(watching.dir);
  }

  async #run(): Promise<void> {
    while (!this.#closed && !this.#deaf) {
      await this.#watch();
      const again = this.#closed || this.#replaced || this.#deaf;
      if (!again) await this.#pause();
    }
  }

  /** Watches until the folder goes away, or `reopen` or `close` is called. */
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
      // Nothing has reported changes between the last scan and now.
      onEvent();
      for await (const paths of watching.events()) {
        const touched = paths.map((path) => basename(path));
        const own = touched.filter((name) => OWN.test(name));
        if (own.length === 0 || own.length < touched.length) onEvent();
        // An event names the folder itself when it is moved or removed, and
        // when its mode changes. Kinds differ between systems, so compare the
        // folder.
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
    const hint =
      "a FIFO is in it, or its disk was removed; restart to watch it again";
    log.warn("accounts dir is polled: its watcher does not answer", {
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

/** Identifies the folder at this path; undefined if there is none. */
async function identityOf(dir: string): Promise<string | undefined> {
  const info = await Deno.stat(dir).catch(() => undefined);
  return info && `${info.dev}:${info.ino}`;
}

/** Causes an event of the folder itself by setting the mode it has. */
async function touch(dir: string): Promise<void> {
  try {
    const { mode } = await Deno.stat(dir);
    if (mode !== null) await Deno.chmod(dir, mode & 0o7777);
  } catch {
    // Not ours, or read-only: the watcher will be abandoned.
  }
}

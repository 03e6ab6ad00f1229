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

/** How often to look whether a folder that went away is back. */
const REOPEN_MS = 250;
/** Of our own temporary files, which are nobody's account. */
const OWN = /^\.codaze-/;

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
  #watcher: Deno.FsWatcher | undefined;
  #closed = false;
  #missing = false;
  #replaced = false;
  #endPause: () => void = () => {};

  constructor(options: FolderEventsOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Watches what is there now instead of what was there before. */
  reopen(): void {
    this.#replaced = true;
    this.#watcher?.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause();
    this.#watcher?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#watch();
      if (!this.#closed && !this.#replaced) await this.#pause();
    }
  }

  /** Until the folder goes away, or is to be opened again. */
  async #watch(): Promise<void> {
    const { dir, log, onEvent } = this.#options;
    this.#replaced = false;
    try {
      const names = [basename(dir), basename(await Deno.realPath(dir))];
      if (this.#closed) return;
      this.#watcher = Deno.watchFs(dir, { recursive: false });
      if (this.#missing) log.info("accounts dir is watched again", { dir });
      this.#missing = false;
      // What came between the last look and now had nobody to report it.
      onEvent();
      for await (const { paths } of this.#watcher) {
        const touched = paths.map((path) => basename(path));
        const own = touched.filter((name) => OWN.test(name));
        if (own.length === 0 || own.length < touched.length) onEvent();
        // The folder itself is named when it is moved or removed. To look
        // once too often does no harm, so the kind is not asked.
        if (touched.some((name) => names.includes(name))) break;
      }
    } catch (error) {
      if (this.#missing) return;
      this.#missing = true;
      onEvent();
      const reason = reasonOf(error);
      log.warn("accounts dir cannot be watched", { dir, reason });
    } finally {
      this.#watcher = undefined;
    }
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

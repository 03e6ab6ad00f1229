/**
 * Watches the accounts dir: whatever happens in it means "scan again".
 *
 * Kinds and paths of events differ between systems and are lost in a burst, so
 * nobody looks at them. A slow poll is the net under it: network mounts may
 * be silent.
 */

import { basename } from "@std/path";
import type { Log, Runtime } from "../runtime.ts";
import { reasonOf } from "./durable.ts";

/** Long enough for an editor's truncate and write to be one change. */
const DEBOUNCE_MS = 60;
const POLL_MS = 15_000;
/** How often to look whether a folder that went away is back. */
const REOPEN_MS = 250;

export interface WatchOptions {
  readonly dir: string;
  readonly after: Runtime["after"];
  readonly scan: () => Promise<void>;
  readonly log: Log;
}

export class FolderWatch {
  readonly #options: WatchOptions;
  readonly #running: Promise<void>;
  #watcher: Deno.FsWatcher | undefined;
  #closed = false;
  #missing = false;
  #scanning: Promise<void> = Promise.resolve();
  #cancelScan: (() => void) | undefined;
  #cancelPoll: () => void;
  #endPause: () => void = () => {};

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#cancelPoll = options.after(POLL_MS, () => this.#poll());
    this.#running = this.#run();
  }

  /** Stops, and waits for a scan under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPoll();
    this.#cancelScan?.();
    this.#endPause();
    this.#watcher?.close();
    await this.#running;
    await this.#scanning;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#watch();
      if (!this.#closed) await this.#pause();
    }
  }

  /** Until the folder goes away: its watcher would never see a new one. */
  async #watch(): Promise<void> {
    const { dir, log } = this.#options;
    try {
      const names = [basename(dir), basename(await Deno.realPath(dir))];
      if (this.#closed) return;
      this.#watcher = Deno.watchFs(dir, { recursive: false });
      this.#missing = false;
      // What came between the last look and now had nobody to report it.
      this.#scanSoon();
      for await (const { paths } of this.#watcher) {
        this.#scanSoon();
        // The folder itself is named when it is moved or removed. To look
        // once too often does no harm, so the kind is not asked.
        if (paths.some((path) => names.includes(basename(path)))) break;
      }
    } catch (error) {
      if (this.#missing) return;
      this.#missing = true;
      this.#scanSoon();
      log.warn("accounts dir cannot be watched", { reason: reasonOf(error) });
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

  /** Not put off by further events: a busy folder must not starve. */
  #scanSoon(): void {
    if (this.#closed) return;
    this.#cancelScan ??= this.#options.after(DEBOUNCE_MS, () => {
      this.#cancelScan = undefined;
      this.#scan();
    });
  }

  #poll(): void {
    this.#scan();
    this.#cancelPoll = this.#options.after(POLL_MS, () => this.#poll());
  }

  #scan(): void {
    this.#scanning = this.#scanning.then(this.#options.scan).catch((error) => {
      this.#options.log.error("scan failed", { reason: reasonOf(error) });
    });
  }
}

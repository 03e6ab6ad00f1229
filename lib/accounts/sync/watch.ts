/**
 * Decides when to scan the accounts dir: soon after an event, once more when
 * that has settled, and regularly in any case.
 *
 * Does not know what a scan does. Network mounts may report no events, so a
 * quick look at names and times, and a slow poll, back them up.
 */

import {
  DEBOUNCE_MS,
  FOLDER_POLL_MS,
  SETTLE_MS,
  SNAPSHOT_MS,
} from "../../limits.ts";
import type { Log, Runtime } from "../../runtime.ts";
import { reasonOf } from "../files/durable.ts";
import { FolderEvents } from "./folder_events.ts";
import { type FolderSnapshot, FolderSnapshots } from "./folder_snapshot.ts";

export interface WatchOptions {
  readonly dir: string;
  readonly after: Runtime["after"];
  readonly scan: () => Promise<void>;
  /** Whether there are tokens that the disk has refused. */
  readonly isPending?: () => boolean;
  readonly log: Log;
}

export class FolderWatch {
  readonly #options: WatchOptions;
  readonly #snapshots: FolderSnapshots;
  readonly #events: FolderEvents;
  readonly #cancels = new Map<string, () => void>();
  #closed = false;
  #heard = false;
  #last: FolderSnapshot | undefined;
  #looking: Promise<void> = Promise.resolve();
  #scanning: Promise<void> = Promise.resolve();
  /** Whether a scan waits for the one under way to end. */
  #waiting = false;
  /** Whether the next scan is to be followed by another after SETTLE_MS. */
  #unsettled = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#snapshots = new FolderSnapshots(options.dir);
    const onEvent = () => this.#hear();
    this.#events = new FolderEvents({ ...options, onEvent });
    this.#poll();
    this.#look();
  }

  /** Stops, and waits for a scan under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#cancels.values()) cancel();
    await this.#events.close();
    await this.#looking;
    await this.#scanning;
  }

  #hear(): void {
    this.#heard = true;
    this.#scanSoon();
  }

  /** Further events do not postpone it, or a busy folder would starve. */
  #scanSoon(): void {
    if (this.#cancels.has("soon")) return;
    this.#at("soon", DEBOUNCE_MS, () => {
      this.#unsettled = true;
      this.#scan();
    });
  }

  #poll(): void {
    this.#at("poll", FOLDER_POLL_MS, () => {
      this.#unsettled = true;
      this.#scan();
      this.#poll();
    });
  }

  #look(): void {
    this.#looking = this.#lookOnce().finally(() => {
      this.#at("snapshot", SNAPSHOT_MS, () => this.#look());
    });
  }

  async #lookOnce(): Promise<void> {
    const last = this.#last;
    const snapshot = await this.#snapshots.take(this.#events.isDeaf);
    this.#last = snapshot;
    // Events, if there were any, have caused a scan already.
    const silent = !this.#heard;
    this.#heard = false;
    if (last === undefined) return;
    if (snapshot.folder !== last.folder) this.#events.reopen();
    // No event tells that a disk has room, or can be written again.
    if (this.#options.isPending?.()) return this.#scan();
    const changed = silent && snapshot.names !== last.names;
    if (changed || snapshot.targets !== last.targets) this.#scanSoon();
  }

  /** One scan at a time, and at most one that waits for its end. */
  #scan(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#scanning = this.#scanning.then(() => this.#scanOnce());
  }

  async #scanOnce(): Promise<void> {
    const unsettled = this.#unsettled;
    this.#waiting = false;
    this.#unsettled = false;
    try {
      await this.#options.scan();
    } catch (error) {
      this.#options.log.error("scan failed", { reason: reasonOf(error) });
    }
    // From the end of the scan, which may have missed a late change.
    if (unsettled) this.#at("settle", SETTLE_MS, () => this.#scan());
  }

  /** Runs `task` in `ms` milliseconds instead of the last one of this name. */
  #at(name: string, ms: number, task: () => void): void {
    if (this.#closed) return;
    this.#cancels.get(name)?.();
    const cancel = this.#options.after(ms, () => {
      this.#cancels.delete(name);
      task();
    });
    this.#cancels.set(name, cancel);
  }
}

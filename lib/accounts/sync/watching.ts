/**
 * One watcher of the runtime, which can be abandoned.
 *
 * All watchers share one thread, which opens whatever an event names. A FIFO
 * that nothing writes to blocks that thread, and closing a watcher or making
 * another then blocks the whole process. So a watcher that does not answer is
 * never closed, and no other is made after it: the thread ends with the
 * process.
 */

export class Watching {
  /** Where the folder was when watching began. */
  readonly dir: string;
  readonly #watcher: Deno.FsWatcher;
  readonly #over = Promise.withResolvers<void>();
  #endWait: () => void = () => {};
  #isEnded = false;
  #isLeft = false;

  /** `real`: `dir` with links resolved. */
  constructor(dir: string, real: string) {
    this.dir = real;
    this.#watcher = Deno.watchFs(dir, { recursive: false });
  }

  /** Resolves when there will be no more events. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** The paths of each event. Leaving the loop closes the watcher. */
  async *events(): AsyncGenerator<readonly string[]> {
    const events = this.#watcher[Symbol.asyncIterator]();
    try {
      while (!this.#isEnded) {
        const next = events.next();
        // Closing the watcher may reject it when nothing awaits it any more.
        next.catch(() => {});
        // One per event: a promise that lasts would remember each race.
        const end = Promise.withResolvers<undefined>();
        this.#endWait = () => end.resolve(undefined);
        const event = await Promise.race([next, end.promise]);
        if (event === undefined || event.done) return;
        yield event.value.paths;
      }
    } finally {
      if (!this.#isLeft) this.#watcher.close();
      this.#over.resolve();
    }
  }

  /** Ends the events. Only for systems on which there are no FIFOs. */
  end(): void {
    this.#isEnded = true;
    this.#endWait();
  }

  /** Abandons the watcher, without closing it. */
  leave(): void {
    this.#isLeft = true;
    this.end();
  }
}

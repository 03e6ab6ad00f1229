/**
 * One watcher of the runtime, which may be left behind.
 *
 * Its thread opens whatever an event names. A FIFO that nobody writes to holds
 * that thread up; it is the one of all watchers, and to close one of them, or to
 * make another, then holds up the whole process. So one that does not answer is
 * never closed, and is the last: the thread goes with the process.
 */

export class Watching {
  /** Where the folder was when this began. */
  readonly dir: string;
  readonly #watcher: Deno.FsWatcher;
  readonly #end = Promise.withResolvers<undefined>();
  readonly #over = Promise.withResolvers<void>();
  #isLeft = false;

  /** `real`: the same without links. */
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

  /** The paths of each event; whoever breaks off closes the watcher. */
  async *events(): AsyncGenerator<readonly string[]> {
    const events = this.#watcher[Symbol.asyncIterator]();
    try {
      while (true) {
        const next = events.next();
        // It may be cut off when nobody waits for it any more.
        next.catch(() => {});
        const event = await Promise.race([next, this.#end.promise]);
        if (event === undefined || event.done) return;
        yield event.value.paths;
      }
    } finally {
      if (!this.#isLeft) this.#watcher.close();
      this.#over.resolve();
    }
  }

  /** To be called only where no FIFO can be. */
  end(): void {
    this.#end.resolve(undefined);
  }

  /** Nobody waits for it any more. */
  leave(): void {
    this.#isLeft = true;
    this.#end.resolve(undefined);
  }
}

/**
 * Log lines on their way to standard error: those of 20 ms are one write.
 *
 * A write for each line is a large part of what a small turn costs. Does not
 * format lines.
 */

export interface LogLinesOptions {
  /** Takes some of the bytes and says how many, as `Deno.stderr.writeSync`. */
  readonly write: (bytes: Uint8Array) => number;
  /** Milliseconds; must never go back. */
  readonly now: () => number;
  /** Runs the task after so many milliseconds, if the process still runs. */
  readonly later: (ms: number, task: () => void) => void;
  /** Blocks the process. */
  readonly sleep: (ms: number) => void;
}

/** How long a line may wait for others. A person sees no delay. */
const GATHER_MS = 20;
/** So much is written without waiting, in characters. */
const MAX_GATHERED = 64 * 1024;
/** Held while a pipe without a reader is full, in characters or bytes. */
const MAX_HELD = 1024 * 1024;
/** How long the end of the process may wait for a full pipe. */
const END_MS = 500;
const END_STEP_MS = 5;

export class LogLines {
  readonly #options: LogLinesOptions;
  readonly #encoder = new TextEncoder();
  #gathered = "";
  /** What a full pipe did not take; goes out before `#gathered`. */
  #rest = new Uint8Array();
  #isFlushSet = false;
  #writtenAt = -Infinity;
  #lost = 0;
  #tellLost: (lines: number) => void = () => {};

  constructor(options: LogLinesOptions) {
    this.#options = options;
  }

  /** Called, once lines can be written again, with how many were lost. */
  onLost(tell: (lines: number) => void): void {
    this.#tellLost = tell;
  }

  /** Adds a line, without its end. Urgent: writes it and all before it now. */
  add(line: string, { urgent }: { readonly urgent: boolean }): void {
    if (this.#gathered.length + this.#rest.length > MAX_HELD) {
      this.#lost++;
      return this.#flushSoon();
    }
    this.#gathered += `${line}\n`;
    const isFull = this.#rest.length > 0;
    const isMuch = this.#gathered.length > MAX_GATHERED;
    if (!isFull && (urgent || isMuch)) this.flush();
    else this.#flushSoon();
  }

  /** Writes what can be written without waiting. Never throws. */
  flush(): void {
    let bytes = this.#take();
    if (bytes.length === 0) return;
    this.#writtenAt = this.#options.now();
    try {
      while (bytes.length > 0) bytes = bytes.subarray(this.#write(bytes));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) {
        this.#rest = bytes;
        return this.#flushSoon();
      }
      // Nobody reads (EPIPE), or the disk is full: the gateway must go on.
      this.#lost += bytes.reduce((sum, byte) => byte === 10 ? sum + 1 : sum, 0);
      return;
    }
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#tellLost(lost);
  }

  /** For the end of the process: waits a moment for a full pipe. */
  finish(): void {
    const { now, sleep } = this.#options;
    const end = now() + END_MS;
    this.flush();
    while (this.#rest.length > 0 && now() < end) {
      sleep(END_STEP_MS);
      this.flush();
    }
  }

  #take(): Uint8Array<ArrayBuffer> {
    const text = this.#encoder.encode(this.#gathered);
    const rest = this.#rest;
    this.#gathered = "";
    this.#rest = new Uint8Array();
    if (rest.length === 0) return text;
    const bytes = new Uint8Array(rest.length + text.length);
    bytes.set(rest);
    bytes.set(text, rest.length);
    return bytes;
  }

  #write(bytes: Uint8Array): number {
    try {
      return this.#options.write(bytes);
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted) return 0;
      throw error;
    }
  }

  /** After a quiet time, lines that are added together need not wait. */
  #flushSoon(): void {
    if (this.#isFlushSet) return;
    this.#isFlushSet = true;
    const flush = () => {
      this.#isFlushSet = false;
      this.flush();
    };
    const { now, later } = this.#options;
    const wait = this.#writtenAt + GATHER_MS - now();
    if (wait > 0) later(wait, flush);
    else queueMicrotask(flush);
  }
}

let opened: LogLines | undefined;

/** Those of this process. They are written, too, however the process ends. */
export function logLines(): LogLines {
  if (opened) return opened;
  const lines = new LogLines({
    write: (bytes) => Deno.stderr.writeSync(bytes),
    now: () => performance.now(),
    later: (ms, task) => Deno.unrefTimer(setTimeout(task, ms)),
    sleep: (ms) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    },
  });
  // The end of the program and Deno.exit; a bug that ends it has no "unload".
  globalThis.addEventListener("unload", () => lines.finish());
  globalThis.addEventListener("error", () => lines.flush());
  globalThis.addEventListener("unhandledrejection", () => lines.flush());
  return opened = lines;
}

/** Keeps log lines in front of what is printed by other ways. */
export function flushLogLines(): void {
  opened?.flush();
}

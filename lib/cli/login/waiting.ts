/**
 * Waiting for a person who does something elsewhere.
 *
 * Shows the remaining time on a terminal only. A file or a pipe gets nothing
 * but whole lines.
 */
import { dim } from "@std/fmt";
import type { Runtime } from "../../runtime.ts";
import { flushLogLines } from "../terminal/log_lines.ts";
import { isTerminal, printError } from "../terminal/output.ts";

/** The result of `promise`, or undefined if the signal aborts first. */
export async function beforeAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Waits for `ms` milliseconds, or until the signal aborts. */
export async function pause(
  after: Runtime["after"],
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const cancel = after(ms, over.resolve);
  await beforeAbort(over.promise, signal);
  cancel();
}

export interface Waiting extends Disposable {
  /** Prints a line without disturbing the time. */
  readonly note: (text: string) => void;
}

export function startWaiting(
  { elapsed, after, ms }: Pick<Runtime, "elapsed" | "after"> & {
    readonly ms: number;
  },
): Waiting {
  if (!isTerminal(Deno.stderr)) {
    return { note: printError, [Symbol.dispose]: () => {} };
  }
  const until = elapsed() + ms;
  let over = false;
  let cancel = () => {};
  const draw = () => {
    rewrite(dim(`Waiting... ${clock(until - elapsed())} left, Ctrl-C cancels`));
    cancel = after(1000, draw);
  };
  draw();
  return {
    note: (text) => {
      if (over) return;
      cancel();
      rewrite("");
      printError(text);
      draw();
    },
    [Symbol.dispose]: () => {
      over = true;
      cancel();
      rewrite("");
    },
  };
}

/** Replaces the current line of the terminal. */
function rewrite(text: string): void {
  flushLogLines();
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[2K${text}`));
}

/** Minutes and seconds. */
function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}

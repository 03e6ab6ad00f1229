/**
 * Waiting for a person who does something elsewhere.
 *
 * The time that is left shows on a terminal only: whoever reads a file or a
 * pipe gets whole lines and nothing else.
 */
import { dim } from "@std/fmt";
import type { Runtime } from "../runtime.ts";
import { isTerminal, printError } from "./output.ts";

/** What came of `promise`, or undefined if the signal was faster. */
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

/** Lets `ms` milliseconds go by, fewer if the signal aborts. */
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
  /** A line of its own in between. */
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

/** Puts a text where the last one was. */
function rewrite(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[2K${text}`));
}

/** Minutes and seconds. */
function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}

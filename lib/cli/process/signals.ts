/**
 * The signals that stop a program: the first one asks it to stop, the second
 * one exits at once. SIGHUP (the terminal was closed) counts too, so that it
 * does not kill the process in the middle of a refresh.
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** 128 + SIGINT, the exit code by convention. */
export const INTERRUPTED = 130;

/**
 * One Ctrl-C arrives twice: from the terminal, which signals the whole process
 * group, and from `deno task`, which forwards it. Both count as one.
 */
const SAME_MS = 500;

/**
 * Resolves with the first signal's name. `leaving` is called before the second
 * one ends the process.
 */
export function untilStopped(leaving = () => {}): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  let asked: { readonly signal: Deno.Signal; readonly at: number } | undefined;
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      const at = performance.now();
      asked ??= { signal, at };
      const same = asked.signal === signal && at - asked.at <= SAME_MS;
      if (!same) {
        leaving();
        Deno.exit(INTERRUPTED);
      }
      resolve(signal);
    });
  }
  return promise;
}

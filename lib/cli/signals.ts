/**
 * What asks a program to stop: the first such signal does, the second exits at
 * once. SIGHUP is a terminal that was closed, and is no reason to lose a token
 * that is just being refreshed.
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** 128 + SIGINT, as a shell reports it. */
export const INTERRUPTED = 130;

/**
 * One Ctrl-C comes twice: from the terminal, which tells every process of the
 * group, and from `deno task`, which passes on what it was told.
 */
const SAME_MS = 500;

/** Resolves with the first signal's name. */
export function untilStopped(): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  let asked: { readonly signal: Deno.Signal; readonly at: number } | undefined;
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      const at = performance.now();
      asked ??= { signal, at };
      const same = asked.signal === signal && at - asked.at <= SAME_MS;
      if (!same) Deno.exit(INTERRUPTED);
      resolve(signal);
    });
  }
  return promise;
}

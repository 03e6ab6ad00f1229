/**
 * SIGINT and SIGTERM: the first asks to stop, the second exits at once.
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** 128 + SIGINT, as a shell reports it. */
const INTERRUPTED = 130;

/** Resolves with the first signal's name. */
export function untilStopped(): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  let asked = false;
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      if (asked) Deno.exit(INTERRUPTED);
      asked = true;
      resolve(signal);
    });
  }
  return promise;
}

/**
 * What nobody caught must not take every turn down with it: it is logged and
 * counted, and the process goes on.
 *
 * Only the work that threw is lost. Whatever can be foreseen is caught where
 * it happens; this is for bugs, ours, a library's and the runtime's.
 */
import type { Runtime } from "../runtime.ts";

/** More of a stack than this tells nothing new. */
const MAX_REASON_CHARS = 4096;

/** From here on, for as long as the process lives. To be called once. */
export function surviveBugs(
  { log, uncaught }: Pick<Runtime, "log" | "uncaught">,
): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    uncaught.add("rejection");
    log.error("unhandled rejection", { reason: reasonOf(event.reason) });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    uncaught.add("error");
    log.error("uncaught error", { reason: reasonOf(event.error) });
  });
}

function reasonOf(thrown: unknown): string {
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return (stack ?? String(thrown)).slice(0, MAX_REASON_CHARS);
}

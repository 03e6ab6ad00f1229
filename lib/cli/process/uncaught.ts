/**
 * Logs and counts uncaught errors and keeps the process alive, so that one bug
 * does not end every open turn.
 *
 * Only the work that threw is lost. Expected failures are handled where they
 * happen; this is for bugs, in our code, a library or the runtime.
 */
import { errorStack } from "../../error_text.ts";
import type { Runtime } from "../../runtime.ts";

/** Enough of a stack to find the bug. */
const MAX_REASON_CHARS = 4096;

/** Lasts as long as the process. To be called once. */
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
  return errorStack(thrown).slice(0, MAX_REASON_CHARS);
}

/** Lets others have a turn of the event loop during long work. */
import { setImmediate } from "node:timers";

/**
 * Resolves when sockets and timers have run. `setImmediate` is as fast as a
 * `MessageChannel` and needs no closing.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Lets others have a turn of the event loop during long work. */
import { setImmediate } from "node:timers";

/**
 * The runtime's scheduler looks at sockets after so many polls of its tasks, or
 * when none is ready (`event_interval` of tokio). A program that comes back with
 * each poll keeps all sockets waiting until then.
 */
const POLLS = 61;

/**
 * Resolves when sockets and timers have been looked at. Takes about 0.1 ms; a
 * timer would take 1 ms at least, in which there may be nothing to do.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    let left = POLLS;
    const poll = () => {
      left--;
      if (left > 0) setImmediate(poll);
      else resolve();
    };
    setImmediate(poll);
  });
}

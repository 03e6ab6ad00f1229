/**
 * Runs tasks that share something one at a time, in the order of the calls.
 */

export type InOrder = <T>(task: () => Promise<T>) => Promise<T>;

/** A new queue. A task that throws does not stop those after it. */
export function inOrder(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task);
    last = run.catch(() => {});
    return run;
  };
}

import { assert, assertEquals } from "@std/assert";
import { Deadline } from "../../lib/upstream/deadline.ts";

/** Timers that go off when the test says so. */
class Timers {
  readonly tasks = new Set<() => void>();
  readonly after = (_ms: number, task: () => void) => {
    this.tasks.add(task);
    return () => void this.tasks.delete(task);
  };

  goOff(): void {
    for (const task of this.tasks) task();
  }
}

function deadlineFor(signal: AbortSignal, timers = new Timers()): Deadline {
  const { after } = timers;
  return new Deadline({ after, ms: 1500, awaited: "answer", signal });
}

Deno.test("Deadline aborts when time is up, and says what did not come", () => {
  const timers = new Timers();
  using deadline = deadlineFor(new AbortController().signal, timers);
  assert(!deadline.signal.aborted && !deadline.isOver);
  timers.goOff();
  assert(deadline.signal.aborted && deadline.isOver);
  assertEquals(deadline.signal.reason.message, "no answer within 1.5 s");
});

Deno.test("Deadline aborts when somebody leaves, at once if that was before", () => {
  const leaving = new AbortController();
  using deadline = deadlineFor(leaving.signal);
  leaving.abort(new Error("gone"));
  assertEquals(deadline.signal.reason.message, "gone");
  assert(!deadline.isOver);
  using late = deadlineFor(leaving.signal);
  assert(late.signal.aborted);
});

Deno.test("Deadline that is cleared waits for nothing but leaving", () => {
  const [timers, leaving] = [new Timers(), new AbortController()];
  using deadline = deadlineFor(leaving.signal, timers);
  deadline.clear();
  assertEquals(timers.tasks.size, 0);
  assert(!deadline.signal.aborted);
  leaving.abort();
  assert(deadline.signal.aborted);
});

Deno.test("Deadline that is over keeps no timer and does not hear who leaves", () => {
  const [timers, leaving] = [new Timers(), new AbortController()];
  const deadline = deadlineFor(leaving.signal, timers);
  deadline[Symbol.dispose]();
  assertEquals(timers.tasks.size, 0);
  leaving.abort();
  assert(!deadline.signal.aborted, "a listener was kept on whoever waited");
});

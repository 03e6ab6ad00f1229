/** What is under way, and what a stop does to it. */
import { assertEquals } from "@std/assert";
import type { Failure } from "../../lib/failure/failure.ts";
import { type OpenSession, OpenWork } from "../../lib/relay/open_work.ts";

/** A session that writes down what is done to it. */
function session(isIdle: boolean) {
  const done: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const open: OpenSession = {
    place: 0,
    isIdle,
    over: promise,
    drain: () => done.push("drain"),
    end: () => done.push("end"),
  };
  return { open, done, finish: resolve };
}

const caller = () => new AbortController();

Deno.test("OpenWork counts what is under way", async () => {
  const work = new OpenWork();
  const [idle, busy] = [session(true), session(false)];
  work.session(idle.open);
  work.session(busy.open);
  {
    using _ = work.begin(caller().signal);
    assertEquals([work.waiting, work.sessions, work.busySessions], [1, 2, 1]);
  }
  busy.finish();
  await busy.open.over;
  assertEquals([work.waiting, work.sessions, work.busySessions], [0, 1, 0]);
});

Deno.test("OpenWork aborts a request when its caller leaves", () => {
  const work = new OpenWork();
  const [leaves, left, stays] = [caller(), caller(), caller()];
  left.abort();
  using one = work.begin(leaves.signal);
  using two = work.begin(left.signal);
  using three = work.begin(stays.signal);
  leaves.abort();
  const aborted = [one, two, three].map(({ signal }) => signal.aborted);
  assertEquals(aborted, [true, true, false]);
});

Deno.test("OpenWork drains what is there, and what comes then", async () => {
  const work = new OpenWork();
  const [before, behind] = [session(false), session(true)];
  work.session(before.open);
  let isOver = false;
  const drained = work.drain().then(() => isOver = true);
  assertEquals([work.draining, before.done], [true, ["drain"]]);
  work.session(behind.open);
  assertEquals(behind.done, ["drain"]);
  before.finish();
  await before.open.over;
  assertEquals(isOver, false);
  behind.finish();
  await drained;
  assertEquals(work.sessions, 0);
});

Deno.test("OpenWork ends what is there, and what comes then", () => {
  const work = new OpenWork();
  const open = session(false);
  work.session(open.open);
  using before = work.begin(caller().signal);
  work.end();
  using behind = work.begin(caller().signal);
  assertEquals([before.signal.aborted, behind.signal.aborted], [true, true]);
  assertEquals(open.done, ["end"]);
});

Deno.test("OpenWork waits for requests until the last has its answer", async () => {
  const work = new OpenWork();
  const [first, last] = [work.begin(caller().signal), caller()];
  let isOver = false;
  const answered = work.answered().then(() => isOver = true);
  using second = work.begin(last.signal);
  first[Symbol.dispose]();
  await Promise.resolve();
  assertEquals(isOver, false);
  second[Symbol.dispose]();
  await answered;
});

Deno.test("a caller that is gone is one that was cut off behind an end only", () => {
  const work = new OpenWork();
  const gone: Failure = { kind: "caller_gone" };
  const late: Failure = { kind: "timeout", message: "late" };
  assertEquals([work.meaningOf(gone), work.meaningOf(late)], [gone, late]);
  work.end();
  assertEquals([work.meaningOf(gone), work.meaningOf(late)], [
    { kind: "stopping" },
    late,
  ]);
});

import { assertEquals } from "@std/assert";
import { LogLines } from "../../lib/cli/terminal/log_lines.ts";

type Write = (text: string) => number;

/** Lines with a clock and a standard error that tests play. */
function scene() {
  const writes: string[] = [];
  const waiting: { at: number; task: () => void }[] = [];
  let now = 1000;
  let write: Write = (text) => text.length;
  const lines = new LogLines({
    write: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const taken = write(text);
      writes.push(text.slice(0, taken));
      return taken;
    },
    now: () => now,
    later: (ms, task) => waiting.push({ at: now + ms, task }),
    sleep: (ms) => now += ms,
  });
  return {
    lines,
    writes,
    info: (line: string) => lines.add(line, { urgent: false }),
    warn: (line: string) => lines.add(line, { urgent: true }),
    on: (next: Write) => write = next,
    /** Lets time go by, and the current job end. */
    pass: async (ms: number) => {
      await Promise.resolve();
      now += ms;
      for (const { task } of waiting.filter(({ at }) => at <= now)) task();
      waiting.splice(0, Infinity, ...waiting.filter(({ at }) => at > now));
    },
  };
}

function full(): never {
  throw new Deno.errors.WouldBlock("full");
}

Deno.test("after a quiet time, the lines of one job are written with its end", async () => {
  const { info, writes, pass } = scene();
  info("a");
  info("b");
  assertEquals(writes, []);
  await pass(0);
  assertEquals(writes, ["a\nb\n"]);
});

Deno.test("the lines of the next 20 ms are one write", async () => {
  const { info, writes, pass } = scene();
  info("a");
  await pass(5);
  info("b");
  await pass(5);
  info("c");
  await pass(9);
  assertEquals(writes, ["a\n"]);
  await pass(1);
  assertEquals(writes, ["a\n", "b\nc\n"]);
});

Deno.test("an urgent line goes out at once, after those before it", async () => {
  const { info, warn, writes, pass } = scene();
  warn("a");
  info("b");
  info("c");
  assertEquals(writes, ["a\n"]);
  warn("d");
  assertEquals(writes, ["a\n", "b\nc\nd\n"]);
  info("e");
  await pass(20);
  assertEquals(writes.slice(2), ["e\n"]);
});

Deno.test("very much text does not wait", () => {
  const { info, writes } = scene();
  info("a");
  info("x".repeat(70_000));
  assertEquals(writes.map(({ length }) => length), [70_003]);
});

Deno.test("what a pipe takes in pieces arrives whole and in order", async () => {
  const { info, warn, on, writes, pass } = scene();
  on((text) => Math.min(3, text.length));
  warn("first line");
  info("second line");
  await pass(20);
  assertEquals(writes.join(""), "first line\nsecond line\n");
});

Deno.test("a full pipe is tried again, and nothing is lost", async () => {
  const { info, warn, on, writes, pass } = scene();
  let calls = 0;
  on((text) => ++calls === 1 ? Math.min(3, text.length) : full());
  warn("first");
  info("second");
  warn("third");
  await pass(20);
  assertEquals(writes, ["fir"]);
  on((text) => text.length);
  await pass(20);
  assertEquals(writes, ["fir", "st\nsecond\nthird\n"]);
});

Deno.test("an interrupted write is done again", () => {
  const { warn, on, writes } = scene();
  let calls = 0;
  on((text) => {
    if (++calls === 1) throw new Deno.errors.Interrupted("signal");
    return text.length;
  });
  warn("a");
  assertEquals(writes, ["a\n"]);
});

Deno.test("a pipe that stays full holds a bounded part, and the loss is told", async () => {
  const { lines, info, on, writes, pass } = scene();
  lines.onLost((count) => lines.add(`lost ${count}`, { urgent: true }));
  on(full);
  const line = "x".repeat(1023);
  for (let at = 0; at < 3000; at++) info(line);
  on((text) => text.length);
  await pass(20);
  const written = writes.join("").split("\n");
  assertEquals(written.slice(-3), [line, "lost 1975", ""]);
  assertEquals(written.length, 3000 - 1975 + 2);
});

Deno.test("lines that nobody reads are counted, and end nothing", async () => {
  const { lines, info, warn, on, writes, pass } = scene();
  lines.onLost((count) => lines.add(`lost ${count}`, { urgent: true }));
  on(() => {
    throw new Deno.errors.BrokenPipe("gone");
  });
  info("a");
  warn("b");
  on((text) => text.length);
  info("c");
  await pass(20);
  assertEquals(writes, ["c\n", "lost 2\n"]);
});

Deno.test("the end waits a moment for a full pipe, and not for ever", () => {
  const { lines, info, on, writes } = scene();
  let calls = 0;
  on((text) => ++calls < 4 ? full() : text.length);
  info("a");
  lines.finish();
  assertEquals(writes, ["a\n"]);
  on(full);
  info("b");
  lines.finish();
  assertEquals(writes, ["a\n"]);
});

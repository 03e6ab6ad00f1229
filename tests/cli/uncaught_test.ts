import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runCodaze } from "../support/codaze.ts";

const PROGRAM = join(import.meta.dirname ?? "", "uncaught_program.ts");

Deno.test("whatever is thrown where nobody catches it, the process goes on and says so", async () => {
  const { code, stdout, stderr } = await runCodaze([], {
    task: "demo",
    script: PROGRAM,
  });
  assertEquals([code, stderr], [0, ""]);
  const { counts, lines } = JSON.parse(stdout);
  assertEquals(counts, { error: 7, rejection: 1 });
  assertEquals(lines.slice(0, -1), [
    "uncaught error: Error: in a timer",
    "uncaught error: Error: in a microtask",
    "uncaught error: Error: in a tick of Node's",
    "uncaught error: TypeError: in an emitter",
    "uncaught error: Error: later",
    "unhandled rejection: Error: in a promise",
    "uncaught error: no error at all",
  ]);
  assert(lines.at(-1).length < 5000, `${lines.at(-1).length} characters`);
});

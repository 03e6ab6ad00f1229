/** However a process ends, what it has logged is on its standard error. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { flagsOf, runCodaze, startCodaze } from "../support/codaze.ts";

const PROGRAM = join(import.meta.dirname ?? "", "log_program.ts");

const OPTIONS = {
  task: "demo",
  script: PROGRAM,
  env: { NO_COLOR: "1" },
} as const;

/** What the program logs in the beginning. */
const LINES = "line 0,line 1,line 2";

const WAYS: ReadonlyArray<[way: string, code: number, after: RegExp]> = [
  ["end of the program", 0, /^$/],
  ["exit", 3, /^$/],
  ["exit in a timer", 3, /^$/],
  ["uncaught error", 1, /^error: Uncaught .*a bug/],
  ["rejected promise", 1, /^error: Uncaught .*a bug/],
  ["rejected main module", 1, /^error: Uncaught .*a bug/],
  ["survived bug", 0, /^\S+ error uncaught error reason="Error: a bug/],
  ["command that fails", 1, /^codaze: it failed$/],
];

for (const [way, expected, after] of WAYS) {
  Deno.test(`no log line is lost, and their order is kept: ${way}`, async () => {
    const ended = await runProgram(way);
    assertEquals(ended.code, expected, ended.stderr);
    const [_day, first, second, third, then = ""] = ended.stderr.split("\n");
    assertEquals(
      [first, second, third].map((line) => line?.slice(9)),
      ["line 0", "line 1", "line 2"],
    );
    assert(after.test(then), then);
  });
}

Deno.test("no log line is lost with a second signal", async () => {
  await using codaze = startCodaze(["second signal"], OPTIONS);
  await codaze.printed(/^ready$/m);
  codaze.kill("SIGTERM");
  await codaze.printed(/^stopping$/m);
  codaze.kill("SIGINT");
  const { code, stderr } = await codaze.ended;
  assertEquals(code, 130);
  assertEquals(stderr.match(/line \d/g)?.join(), LINES + "," + LINES);
});

Deno.test("a pipe gets every line, however many", async () => {
  const { stderr } = await runProgram("exit", "30000");
  const [_day, ...lines] = stderr.trimEnd().split("\n");
  const numbers = lines.map((line) => line.slice("hh:mm:ss line ".length));
  assertEquals(numbers, Array.from({ length: 30_000 }, (_, at) => `${at}`));
});

Deno.test("a closed standard error ends nothing", async () => {
  await using child = new Deno.Command("deno", {
    args: [
      "run",
      ...flagsOf("demo"),
      "--config=deno.json",
      PROGRAM,
      "nobody reads",
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await output.read()).value, "ready\n");
  await child.stderr.cancel();
  await child.stdin.close();
  assertEquals((await output.read()).value, "still here\n");
  await output.cancel();
  assertEquals((await child.status).code, 0);
});

function runProgram(way: string, ...args: string[]) {
  return runCodaze([way, ...args], OPTIONS);
}

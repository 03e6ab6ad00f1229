import denoJson from "../../deno.json" with { type: "json" };
import { assert, assertEquals } from "@std/assert";
import { MANAGERS } from "../../lib/cli/service/manager.ts";
import { fromTask } from "../../lib/cli/service/program.ts";
import {
  readTask,
  type TaskCommand,
} from "../../lib/cli/service/task_command.ts";
import { planIn } from "../support/service.ts";

const TASKS: ReadonlyArray<[task: string, command: TaskCommand | undefined]> = [
  ["deno run main.ts", { environment: {}, words: ["run"] }],
  ["A=b=c X_=1 deno run --no-prompt --allow-read=x main.ts", {
    environment: { A: "b=c", X_: "1" },
    words: ["run", "--no-prompt", "--allow-read=x"],
  }],
  ["A= deno run -A main.ts", undefined],
  ["deno run --a main.ts demo", { environment: {}, words: ["run", "--a"] }],
  ["deno run --a main.ts && echo", undefined],
  ["deno run --a other.ts", undefined],
  ["node run main.ts", undefined],
  ["A=1 B deno run main.ts", undefined],
];

for (const [task, command] of TASKS) {
  Deno.test(`readTask() of "${task}"`, () => {
    assertEquals(readTask(task), command);
  });
}

Deno.test("a service starts Deno as the task start does", () => {
  const { environment, words } = readTask(denoJson.tasks.start) ?? {};
  assert(environment && words);
  assertEquals(environment["DENO_NO_UPDATE_CHECK"], "1");
  const places = { deno: "/bin/deno", main: "/src/main.ts" };
  const program = fromTask(denoJson.tasks.start, places);
  assertEquals(program.environment, environment);
  assertEquals(program.words, ["/bin/deno", ...words, "/src/main.ts"]);
  const plan = { ...planIn("/home/me"), program };
  for (const manager of Object.values(MANAGERS)) {
    const { text } = manager.unit(plan, []);
    for (const [name, value] of Object.entries(environment)) {
      const setting = new RegExp(`${name}(=|</key>\\s*<string>)${value}\\b`);
      assert(setting.test(text), text);
    }
  }
});

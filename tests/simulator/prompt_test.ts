/** What a prompt makes the simulated model do. */

import { assertEquals } from "@std/assert";
import { type Task, taskOf } from "../../lib/simulator/model/prompt.ts";
import { type Json, userMessage } from "./support.ts";

const OUTPUT = { type: "function_call_output", output: "done" };
const LIST_OUTPUT = {
  type: "custom_tool_call_output",
  output: [{ type: "input_text", text: "a" }, {
    type: "input_text",
    text: "b",
  }],
};

const TASKS: ReadonlyArray<[string, readonly Json[], Task]> = [
  ["nothing", [], { kind: "say", text: "Hello there!" }],
  ["any words", [userMessage("hello")], { kind: "say", text: "Hello there!" }],
  ["say", [userMessage("say: a b")], { kind: "say", text: "a b" }],
  ["say in the easy form", [{ role: "user", content: "say: a b" }], {
    kind: "say",
    text: "a b",
  }],
  ["json", [userMessage('json: {"a":1}')], { kind: "say", text: '{"a":1}' }],
  ["refuse", [userMessage("refuse: no")], { kind: "refuse", text: "no" }],
  ["think", [userMessage("think: hm")], {
    kind: "say",
    text: "Hello there!",
    thought: "hm",
  }],
  ["think and say", [userMessage("say: so\nthink: hm")], {
    kind: "say",
    text: "so",
    thought: "hm",
  }],
  ["calls", [userMessage('call: f {"a":1}\nthen\ncall: g')], {
    kind: "call",
    calls: [{ name: "f", text: '{"a":1}' }, { name: "g", text: "{}" }],
  }],
  ["outputs of parallel calls", [userMessage("call: f"), OUTPUT, LIST_OUTPUT], {
    kind: "report",
    output: "done, a\nb",
  }],
  ["count", [userMessage("count: 3")], { kind: "count", to: 3 }],
  ["run", [userMessage("please\nrun: ls -l")], {
    kind: "run",
    command: "ls -l",
  }],
  ["the last of two prompts", [userMessage("run: ls"), userMessage("hi")], {
    kind: "say",
    text: "Hello there!",
  }],
  ["a tool's output", [userMessage("run: ls"), OUTPUT], {
    kind: "report",
    output: "done",
  }],
  ["output in parts", [userMessage("run: ls"), LIST_OUTPUT], {
    kind: "report",
    output: "a\nb",
  }],
  ["output of an earlier turn", [OUTPUT, userMessage("count: 1")], {
    kind: "count",
    to: 1,
  }],
  ["a compaction within the turn", [
    userMessage("run: ls"),
    { type: "compaction" },
  ], { kind: "say", text: "Hello there!" }],
  [
    "a compaction trigger",
    [userMessage("hi"), { type: "compaction_trigger" }],
    {
      kind: "compact",
    },
  ],
];

for (const [name, items, task] of TASKS) {
  Deno.test(`taskOf() reads ${name}`, () => {
    assertEquals(taskOf(items), task);
  });
}

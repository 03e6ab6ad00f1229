/** The ways in which answers differ, and how a test chooses. */

import { assertEquals } from "@std/assert";
import type { AnswerOptions } from "../../lib/simulator/model/answer_options.ts";
import { type Json, startWithAccount, turn, turnBody } from "./support.ts";

const CALLS = 'call: f {"n":"first call"}\ncall: f {"n":"second"}';
const TOOLS = { tools: [{ type: "function", name: "f" }] };

type Outputs = readonly [AnswerOptions["finalOutput"] | undefined, unknown];

const OUTPUTS: readonly Outputs[] = [
  [undefined, []],
  ["empty", []],
  ["missing", undefined],
  ["whole", ["message"]],
];

for (const [finalOutput, expected] of OUTPUTS) {
  Deno.test(`finalOutput "${finalOutput}" ends with ${JSON.stringify(expected)}`, async () => {
    const [events = []] = await turns(
      finalOutput === undefined ? {} : { finalOutput },
      ["hi"],
    );
    const { output } = Object(events.at(-1)?.response);
    assertEquals(output?.map((item: Json) => item.type), expected);
  });
}

Deno.test('callDeltas "none" has the arguments in one piece', async () => {
  const [events = []] = await turns({ callDeltas: "none" }, [CALLS]);
  assertEquals(placesOf(events, "delta"), []);
  assertEquals(
    placesOf(events, "arguments"),
    [[0, '{"n":"first call"}'], [1, '{"n":"second"}']],
  );
});

Deno.test('callDeltas "interleaved" has pieces of both calls in turn', async () => {
  const [events = []] = await turns({ callDeltas: "interleaved" }, [CALLS]);
  const places = placesOf(events, "delta");
  assertEquals(places.map(([index]) => index), [0, 1, 0, 1, 0]);
  const textOf = (index: number) =>
    places.filter(([at]) => at === index).map(([, delta]) => delta).join("");
  assertEquals([0, 1].map(textOf), ['{"n":"first call"}', '{"n":"second"}']);
  assertEquals(
    events.map((event) => event.sequence_number),
    events.map((_, index) => index),
  );
});

Deno.test("a message has its deltas whatever calls have", async () => {
  for (const callDeltas of ["none", "interleaved"] as const) {
    const [events = []] = await turns({ callDeltas }, ["say: a b"]);
    assertEquals(placesOf(events, "delta"), [[0, "a "], [0, "b"]]);
  }
});

/** What a prompt gets that leaves the answer to the model, and one that does not. */
const CHOICES: ReadonlyArray<
  [
    choice: unknown,
    toolChoice: AnswerOptions["toolChoice"],
    items: readonly string[],
  ]
> = [
  [undefined, "held", ["message", "message"]],
  ["auto", "held", ["message", "message"]],
  ["required", "held", ["function_call", "message"]],
  ["required", "ignored", ["message", "message"]],
];

for (const [choice, toolChoice, items] of CHOICES) {
  Deno.test(`tool_choice ${choice}, ${toolChoice}, is answered with ${items}`, async () => {
    const asked = choice === undefined ? {} : { tool_choice: choice };
    const answers = await turns({ toolChoice }, ["hi", "say: hi"], asked);
    assertEquals(
      answers.map((events) =>
        Object(events.findLast(({ item }) => item !== undefined)?.item).type
      ),
      [...items],
    );
  });
}

Deno.test("a required call has the arguments that its function requires", async () => {
  const parameters = { type: "object", required: ["word"] };
  const [events = []] = await turns({}, ["hi"], {
    tools: [{ type: "function", name: "f", parameters }],
    tool_choice: "required",
  });
  assertEquals(placesOf(events, "arguments"), [[0, '{"word":"something"}']]);
});

const PRIVATE: ReadonlyArray<
  [AnswerOptions["privateEvents"], readonly boolean[]]
> = [
  ["some", [false, false, true, false, false, true]],
  ["all", [true, true]],
  ["none", [false, false, false]],
];

for (const [privateEvents, expected] of PRIVATE) {
  Deno.test(`privateEvents "${privateEvents}" over server-sent events: ${expected}`, async () => {
    const prompts = expected.map(() => "hi");
    const answers = await turns({ privateEvents }, prompts);
    const heads = answers.map((events) =>
      events.slice(1, 3).map(({ type }) => type)
    );
    assertEquals(
      heads.map(([type]) => type === "response.metadata"),
      [...expected],
    );
    assertEquals(
      heads.map(([, type]) => type === "codex.rate_limits"),
      [...expected],
    );
  });
}

async function turns(
  options: Partial<AnswerOptions>,
  prompts: readonly string[],
  more: Json = {},
): Promise<readonly (readonly Json[])[]> {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.answers = options;
  const answers: (readonly Json[])[] = [];
  for (const prompt of prompts) {
    answers.push(
      await turn(simulator, {
        account,
        body: turnBody(prompt, { ...TOOLS, ...more }),
      }),
    );
  }
  return answers;
}

function placesOf(
  events: readonly Json[],
  key: string,
): ReadonlyArray<readonly [unknown, unknown]> {
  return events.filter((event) => event[key] !== undefined)
    .map((event) => [event.output_index, event[key]]);
}

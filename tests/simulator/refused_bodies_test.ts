/** What the simulated upstream refuses of callers other than the official one. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import { checkTurn } from "../../lib/simulator/responses/checks.ts";
import type { Rules } from "../../lib/simulator/responses/rules.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { connected } from "./socket_client.ts";
import {
  type Json,
  post,
  startWithAccount,
  turn,
  turnBody,
  userMessage,
} from "./support.ts";

const RULES: Rules = {
  ownerKey: "aaaaaaaaaaaa",
  models: CATALOGUE,
  plainForm: "found",
  isLite: false,
  history: [],
};
const LITE: Rules = { ...RULES, isLite: true };
const LITE_HEADER = "x-openai-internal-codex-responses-lite";

const DETAILS: ReadonlyArray<[Json, string]> = [
  [
    { model: "gpt-0" },
    "The 'gpt-0' model is not supported when using Codex with a ChatGPT " +
    "account.",
  ],
  [{ model: undefined }, "Model is required"],
  [
    { input: [{ role: "system", content: "x" }] },
    "System messages are not allowed",
  ],
];

for (const [change, detail] of DETAILS) {
  Deno.test(`checkTurn() says: ${detail}`, () => {
    const result = checkTurn(turnBody("hi", change), RULES);
    const error = result.ok ? undefined : result.error;
    assertEquals(error, { status: 400, body: { detail } });
  });
}

type Refusal = readonly [
  change: Json,
  rules: Rules,
  status: number,
  param: string,
  code: string | null,
  words: string,
];

const LONG = "n".repeat(83);

const REFUSALS: readonly Refusal[] = [
  [
    { tools: [fn("ok"), fn(LONG)] },
    RULES,
    400,
    "tools[1].name",
    "string_above_max_length",
    "maximum length 64, but got a string with length 83",
  ],
  [
    { tools: [fn("a b")] },
    RULES,
    400,
    "tools[0].name",
    "invalid_value",
    "'^[a-zA-Z0-9_-]+$'",
  ],
  [
    { input: [{ type: "additional_tools", tools: [fn("a.b")] }] },
    RULES,
    400,
    "input[0].tools[0].name",
    "invalid_value",
    "does not match pattern",
  ],
  [
    { model: "gpt-5.5", reasoning: { effort: "max" } },
    RULES,
    400,
    "reasoning.effort",
    "unsupported_value",
    "'max' is not supported with the 'gpt-5.5' model. Supported values are: 'low', 'medium', 'high', 'xhigh'.",
  ],
  [
    {
      input: [userMessage("hi"), {
        role: "assistant",
        content: [{ type: "output_text" }, { type: "input_text" }],
      }],
    },
    RULES,
    400,
    "input[1].content[1]",
    "invalid_value",
    "'input_text'",
  ],
  [
    { input: [{ type: "item_reference", id: "msg_1" }] },
    RULES,
    404,
    "input",
    null,
    "Item with id 'msg_1' not found. Items are not persisted",
  ],
  [
    { input: [{ type: "reasoning", id: "rs_1", summary: [] }] },
    RULES,
    404,
    "input",
    null,
    "Item with id 'rs_1' not found.",
  ],
  [
    { input: [{ type: "reasoning", id: "rs_1", encrypted_content: "" }] },
    RULES,
    404,
    "input",
    null,
    "Item with id 'rs_1' not found.",
  ],
  [
    { input: [{ type: "function_call_output", call_id: "c1", output: "" }] },
    RULES,
    400,
    "input",
    null,
    "No tool call found for function call output with call_id c1.",
  ],
  [
    {
      input: [{ type: "function_call", call_id: "c1" }, {
        type: "custom_tool_call_output",
        call_id: "c1",
      }],
    },
    RULES,
    400,
    "input",
    null,
    "No tool call found for custom tool call output",
  ],
  [
    { text: { format: { type: "json_object" } } },
    RULES,
    400,
    "input",
    null,
    "must contain the word 'json'",
  ],
  [
    {},
    LITE,
    400,
    "reasoning.context",
    "unsupported_value",
    "requires reasoning.context to be all_turns",
  ],
  [
    { reasoning: { context: "all_turns" }, tools: [] },
    LITE,
    400,
    "tools",
    "invalid_value",
    "Function 'collaboration.spawn_agent' is reserved",
  ],
  [
    {},
    { ...RULES, plainForm: "not_found" },
    404,
    "model",
    null,
    "Model not found gpt-6.2-sol",
  ],
];

for (const [change, rules, status, param, code, words] of REFUSALS) {
  Deno.test(`checkTurn() answers ${status} for ${param}: ${words}`, () => {
    const result = checkTurn(turnBody("hi", change), rules);
    const { body, ...rest } = result.ok ? { body: undefined } : result.error;
    const { error } = Object(body);
    assertEquals({ ...rest, ...error, message: "" }, {
      status,
      message: "",
      type: "invalid_request_error",
      param,
      code,
    });
    assertStringIncludes(error.message, words);
  });
}

const ACCEPTED: ReadonlyArray<[name: string, Json, Rules?]> = [
  ["a name of 64 characters", { tools: [fn("n".repeat(64))] }],
  ["a tool without a name", { tools: [{ type: "web_search" }] }],
  ["the highest effort of a model", { reasoning: { effort: "ultra" } }],
  ["an output behind its call", {
    input: [
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "" },
    ],
  }],
  ["json_object that is asked for in words", {
    input: [userMessage("answer in JSON")],
    text: { format: { type: "json_object" } },
  }],
  ["the lite form", { reasoning: { context: "all_turns" } }, LITE],
  ["a lite model in its form, where the plain one is not found", {
    reasoning: { context: "all_turns" },
  }, { ...LITE, plainForm: "not_found" }],
  ["a classic model in the plain form, where lite ones are not found", {
    model: "gpt-5.5",
    tools: [],
  }, { ...RULES, plainForm: "not_found" }],
];

for (const [name, change, rules = RULES] of ACCEPTED) {
  Deno.test(`checkTurn() accepts ${name}`, () => {
    const result = checkTurn(turnBody("hi", change), rules);
    assertEquals(result.ok ? undefined : result.error, undefined);
  });
}

Deno.test("the header of lite models counts over HTTP", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.answers = { plainForm: "not_found" };
  const headers = { [LITE_HEADER]: "true" };
  const reasoning = { context: "all_turns" };
  const statuses: number[] = [];
  for (const sent of [{}, { headers }]) {
    const body = turnBody("hi", { reasoning });
    const response = await post(simulator, { account, body, ...sent });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [404, 200]);

  const body = turnBody("hi");
  const refused = await post(simulator, { account, body, headers });
  assertEquals((await refused.json()).error.param, "reasoning.context");
});

Deno.test("a frame has its lite header in its metadata", async () => {
  await using parts = await connected();
  const { client } = parts;
  const client_metadata = {
    ws_request_header_x_openai_internal_codex_responses_lite: "true",
  };
  const [refused] = await client.turn("hi", { client_metadata });
  assertEquals(refused?.status, 400);
  assertEquals(Object(refused?.error).param, "reasoning.context");
  const reasoning = { context: "all_turns" };
  const events = await client.turn("hi", { client_metadata, reasoning });
  assertEquals(events.at(-1)?.type, "response.completed");
});

Deno.test("models that are added are known, and those of the list no more", async () => {
  await using simulator = await startSimulator({ models: [{ slug: "new" }] });
  const account = simulator.addAccount({ name: "alpha" });
  const events = await turn(simulator, {
    account,
    body: turnBody("hi", { model: "new" }),
  });
  assertEquals(events.at(-1)?.type, "response.completed");
  const old = await post(simulator, { account, body: turnBody("hi") });
  assertStringIncludes(await old.text(), "model is not supported");
});

function fn(name: string): Json {
  return { type: "function", name, parameters: {} };
}

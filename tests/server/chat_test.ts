import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chat } from "../support/chat.ts";
import { startTestGateway } from "../support/gateway.ts";
import { dataIn } from "../downstream/chat/answers.ts";

Deno.test("a chat completion is a turn, and its answer a completion", async () => {
  await using test = await startTestGateway();
  const response = await chat(test, {
    messages: [
      { role: "system", content: "be brief" },
      { role: "user", content: "say: hello" },
    ],
  });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/json");
  const { id, object, model, choices, usage } = await response.json();
  assert(id.startsWith("chatcmpl-"), id);
  assertEquals([object, model], ["chat.completion", "gpt-6.2-sol"]);
  assertEquals(choices.length, 1);
  assertEquals(choices[0].finish_reason, "stop");
  assertEquals(choices[0].message.content, "hello");
  assertEquals(
    usage.total_tokens,
    usage.prompt_tokens + usage.completion_tokens,
  );

  const sent = test.simulator.requests.findLast(({ target }) =>
    target.endsWith("/responses")
  )?.json() as Record<string, unknown>;
  const { input, stream, store, instructions } = sent;
  assertEquals({ stream, store, instructions }, {
    stream: true,
    store: false,
    instructions: "",
  });
  assertEquals(input, [
    {
      type: "message",
      role: "developer",
      content: [{ type: "input_text", text: "be brief" }],
    },
    {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "say: hello" }],
    },
  ]);
  assert(!("include" in sent), "a chat answer has no place for reasoning");
});

Deno.test("a streamed chat completion ends with usage and [DONE]", async () => {
  await using test = await startTestGateway();
  const response = await chat(test, {
    stream: true,
    stream_options: { include_usage: true },
  });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const text = await response.text();
  const data = dataIn(text) as Record<string, unknown>[];
  assertStringIncludes(JSON.stringify(data.at(-2)), '"choices":[]');
  assertEquals(data.at(-1) as unknown, "[DONE]");
});

Deno.test("the members that have no effect are named, in their order", async () => {
  await using test = await startTestGateway();
  const body = { user: "u", service_tier: "flex", foo: 1, temperature: 0 };
  for (const stream of [true, false]) {
    const response = await chat(test, { ...body, stream });
    assertEquals(
      response.headers.get("x-codaze-ignored"),
      "user, service_tier, foo, temperature",
    );
    await response.body?.cancel();
  }
  const plain = await chat(test);
  assertEquals(plain.headers.get("x-codaze-ignored"), null);
  await plain.body?.cancel();
});

Deno.test("a refusal names the parameter, and upstream sees nothing", async () => {
  await using test = await startTestGateway();
  const response = await chat(test, { n: 2 });
  assertEquals(response.status, 400);
  const { error } = await response.json();
  assertEquals(error, {
    message: error.message,
    type: "invalid_request_error",
    param: "n",
    code: "unsupported_value",
  });
  assertEquals(test.simulator.requests.length, 0);
});

Deno.test("a body that is not JSON, and one of another type", async () => {
  await using test = await startTestGateway();
  const post = (type: string) =>
    fetch(test.url("/v1/chat/completions"), {
      method: "POST",
      headers: { "content-type": type },
      body: "{",
    });
  const broken = await post("application/json");
  assertEquals(broken.status, 400);
  assertEquals((await broken.json()).error.code, "invalid_json");
  const wrong = await post("text/plain");
  assertEquals(wrong.status, 415);
  await wrong.body?.cancel();
});

Deno.test("a chat caller with a Codex originator is a chat caller", async () => {
  await using test = await startTestGateway();
  const headers = { originator: "codex_exec" };
  const response = await chat(test, {}, { headers });
  assertEquals((await response.json()).object, "chat.completion");
});

Deno.test("two turns of one chat have the same session", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b", "c"] });
  const first = { role: "user", content: "say: hello" };
  const then = [first, { role: "assistant", content: "hello" }, {
    role: "user",
    content: "say: more",
  }];
  for (const messages of [[first], then]) {
    await (await chat(test, { messages })).body?.cancel();
  }
  const turns = test.simulator.requests.filter(({ target }) =>
    target.endsWith("/responses")
  );
  const keys = turns.map((turn) => {
    const { prompt_cache_key } = turn.json() as { prompt_cache_key?: string };
    return [turn.account, prompt_cache_key];
  });
  assertEquals(keys.length, 2);
  assertEquals(keys[0], keys[1]);
  assert(keys[0]?.[1], "no cache key");
});

Deno.test("a Responses body on the chat path is answered as chat", async () => {
  await using test = await startTestGateway();
  const response = await chat(test, {
    messages: null,
    input: "say: hello",
    temperature: 1,
  });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("x-codaze-ignored"), "temperature");
  const { choices } = await response.json();
  assertEquals(choices[0].message.content, "hello");
});

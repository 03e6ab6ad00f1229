import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import type { Timeouts } from "../../lib/relay/attempt.ts";
import { ToolNames } from "../../lib/downstream/chat/tool_names.ts";
import { dataIn } from "../downstream/chat/answers.ts";
import { readAll } from "../support/answers.ts";
import {
  called,
  chat,
  CHAT_COMPLETED,
  CHAT_CREATED,
  said,
} from "../support/chat.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { type Bytes, cutAt, event, failed } from "../support/turns.ts";

const HELLO = concat([CHAT_CREATED, said("Hel"), said("lo")]);
const WHOLE = concat([HELLO, CHAT_COMPLETED]);

function gatewayTo(
  upstream: RawUpstream,
  timeouts: Partial<Timeouts> = {},
): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    upstream: upstream.url,
    // This upstream has no list of models that could tell the form.
    flags: ["--routing-policy=fill_first", "--request-form=plain"],
    timeouts,
  });
}

/** Answers each request with the next of these, in one stream each. */
function upstreamWith(...answers: readonly Bytes[]): RawUpstream {
  let next = 0;
  return new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(answers[next++] ?? WHOLE);
    await exchange.end();
  });
}

const STREAM = { stream: true };

Deno.test("a chat stream is the same however upstream cuts its bytes", async () => {
  const cuts = Array.from({ length: WHOLE.length }, (_, at) => at)
    .filter((at) => at % 7 === 0);
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    for (const piece of cutAt(WHOLE, cuts)) await exchange.chunk(piece);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream);
  const data = dataIn(await (await chat(test, STREAM)).text());
  const deltas = data.slice(0, -1).map((chunk) => {
    const { choices } = chunk as { choices: { delta: unknown }[] };
    return choices[0]?.delta;
  });
  assertEquals(deltas, [
    { role: "assistant", content: "", refusal: null },
    { content: "Hel" },
    { content: "lo" },
    {},
  ]);
  assertEquals(data.at(-1), "[DONE]");
  await assertQuiet(test);
});

Deno.test("private events of upstream do not reach a chat caller", async () => {
  const limits = event("codex.rate_limits", { rate_limits: null });
  const metadata = event("response.metadata", { headers: {} });
  await using upstream = upstreamWith(
    concat([CHAT_CREATED, limits, said("a"), metadata, CHAT_COMPLETED]),
  );
  await using test = await gatewayTo(upstream);
  const text = await (await chat(test, STREAM)).text();
  assertEquals(dataIn(text).length, 4);
});

/** Failures before content: code, kind of the caller's error. */
const EARLY: ReadonlyArray<
  [code: string, status: number, type: string]
> = [
  ["invalid_prompt", 400, "invalid_request_error"],
  ["context_length_exceeded", 400, "invalid_request_error"],
  ["server_error", 500, "server_error"],
];

for (const [code, status, type] of EARLY) {
  for (const stream of [true, false]) {
    const how = stream ? "streamed" : "whole";
    Deno.test(`a ${how} chat turn that fails early with ${code}: ${status}`, async () => {
      const answer = concat([CHAT_CREATED, failed(code)]);
      await using upstream = upstreamWith(...Array(9).fill(answer));
      await using test = await gatewayTo(upstream);
      const response = await chat(test, { stream });
      assertEquals(response.status, status);
      assertEquals(await response.json(), {
        error: { message: `it is ${code}`, type, param: null, code },
      });
      await assertQuiet(test);
    });
  }
}

Deno.test("a chat turn that meets a limit goes to another account", async () => {
  await using upstream = upstreamWith(
    concat([CHAT_CREATED, failed("rate_limit_exceeded")]),
  );
  await using test = await gatewayTo(upstream);
  const { choices } = await (await chat(test)).json();
  assertEquals(choices[0].message.content, "Hello");
  assertEquals(upstream.heads.length, 2);
});

/** How a turn can fail behind its first content. */
const LATE: ReadonlyArray<
  [how: string, code: string, end: (exchange: RawExchange) => Promise<void>]
> = [
  ["fails", "server_error", async (exchange) => {
    await exchange.chunk(failed("server_error"));
    await exchange.end();
  }],
  ["ends early", "stream_interrupted", (exchange) => exchange.end()],
  ["is cut", "stream_interrupted", (exchange) => {
    exchange.cut();
    return Promise.resolve();
  }],
  ["is cut in an event", "stream_interrupted", async (exchange) => {
    await exchange.chunk(said("more").slice(0, -9));
    exchange.cut();
  }],
  ["brings a damaged event", "stream_interrupted", async (exchange) => {
    const damaged = "event: response.output_text.delta\ndata: {\n\n";
    await exchange.chunk(new TextEncoder().encode(damaged));
    await exchange.left;
  }],
  ["falls silent", "stream_interrupted", (exchange) => exchange.left],
];

for (const [how, code, end] of LATE) {
  const upstreamThat = () =>
    new RawUpstream(async (exchange) => {
      await exchange.begin();
      await exchange.chunk(HELLO);
      await end(exchange);
    });

  Deno.test(`a chat stream that ${how} ends with an error`, async () => {
    await using upstream = upstreamThat();
    await using test = await gatewayTo(upstream, { idleMs: 80 });
    const response = await chat(test, STREAM);
    assertEquals(response.status, 200);
    const data = dataIn(await response.text());
    const { error } = data.at(-1) as { error: Record<string, unknown> };
    assertEquals([error["code"], error["type"]], [code, "server_error"]);
    assert(!JSON.stringify(data).includes('"finish_reason":"'));
    assertEquals(upstream.heads.length, 1);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });

  Deno.test(`a whole chat turn that ${how} is an error`, async () => {
    await using upstream = upstreamThat();
    await using test = await gatewayTo(upstream, { idleMs: 80 });
    const response = await chat(test);
    assertEquals(response.status, code === "server_error" ? 500 : 502);
    assertEquals((await response.json()).error.code, code);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

for (const stream of [true, false]) {
  const how = stream ? "streamed" : "whole";
  Deno.test(`upstream is left when the caller of a ${how} chat turn leaves`, async () => {
    const left = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      await exchange.chunk(HELLO);
      begun.resolve();
      await exchange.left;
      left.resolve();
    });
    await using test = await gatewayTo(upstream);
    const caller = new AbortController();
    const { signal } = caller;
    const answer = chat(test, { stream }, { signal })
      .then((response) => response.text()).catch(() => "gone");
    await begun.promise;
    caller.abort();
    assertEquals(await answer, "gone");
    await left.promise;
    await assertQuiet(test);
    await assertNobodyBlamed(test);
    assertEquals(upstream.heads.length, 1, "nobody asks for it again");
  });
}

Deno.test("a chat stream is kept alive by comments while upstream thinks", async () => {
  const isAlive = Promise.withResolvers<void>();
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(HELLO);
    await isAlive.promise;
    await exchange.chunk(CHAT_COMPLETED);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { sdkKeepaliveMs: 20 });
  const text = await readAll(await chat(test, STREAM), (got) => {
    if (got.includes(": keepalive\n\n")) isAlive.resolve();
  });
  const data = dataIn(text.replaceAll(": keepalive\n\n", ""));
  assertEquals(data.at(-1), "[DONE]");
});

Deno.test("a tool name of 83 characters is short upstream, and long again", async () => {
  const long = "mcp__server__".padEnd(83, "x");
  const short = new ToolNames([long]).short(long);
  await using upstream = upstreamWith(
    concat([CHAT_CREATED, called(short, '{"a":1}'), CHAT_COMPLETED]),
  );
  await using test = await gatewayTo(upstream);
  const response = await chat(test, {
    tools: [{ type: "function", function: { name: long } }],
  });
  const { choices: [{ message, finish_reason }] } = await response.json();
  assertEquals(finish_reason, "tool_calls");
  assertEquals(message.content, null);
  assertEquals(message.tool_calls, [{
    id: "call_1",
    type: "function",
    function: { name: long, arguments: '{"a":1}' },
  }]);
});

Deno.test("the log tells of a whole chat turn like of any other", async () => {
  await using upstream = upstreamWith(WHOLE);
  await using test = await gatewayTo(upstream);
  await (await chat(test)).body?.cancel();
  const line = test.log.find(({ message }) => message === "turn ended");
  assert(line, "no line");
  const told = JSON.stringify(line);
  assertStringIncludes(told, '"transport":"http"');
  assertStringIncludes(told, '"output_tokens":2');
});

/** What SDK callers are told, over real sockets, when a turn cannot be. */
import { assertEquals } from "@std/assert";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { freePort } from "../support/free_port.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { sdkTurn } from "../support/sdk.ts";

/** Status, error and what an SDK's retries go by. */
async function told(response: Response) {
  const { error } = await response.json();
  return {
    status: response.status,
    error,
    retryAfter: response.headers.get("retry-after"),
    shouldRetry: response.headers.get("x-should-retry"),
  };
}

function everywhere(
  test: TestGateway,
  fault: ReturnType<typeof spentForAnHour>,
): void {
  for (const account of test.simulator.accounts) account.fault(fault, Infinity);
}

Deno.test("trouble of upstream's own reaches an SDK as a 502 in its words", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  everywhere(test, refusals.serverIsOverloaded());
  for (const stream of [true, false]) {
    const got = await told(await sdkTurn(test, { stream }));
    assertEquals([got.status, got.retryAfter, got.shouldRetry], [
      502,
      "2",
      null,
    ]);
    assertEquals(got.error.code, "server_is_overloaded");
    assertEquals(Object.keys(got.error).sort(), [
      "code",
      "message",
      "param",
      "type",
    ]);
  }
  await assertQuiet(test);
});

Deno.test("an upstream that cannot be reached is a 503 to an SDK", async () => {
  await using test = await startTestGateway({
    warm: true,
    upstream: `http://127.0.0.1:${freePort()}`,
  });
  const got = await told(await sdkTurn(test));
  assertEquals(
    [got.status, got.error.code, got.retryAfter],
    [503, "upstream_unreachable", "2"],
  );
  await assertQuiet(test);
});

Deno.test("--unavailable overloaded tells an SDK what the original tells", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--unavailable=overloaded"],
  });
  everywhere(test, spentForAnHour());
  const got = await told(await sdkTurn(test));
  assertEquals(got, {
    status: 503,
    error: {
      message: "No account available right now. Try again later.",
      type: "server_error",
      param: null,
      code: "server_is_overloaded",
    },
    retryAfter: "60",
    shouldRetry: null,
  });
});

/** Everything that is mended, in one body. */
const ODD = {
  instructions: null,
  store: true,
  stream: null,
  include: [],
  tools: [],
  service_tier: "auto",
  previous_response_id: null,
  background: false,
  conversation: null,
  prompt: null,
  max_output_tokens: 1,
  temperature: 0.5,
  top_p: 1,
  top_logprobs: 1,
  truncation: "auto",
  user: "u",
  metadata: { a: "b" },
  safety_identifier: "s",
  prompt_cache_retention: "24h",
  stream_options: { include_obfuscation: false },
  max_tool_calls: 3,
  input: [
    { role: "system", content: "be brief" },
    { type: "reasoning", id: "rs_1", summary: [] },
    { type: "item_reference", id: "rs_1" },
    { role: "assistant", content: [{ type: "input_text", text: "hm" }] },
    { role: "user", content: [{ type: "input_text", text: "say: hello" }] },
  ],
};

for (const mode of ["normalize", "passthrough"]) {
  Deno.test(`upstream has nothing against the form of a turn in ${mode}`, async () => {
    await using test = await startTestGateway({
      warm: true,
      flags: [`--fingerprint-mode=${mode}`],
    });
    for (const body of [{}, ODD]) {
      const whole = await sdkTurn(test, body);
      assertEquals([whole.status, (await whole.json()).object], [
        200,
        "response",
      ]);
      const streamed = await sdkTurn(test, { ...body, stream: true });
      assertEquals(
        [streamed.status, (await streamed.text()).includes("completed")],
        [200, true],
      );
      assertEquals(
        streamed.headers.get("x-codaze-ignored"),
        body === ODD
          ? "store, service_tier, max_output_tokens, temperature, top_p, top_logprobs, truncation, user, metadata, safety_identifier, prompt_cache_retention, stream_options, max_tool_calls"
          : null,
      );
    }
    await assertQuiet(test);
  });
}

Deno.test("two turns of one conversation meet the same account and cache", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
    flags: ["--routing-policy=round_robin"],
  });
  const first = { role: "user", content: "say: hello" };
  const answer = { role: "assistant", content: "hello" };
  for (const input of ["say: hello", [first, answer, first]]) {
    await (await sdkTurn(test, { input })).body?.cancel();
  }
  const turns = test.simulator.requests.filter(({ method }) =>
    method === "POST"
  );
  const keys = turns.map((turn) => Object(turn.json()).prompt_cache_key);
  assertEquals(turns.length, 2);
  assertEquals([typeof keys[0], keys[1]], ["string", keys[0]]);
  assertEquals(new Set(turns.map(({ account }) => account)).size, 1);
});

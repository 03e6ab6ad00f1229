/** A model that refuses one form of a turn is asked in the other one, unseen. */
import { assert, assertEquals } from "@std/assert";
import { MAX_DEPTH } from "../../lib/limits.ts";
import { refusal } from "../../lib/simulator/faults/refusals.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { Caller, said } from "../support/caller.ts";
import { SDK_HEADERS, sdkTurn } from "../support/sdk.ts";

const LITE = "x-openai-internal-codex-responses-lite";

const NOT_FOUND = refusal(404, { detail: "Model not found gpt-6.2-sol" });

/** The forms in which upstream was asked for turns. */
function formsAsked(test: TestGateway): readonly string[] {
  return test.simulator.requests.filter(({ method }) => method === "POST")
    .map(({ headers }) =>
      headers.some(([name]) => name.toLowerCase() === LITE) ? "lite" : "plain"
    );
}

function refuseOnce(account: SimulatedAccount): void {
  account.fault(NOT_FOUND, 1);
}

Deno.test("the form that worked is kept for the model", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
  refuseOnce(test.account("a"));
  for (const stream of [true, false]) {
    const answer = await sdkTurn(test, { stream });
    assertEquals([answer.status, (await answer.text()).includes("hello")], [
      200,
      true,
    ]);
  }
  assertEquals(formsAsked(test), ["lite", "plain", "plain"]);
  const told = test.log.filter(({ message }) =>
    message === "a model takes its turns in another form"
  );
  assertEquals(told.map(({ fields }) => fields), [{
    model: "gpt-6.2-sol",
    form: "plain",
  }]);
  const status = await (await test.admin("/admin/status")).json();
  assertEquals(status.request_forms, { "gpt-6.2-sol": "plain" });
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a model that is in no form to be had is refused once more, and not remembered", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  for (const account of test.simulator.accounts) {
    account.fault(NOT_FOUND, Infinity);
  }
  for (const _ of [1, 2]) {
    const answer = await sdkTurn(test, {});
    const { error } = await answer.json();
    assertEquals([answer.status, error.message], [
      404,
      "Model not found gpt-6.2-sol",
    ]);
  }
  assertEquals(formsAsked(test), ["lite", "plain", "lite", "plain"]);
  await assertNobodyBlamed(test);
});

/** Settings, and the form in which upstream is asked. */
const SETTINGS: ReadonlyArray<
  [flags: readonly string[], model: string, form: string]
> = [
  [[], "gpt-6.2-sol", "lite"],
  [[], "gpt-5.5", "plain"],
  [["--fingerprint-mode=passthrough"], "gpt-6.2-sol", "plain"],
  [["--request-form=plain"], "gpt-6.2-sol", "plain"],
  [["--request-form=lite"], "gpt-5.5", "lite"],
  [
    ["--request-form=lite", "--fingerprint-mode=passthrough"],
    "gpt-6.2-sol",
    "lite",
  ],
];

for (const [flags, model, form] of SETTINGS) {
  Deno.test(`${model} is asked in the ${form} form with ${flags.join(" ") || "no flags"}`, async () => {
    await using test = await startTestGateway({ warm: true, flags });
    const answer = await sdkTurn(test, { model });
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    assertEquals(formsAsked(test), [form]);
    assertEquals(test.simulator.violations, []);
  });
}

Deno.test("a pinned form is not changed", async () => {
  await using test = await startTestGateway({
    warm: true,
    flags: ["--request-form=plain"],
  });
  refuseOnce(test.account("a"));
  const answer = await sdkTurn(test, {});
  await answer.body?.cancel();
  assertEquals([answer.status, formsAsked(test)], [404, ["plain"]]);
});

/** A form that a turn asks for, and flags of the gateway. */
const ASKED: ReadonlyArray<
  [form: string, model: string, flags: readonly string[]]
> = [
  ["plain", "gpt-6.2-sol", []],
  ["lite", "gpt-5.5", []],
  ["plain", "gpt-6.2-sol", ["--request-form=lite"]],
  ["lite", "gpt-5.5", ["--fingerprint-mode=passthrough"]],
];

for (const [form, model, flags] of ASKED) {
  Deno.test(`${model} is asked in the ${form} form because its turn asks for it, with ${flags.join(" ") || "no flags"}`, async () => {
    await using test = await startTestGateway({ warm: true, flags });
    const answer = await sdkTurn(test, {
      model,
      _gateway: { request_form: form },
    });
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    assertEquals(formsAsked(test), [form]);
    assertEquals(test.simulator.violations, []);
  });
}

Deno.test("the form that a turn asks for is not changed, and nothing is learned of it", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
  refuseOnce(test.account("a"));
  const asked = { _gateway: { request_form: "plain" } };
  const answer = await sdkTurn(test, asked);
  await answer.body?.cancel();
  assertEquals([answer.status, formsAsked(test)], [404, ["plain"]]);
  const next = await sdkTurn(test);
  await next.body?.cancel();
  assertEquals([next.status, formsAsked(test)], [200, ["plain", "lite"]]);
  await assertNobodyBlamed(test);
});

Deno.test("a chat completion may ask for its form, too", async () => {
  await using test = await startTestGateway({ warm: true });
  const answer = await fetch(test.url("/v1/chat/completions"), {
    method: "POST",
    headers: SDK_HEADERS,
    body: JSON.stringify({
      model: "gpt-6.2-sol",
      messages: [{ role: "user", content: "say: hello" }],
      _gateway: { request_form: "plain" },
    }),
  });
  await answer.body?.cancel();
  assertEquals([answer.status, formsAsked(test)], [200, ["plain"]]);
});

Deno.test("over a websocket a turn keeps the form that it asks for", async () => {
  await using test = await startTestGateway({ warm: true, websockets: true });
  using caller = await Caller.open(test, { headers: { originator: "" } });
  const turn = {
    type: "response.create",
    model: "gpt-6.2-sol",
    input: "say: hello",
    _gateway: { request_form: "plain" },
  };
  await caller.send(turn);
  assertEquals(said(await caller.answer()), "hello");
  refuseOnce(test.account("a"));
  await caller.send(turn);
  assertEquals((await caller.answer()).at(-1)?.["type"], "error");
  const frames = test.simulator.connections.flatMap(({ framesIn }) => framesIn);
  assertEquals(
    frames.map((text) => /responses_lite|_gateway/.test(text)),
    [false, false],
  );
});

Deno.test("over a websocket the other form is tried on the same connection", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    websockets: true,
    flags: ["--routing-policy=fill_first"],
  });
  refuseOnce(test.account("a"));
  using caller = await Caller.open(test, { headers: { originator: "" } });
  for (const _ of [1, 2]) {
    await caller.send({
      type: "response.create",
      model: "gpt-6.2-sol",
      input: "say: hello",
    });
    assertEquals(said(await caller.answer()), "hello");
  }
  const [upstream, ...others] = test.simulator.connections;
  assertEquals(others, []);
  assertEquals(
    upstream?.framesIn.map((text) => text.includes("responses_lite")),
    [true, false, false],
  );
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("tools too deep for the lite form go up in the plain one", async () => {
  await using test = await startTestGateway({ accounts: ["a"], warm: true });
  let parameters: unknown = [];
  for (let depth = 0; depth < MAX_DEPTH - 4; depth++) parameters = [parameters];
  const tools = [{ type: "function", name: "f", parameters }];
  const answer = await sdkTurn(test, { tools });
  await answer.body?.cancel();
  assert(answer.status < 500, `${answer.status}`);
  assertEquals(formsAsked(test), ["plain"]);
  await assertQuiet(test);
});

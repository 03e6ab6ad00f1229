/** Turns of SDK callers over a websocket, as `responses.connect()` makes them. */
import { assert, assertEquals } from "@std/assert";
import { Caller, type Event, idOf, said } from "../support/caller.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";

const SDK = { originator: "", "user-agent": "OpenAI/Python 3.57.0" };

function frame(more: Readonly<Record<string, unknown>>): unknown {
  return {
    type: "response.create",
    model: "gpt-6.2-sol",
    input: "say: hello",
    ...more,
  };
}

async function turn(
  caller: Caller,
  more: Readonly<Record<string, unknown>> = {},
): Promise<readonly Event[]> {
  await caller.send(frame(more));
  return await caller.answer();
}

function framesIn(test: TestGateway): readonly Record<string, unknown>[] {
  return test.simulator.connections.flatMap(({ framesIn }) =>
    framesIn.map((text) => JSON.parse(text))
  );
}

Deno.test("an SDK caller's frames follow the rules for its bodies", async () => {
  await using test = await startTestGateway({ websockets: true, warm: true });
  using caller = await Caller.open(test, { headers: SDK });
  const first = await turn(caller, {
    temperature: 0.5,
    max_output_tokens: 9,
    metadata: { a: "b" },
    stream_options: {},
    input: [{ role: "system", content: "be brief" }, {
      role: "user",
      content: [{ type: "input_text", text: "say: hello" }],
    }],
  });
  assertEquals(said(first), "hello");
  const second = await turn(caller, { previous_response_id: idOf(first) });
  assertEquals(said(second), "hello");

  const [sent, continued] = framesIn(test);
  for (
    const key of [
      "temperature",
      "max_output_tokens",
      "metadata",
      "stream_options",
    ]
  ) assertEquals(Object.hasOwn(sent ?? {}, key), false, key);
  const { input, store, stream, instructions } = sent ?? {};
  assertEquals([input, store, stream, instructions], [
    [{ role: "developer", content: "be brief", type: "message" }, {
      role: "user",
      content: [{ type: "input_text", text: "say: hello" }],
      type: "message",
    }],
    false,
    true,
    "",
  ]);
  assertEquals(continued?.["previous_response_id"], idOf(first));
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("an SDK caller gets no private events over a websocket, and a filled end", async () => {
  await using test = await startTestGateway({ websockets: true, warm: true });
  using caller = await Caller.open(test, { headers: SDK });
  const events = await turn(caller);
  const types = events.map(({ type }) => type);
  const [upstream] = test.simulator.connections;
  const all = upstream?.framesOut.map((text) => JSON.parse(text).type) ?? [];
  assert(
    all.includes("codex.rate_limits") && all.includes("response.metadata"),
  );
  assertEquals(
    types,
    all.filter((type) =>
      type !== "codex.rate_limits" && type !== "response.metadata"
    ),
  );
  const response = events.at(-1)?.["response"];
  const output = response && typeof response === "object" &&
      "output" in response
    ? response.output
    : undefined;
  const item = events.find(({ type }) => type === "response.output_item.done");
  assertEquals(output, [item?.["item"]]);
});

/** Frames that are refused, by the gateway or by upstream. */
const REFUSED: ReadonlyArray<
  [more: Record<string, unknown>, code: string, param: string]
> = [
  [{ model: "" }, "missing_required_parameter", "model"],
  [{ input: null }, "missing_required_parameter", "input"],
  [{ background: true }, "unsupported_parameter", "background"],
  [
    { input: [{ type: "item_reference", id: "msg_1" }] },
    "item_not_found",
    "input[0]",
  ],
  [{ brand_new: 1 }, "unsupported_parameter", "brand_new"],
];

Deno.test("error frames for SDK callers name code and parameter", async () => {
  await using test = await startTestGateway({ websockets: true, warm: true });
  using caller = await Caller.open(test, { headers: SDK });
  for (const [more, code, param] of REFUSED) {
    const [event] = await turn(caller, more);
    const error = Object(event?.["error"]);
    assertEquals(
      [event?.type, event?.["status"], error.code, error.param],
      ["error", 400, code, param],
    );
  }
  // The connection goes on.
  assertEquals(said(await turn(caller)), "hello");
  await assertNobodyBlamed(test);
});

Deno.test("an SDK caller's frame of another type passes unchanged", async () => {
  await using test = await startTestGateway({ websockets: true, warm: true });
  using caller = await Caller.open(test, { headers: SDK });
  await turn(caller);
  await caller.send('{"type":"response.processed","x":1}');
  await turn(caller);
  const [upstream] = test.simulator.connections;
  assertEquals(upstream?.framesIn[1], '{"type":"response.processed","x":1}');
});

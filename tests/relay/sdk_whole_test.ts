/** Turns that SDK callers get in one piece, over real sockets. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { sdkTurn, turnsAt } from "../support/sdk.ts";
import { CREATED, DELTA, event, failed } from "../support/turns.ts";

const ITEM = event("response.output_item.done", {
  output_index: 0,
  item: { type: "message", id: "msg_1" },
});
const END = event("response.completed", {
  response: {
    id: "resp_1",
    status: "completed",
    output: [],
    usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
  },
});

function gatewayTo(upstream: RawUpstream): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    upstream: upstream.url,
    flags: ["--routing-policy=fill_first"],
  });
}

function sending(
  bytes: Uint8Array<ArrayBuffer>,
  end = (exchange: RawExchange): Promise<void> | void => exchange.end(),
) {
  return async (exchange: RawExchange) => {
    await exchange.begin();
    await exchange.chunk(bytes);
    await end(exchange);
  };
}

Deno.test("without stream an SDK caller gets one response object", async () => {
  await using upstream = new RawUpstream(
    sending(concat([CREATED, DELTA, ITEM, END])),
  );
  await using test = await gatewayTo(upstream);
  for (const stream of [undefined, false, null]) {
    const response = await sdkTurn(test, { stream, temperature: 1 });
    assertEquals(
      [
        response.status,
        response.headers.get("content-type"),
        response.headers.get("x-codaze-ignored"),
      ],
      [200, "application/json", "temperature"],
    );
    const { id, status, output, usage, model, object } = await response.json();
    assertEquals({ id, status, output, usage, model, object }, {
      id: "resp_1",
      status: "completed",
      output: [{ type: "message", id: "msg_1" }],
      usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
      model: "gpt-6.2-sol",
      object: "response",
    });
  }
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  const ended = test.log.filter(({ message }) => message === "turn ended");
  assertEquals(
    ended.map(({ fields }) => [
      fields?.["outcome"],
      fields?.["transport"],
      fields?.["output_tokens"],
    ]),
    Array(3).fill(["completed", "http", 4]),
  );
});

/** Turns that fail after their first content. */
const FAILING: ReadonlyArray<
  [
    how: string,
    answer: (exchange: RawExchange) => Promise<void>,
    status: number,
    code: string,
  ]
> = [
  [
    "fails",
    sending(concat([CREATED, DELTA, failed("server_error")])),
    500,
    "server_error",
  ],
  [
    "is too long for the model",
    sending(concat([CREATED, DELTA, failed("context_length_exceeded")])),
    400,
    "context_length_exceeded",
  ],
  ["has no end", sending(concat([CREATED, DELTA])), 502, "stream_interrupted"],
  [
    "is cut",
    sending(concat([CREATED, DELTA]), (exchange) => exchange.cut()),
    502,
    "stream_interrupted",
  ],
];

for (const [how, answer, status, code] of FAILING) {
  Deno.test(`a whole turn that ${how} is a ${status} ${code}`, async () => {
    await using upstream = new RawUpstream(answer);
    await using test = await gatewayTo(upstream);
    const response = await sdkTurn(test);
    const { error } = await response.json();
    assertEquals([response.status, error.code], [status, code]);
    assertEquals(Object.keys(error).sort(), [
      "code",
      "message",
      "param",
      "type",
    ]);
    assertEquals(turnsAt(upstream), 1);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  });
}

Deno.test("a stop of the gateway ends a whole turn with an answer", async () => {
  const asked = Promise.withResolvers<void>();
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(concat([CREATED, DELTA]));
    asked.resolve();
    await exchange.left;
  });
  await using test = await gatewayTo(upstream);
  const turn = sdkTurn(test);
  await asked.promise;
  const stopped = test.gateway.stop(0);
  const response = await turn;
  assertEquals([response.status, (await response.json()).error.code], [
    503,
    "stopping",
  ]);
  await stopped;
});

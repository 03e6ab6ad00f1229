/** Streamed turns of SDK callers, over real sockets. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { readAll } from "../support/answers.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet, idle } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { sdkTurn, turnsAt } from "../support/sdk.ts";
import {
  type Bytes,
  COMPLETED,
  CREATED,
  cutAt,
  DELTA,
  event,
  failed,
  text,
} from "../support/turns.ts";

const LIMITS = event("codex.rate_limits", { rate_limits: {} });
const METADATA = event("response.metadata", { headers: {} });
const ITEM = event("response.output_item.done", {
  output_index: 0,
  item: { type: "message", content: [{ type: "output_text", text: "hi" }] },
});
const EMPTY_END = event("response.completed", {
  response: { id: "resp_1", output: [] },
});
const FILLED_END = event("response.completed", {
  response: {
    id: "resp_1",
    output: [{
      type: "message",
      content: [{ type: "output_text", text: "hi" }],
    }],
  },
});

function gatewayTo(
  upstream: RawUpstream,
  timeouts: { readonly sdkKeepaliveMs?: number } = {},
): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    upstream: upstream.url,
    flags: ["--routing-policy=fill_first"],
    timeouts,
  });
}

function sending(...chunks: readonly Bytes[]) {
  return async (exchange: RawExchange) => {
    await exchange.begin();
    for (const chunk of chunks) await exchange.chunk(chunk);
    await exchange.end();
  };
}

Deno.test("an SDK caller gets its events without private ones, and a filled end", async () => {
  const sent = concat([
    LIMITS,
    CREATED,
    METADATA,
    DELTA,
    LIMITS,
    ITEM,
    METADATA,
    EMPTY_END,
    LIMITS,
  ]);
  const expected = text(concat([CREATED, DELTA, ITEM, FILLED_END]));
  for (const size of [sent.length, 1, 7, 100]) {
    const cuts = Array.from(
      { length: Math.ceil(sent.length / size) },
      (_, n) => n * size,
    );
    await using upstream = new RawUpstream(sending(...cutAt(sent, cuts)));
    await using test = await gatewayTo(upstream);
    const response = await sdkTurn(test, { stream: true });
    assertEquals(
      [
        response.headers.get("content-type"),
        response.headers.get("cache-control"),
      ],
      ["text/event-stream", "no-cache"],
    );
    assertEquals(await response.text(), expected);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  }
});

Deno.test("an event with CRLF and one whose last byte comes late reach an SDK caller whole", async () => {
  const odd = (bytes: Bytes) =>
    new TextEncoder().encode(text(bytes).replaceAll("\n", "\r\n"));
  const end = odd(COMPLETED);
  await using upstream = new RawUpstream(
    sending(odd(CREATED), odd(DELTA), end.slice(0, -1), end.slice(-1)),
  );
  await using test = await gatewayTo(upstream);
  assertEquals(
    await (await sdkTurn(test, { stream: true })).text(),
    text(concat([CREATED, DELTA, COMPLETED])),
  );
});

Deno.test("an event of two MiB reaches an SDK caller whole", async () => {
  const picture = event("response.image_generation_call.partial_image", {
    partial_image_b64: "A".repeat(2 ** 21),
  });
  await using upstream = new RawUpstream(sending(CREATED, picture, COMPLETED));
  await using test = await gatewayTo(upstream);
  assertEquals(
    await (await sdkTurn(test, { stream: true })).text(),
    text(concat([CREATED, picture, COMPLETED])),
  );
});

Deno.test("an event that is too large ends an SDK caller's turn with an error", async () => {
  const beginning = 'event: response.output_text.delta\ndata: {"delta":"';
  const mib = new TextEncoder().encode("x".repeat(2 ** 20));
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(concat([CREATED, DELTA]));
    await exchange.chunk(new TextEncoder().encode(beginning));
    for (let n = 0; n < 17; n++) await exchange.chunk(mib);
    await exchange.left;
  });
  await using test = await gatewayTo(upstream);
  const got = await (await sdkTurn(test, { stream: true })).text();
  assertStringIncludes(got, '"code":"response_too_large"');
  assert(got.length < 2000, "none of it is passed on");
  await assertNobodyBlamed(test);
});

Deno.test("a turn that upstream does not end gets one last error event", async () => {
  const numbered = event("response.output_text.delta", {
    delta: "x",
    sequence_number: 4,
  });
  const ends: ReadonlyArray<(exchange: RawExchange) => Promise<void> | void> = [
    (exchange) => exchange.end(),
    (exchange) => exchange.cut(),
    async (exchange) => {
      await exchange.chunk(numbered.slice(0, -9));
      exchange.cut();
    },
  ];
  for (const end of ends) {
    await using upstream = new RawUpstream(async (exchange) => {
      await exchange.begin();
      await exchange.chunk(concat([CREATED, numbered]));
      await end(exchange);
    });
    await using test = await gatewayTo(upstream);
    const got = await (await sdkTurn(test, { stream: true })).text();
    const before = text(concat([CREATED, numbered]));
    assertEquals(got.slice(0, before.length), before);
    const last = /^event: error\ndata: (.*)\n\n$/.exec(
      got.slice(before.length),
    );
    const { message, ...error } = JSON.parse(last?.[1] ?? "{}");
    assertEquals(typeof message, "string");
    const code = "stream_interrupted";
    assertEquals(error, {
      type: "error",
      code,
      param: null,
      error: { code, message, type: "server_error", param: null },
      sequence_number: 5,
    });
    assertEquals(turnsAt(upstream), 1);
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  }
});

Deno.test("a turn that fails after its first content is passed as it is", async () => {
  await using upstream = new RawUpstream(
    sending(CREATED, DELTA, failed("server_error")),
  );
  await using test = await gatewayTo(upstream);
  const response = await sdkTurn(test, { stream: true });
  assertEquals(response.status, 200);
  assertEquals(
    await response.text(),
    text(concat([CREATED, DELTA, failed("server_error")])),
  );
  await assertNobodyBlamed(test);
});

Deno.test("a model that fails ten times after content locks nobody out", async () => {
  let turns = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    if (!exchange.head.startsWith("POST ")) return;
    turns++;
    await sending(
      CREATED,
      DELTA,
      turns > 10 ? COMPLETED : failed("server_error"),
    )(exchange);
  });
  await using test = await gatewayTo(upstream);
  for (let turn = 1; turn <= 10; turn++) {
    await (await sdkTurn(test, { stream: turn % 2 === 0 })).text();
  }
  const good = await sdkTurn(test, { stream: true });
  assertEquals(
    await good.text(),
    text(concat([CREATED, DELTA, COMPLETED])),
  );
  assertEquals(turns, 11);
  await assertNobodyBlamed(test);
});

/** Turns that fail before their first content, and what the caller gets. */
const EARLY: ReadonlyArray<
  [code: string, status: number, type: string, asked: number]
> = [
  ["context_length_exceeded", 400, "invalid_request_error", 1],
  ["invalid_prompt", 400, "invalid_request_error", 1],
  // Both accounts, and the first one once more.
  ["server_error", 500, "server_error", 3],
  ["server_is_overloaded", 503, "server_error", 3],
];

for (const [code, status, type, asked] of EARLY) {
  Deno.test(`a turn that fails with ${code} before content is a ${status}`, async () => {
    await using upstream = new RawUpstream(sending(CREATED, failed(code)));
    await using test = await gatewayTo(upstream);
    for (const stream of [true, false]) {
      upstream.heads.length = 0;
      const response = await sdkTurn(test, { stream });
      assertEquals([response.status, await response.json()], [status, {
        error: { message: `it is ${code}`, type, param: null, code },
      }]);
      assertEquals(turnsAt(upstream), asked);
      await test.admin("/admin/accounts/wake", {
        method: "POST",
        headers: { "content-type": "application/json" },
      }).then((answer) => answer.body?.cancel());
    }
  });
}

Deno.test("a silent turn is kept alive by comments", async () => {
  const go = Promise.withResolvers<void>();
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(concat([CREATED, DELTA]));
    await go.promise;
    await exchange.chunk(COMPLETED);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { sdkKeepaliveMs: 20 });
  const got = await readAll(await sdkTurn(test, { stream: true }), (got) => {
    if (got.split(": keepalive\n\n").length > 2) go.resolve();
  });
  assertEquals(
    got.replaceAll(": keepalive\n\n", ""),
    text(concat([CREATED, DELTA, COMPLETED])),
  );
});

for (const stream of [true, false]) {
  Deno.test(`a caller with stream ${stream} that leaves aborts the turn without blame`, async () => {
    const begun = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    await using upstream = new RawUpstream(async (exchange) => {
      if (!exchange.head.startsWith("POST ")) return;
      await exchange.begin();
      await exchange.chunk(concat([CREATED, DELTA]));
      begun.resolve();
      await exchange.left;
      left.resolve();
    });
    await using test = await gatewayTo(upstream);
    const caller = new AbortController();
    const turn = sdkTurn(test, { stream }, { signal: caller.signal });
    if (stream) await (await turn).body?.getReader().read();
    await begun.promise;
    caller.abort();
    await turn.catch(() => {});
    await left.promise;
    await idle(test);
    await assertNobodyBlamed(test);
    assertEquals(turnsAt(upstream), 1);
  });
}

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { SseScanner } from "../../lib/protocol/sse.ts";
import type { Timeouts } from "../../lib/relay/attempt.ts";
import type { Runtime } from "../../lib/runtime.ts";
import { readAll } from "../support/answers.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet, idle } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { turnsAt } from "../support/sdk.ts";
import { after } from "../support/system.ts";
import {
  type Bytes,
  COMPLETED,
  CREATED,
  DELTA,
  event,
  failed,
  text,
} from "../support/turns.ts";

const BEGUN = concat([CREATED, DELTA]);

function gatewayTo(
  upstream: RawUpstream,
  timeouts: Partial<Timeouts> = {},
  runtime: Partial<Runtime> = {},
): Promise<TestGateway> {
  return startTestGateway({
    runtime,
    accounts: ["a", "b"],
    warm: true,
    upstream: upstream.url,
    flags: ["--routing-policy=fill_first"],
    timeouts,
  });
}

function eventsIn(bytes: Bytes): readonly { type: string; data: string }[] {
  return new SseScanner(() => true).push(bytes).map(({ type, data }) => ({
    type,
    data,
  }));
}

async function begin(exchange: RawExchange): Promise<void> {
  await exchange.begin();
  await exchange.chunk(BEGUN);
}

/** How a committed turn can end without saying so. */
const ENDS: ReadonlyArray<
  [how: string, end: (exchange: RawExchange) => Promise<void>]
> = [
  ["ends early", (exchange) => exchange.end()],
  ["is cut", (exchange) => Promise.resolve(exchange.cut())],
  ["is cut in a data line", async (exchange) => {
    await exchange.chunk(DELTA.slice(0, -20));
    exchange.cut();
  }],
  ["is cut in an event line", async (exchange) => {
    await exchange.chunk(DELTA.slice(0, 11));
    exchange.cut();
  }],
  ["is cut before a blank line", async (exchange) => {
    await exchange.chunk(DELTA.slice(0, -1));
    exchange.cut();
  }],
  ["falls silent", (exchange) => exchange.left],
  ["falls silent in an event", async (exchange) => {
    await exchange.chunk(DELTA.slice(0, -20));
    await exchange.left;
  }],
];

const DIALECTS = [
  ["codex", { originator: "codex_exec" }, "response.failed"],
  ["openai", { originator: "" }, "error"],
] as const;

for (const [how, end] of ENDS) {
  for (const [dialect, headers, type] of DIALECTS) {
    Deno.test(`a committed turn that ${how} fails for ${dialect}`, async () => {
      await using upstream = new RawUpstream(async (exchange) => {
        await begin(exchange);
        await end(exchange);
      });
      await using test = await gatewayTo(upstream, { idleMs: 80 });
      const response = await test.turn({ parallel_tool_calls: false }, {
        headers,
      });
      const bytes = await response.bytes();
      assert(text(bytes).startsWith(text(BEGUN)));
      const last = eventsIn(bytes).at(-1);
      assertEquals(last?.type, type);
      const data = JSON.parse(last?.data ?? "");
      assertEquals(data.type, type);
      if (dialect === "codex") {
        // One of the codes that the client answers with a retry.
        assertEquals(data.response.error.code, "server_error");
      }
      assertEquals(turnsAt(upstream), 1, "a committed turn moves nowhere");
      await assertQuiet(test);
      await assertNobodyBlamed(test);
    });
  }
}

/** After commit, an event still says what the account is good for. */
const BLAMED: ReadonlyArray<[code: string, reason: string | null]> = [
  ["rate_limit_exceeded", "rate_limited"],
  ["insufficient_quota", "quota_exhausted"],
  // Trouble of the model's or of upstream's, in this turn.
  ["server_is_overloaded", null],
  ["server_error", null],
  ["context_length_exceeded", null],
  ["invalid_prompt", null],
];

for (const [code, reason] of BLAMED) {
  Deno.test(`a committed turn that fails with ${code} is relayed so`, async () => {
    await using upstream = new RawUpstream(async (exchange) => {
      await begin(exchange);
      await exchange.chunk(failed(code));
      await exchange.end();
    });
    await using test = await gatewayTo(upstream);
    const bytes = await (await test.turn()).bytes();
    assertEquals(text(bytes), text(concat([BEGUN, failed(code)])));
    assertEquals(upstream.heads.length, 1);
    await assertQuiet(test);
    assertEquals((await test.views())["a"]?.["blocked_reason"], reason);
  });
}

Deno.test("the terminal event ends the answer, what follows is dropped", async () => {
  const closed = Promise.withResolvers<void>();
  await using upstream = new RawUpstream(async (exchange) => {
    await begin(exchange);
    await exchange.chunk(concat([DELTA, COMPLETED, DELTA]));
    await exchange.chunk(failed("slow_down"));
    await exchange.left;
    closed.resolve();
  });
  await using test = await gatewayTo(upstream);
  const bytes = await (await test.turn()).bytes();
  assertEquals(text(bytes), text(concat([BEGUN, DELTA, COMPLETED])));
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  // Not pooled for ever: a connection that is not ended is closed.
  await closed.promise;
});

Deno.test("a silent upstream is covered by keep-alives, between events", async () => {
  const go = Promise.withResolvers<void>();
  const half = event("response.output_text.delta", { delta: "half" });
  await using upstream = new RawUpstream(async (exchange) => {
    await begin(exchange);
    await go.promise;
    await exchange.chunk(half.slice(0, 20));
    // Several keep-alives would be due, none may stand inside the event.
    await pause(100);
    await exchange.chunk(half.slice(20));
    await exchange.chunk(COMPLETED);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { keepaliveMs: 20 });
  const response = await test.turn();
  const got = await readAll(response, (got) => {
    if (got.includes("keepalive")) go.resolve();
  });
  const keepalive = text(event("keepalive"));
  assertEquals(
    got.replaceAll(keepalive, ""),
    text(concat([BEGUN, half, COMPLETED])),
  );
  assert(got.includes(keepalive));
  await assertQuiet(test);
});

Deno.test("no keep-alive stands inside an event", async () => {
  const pieces = [
    DELTA.slice(0, 1),
    DELTA.slice(1, 30),
    DELTA.slice(30, 60),
    DELTA.slice(60, -1),
    DELTA.slice(-1),
  ];
  let due = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    await begin(exchange);
    for (const piece of pieces) {
      await exchange.chunk(piece);
      // The last one may be that of the time before the piece was here.
      for (const until = due + 3; due < until && piece !== pieces.at(-1);) {
        await pause(5);
      }
    }
    await exchange.chunk(COMPLETED);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { keepaliveMs: 21 }, {
    after: (ms, task) => after(ms, () => (due++, task())),
  });
  const got = await (await test.turn()).text();
  // Between events one may stand, if a machine is that slow.
  const keepalive = text(event("keepalive"));
  const events = got.split("\n\n").filter((one) => one !== keepalive.trimEnd());
  assertEquals(events.join("\n\n"), text(concat([BEGUN, DELTA, COMPLETED])));
  await assertQuiet(test);
});

Deno.test("an SDK caller gets no keep-alive events", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await begin(exchange);
    await pause(100);
    await exchange.chunk(COMPLETED);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream, { keepaliveMs: 10 });
  const response = await test.turn({ parallel_tool_calls: false }, {
    headers: { originator: "sdk" },
  });
  assertEquals(await response.text(), text(concat([BEGUN, COMPLETED])));
  await assertQuiet(test);
});

/** 98 MB: more than the system buffers of both connections can hold. */
const MANY = 1_500;

Deno.test("a caller that does not read stops the upstream", async () => {
  const delta = event("response.output_text.delta", {
    delta: "x".repeat(65_536),
  });
  let sent = 0;
  await using upstream = new RawUpstream(async (exchange) => {
    await begin(exchange);
    for (; sent < MANY; sent++) await exchange.chunk(delta);
    await exchange.chunk(COMPLETED);
    await exchange.end();
  });
  // Short, so that a gateway which mistakes its caller for upstream shows.
  await using test = await gatewayTo(upstream, {
    keepaliveMs: 20,
    idleMs: 150,
  });
  const response = await test.turn();
  await pause(600);
  const stopped = sent;
  assert(stopped < MANY, `all ${MANY} chunks went somewhere`);
  await pause(200);
  assertEquals(sent, stopped);

  let length = 0;
  let tail = "";
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    tail = (tail + new TextDecoder().decode(chunk)).slice(-300);
  }
  assertStringIncludes(tail, "response.completed");
  // A busy machine may keep upstream silent for 20 ms now and then; 800 ms of
  // a caller's would make forty.
  const events = BEGUN.length + MANY * delta.length + COMPLETED.length;
  const keepalives = (length - events) / event("keepalive").length;
  assert([0, 1, 2, 3, 4, 5].includes(keepalives), `${keepalives} keepalives`);
  await idle(test);
  await assertQuiet(test);
});

Deno.test("20 MB of a turn arrive as they were sent", async () => {
  const pieces = Array.from(
    { length: 320 },
    (_, n) =>
      event("response.output_text.delta", {
        n,
        delta: String(n % 10).repeat(65_000),
      }),
  );
  const whole = concat([BEGUN, ...pieces, COMPLETED]);
  await using upstream = new RawUpstream(async (exchange) => {
    await begin(exchange);
    for (const piece of pieces) await exchange.chunk(piece);
    await exchange.chunk(COMPLETED);
    await exchange.end();
  });
  await using test = await gatewayTo(upstream);
  const bytes = await (await test.turn()).bytes();
  assertEquals(bytes.length, whole.length);
  assertEquals(await sha256(bytes), await sha256(whole));
  await assertQuiet(test);
});

async function sha256(bytes: Bytes): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

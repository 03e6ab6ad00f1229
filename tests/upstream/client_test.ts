import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { errorMessage } from "../../lib/error_text.ts";
import type { Failure } from "../../lib/failure/failure.ts";
import type { Result } from "../../lib/result.ts";
import { send, type SendOptions } from "../../lib/upstream/client.ts";
import { FakeClock } from "../support/clock.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { system } from "../support/system.ts";

async function answerOf(
  answer: (exchange: RawExchange) => Promise<void>,
  {
    headersTimeoutMs = 60_000,
    signal = new AbortController().signal,
    expected = "events",
  }: Partial<Omit<SendOptions, "runtime">> = {},
): Promise<Result<Response, Failure>> {
  await using upstream = new RawUpstream(answer);
  const sent = await send({
    method: "POST",
    url: new URL(upstream.url),
    headers: [["content-type", "application/json"]],
    body: new TextEncoder().encode("{}"),
  }, { runtime: system, signal, headersTimeoutMs, expected });
  if (sent.ok) await sent.value.body?.cancel();
  return sent;
}

async function failureOf(
  ...args: Parameters<typeof answerOf>
): Promise<Failure> {
  const sent = await answerOf(...args);
  assert(!sent.ok, "it was answered");
  return sent.error;
}

/** What comes of a status, a content type, and what was asked for. */
const HEADS: ReadonlyArray<
  [status: number, type: string, SendOptions["expected"], kind: string]
> = [
  [200, "text/event-stream", "events", "answer"],
  [200, "Text/Event-Stream; charset=utf-8", "events", "answer"],
  [200, "", "events", "answer"],
  [200, "application/json", "events", "no_answer"],
  [200, "text/html", "events", "no_answer"],
  [200, "application/json", "json", "answer"],
  [200, "application/problem+json", "json", "answer"],
  [200, "text/event-stream", "json", "answer"],
  [200, "text/html; charset=utf-8", "json", "no_answer"],
  [201, "application/json", "json", "no_answer"],
  [204, "", "events", "no_answer"],
  [206, "text/event-stream", "events", "no_answer"],
  [302, "text/html", "events", "no_answer"],
  [304, "", "json", "no_answer"],
  [307, "text/event-stream", "events", "no_answer"],
  [399, "", "events", "no_answer"],
  [400, "", "events", "edge_refused"],
  [500, "", "events", "unavailable"],
  [599, "text/html", "json", "unavailable"],
];

for (const [status, type, expected, kind] of HEADS) {
  Deno.test(`send: ${status} "${type}" for ${expected} is ${kind}`, async () => {
    const header = type === "" ? "" : `content-type: ${type}\r\n`;
    const sent = await answerOf((exchange) =>
      exchange.raw(
        `HTTP/1.1 ${status} x\r\ncontent-length: 0\r\n${header}location: /other\r\nconnection: close\r\n\r\n`,
      ), { expected });
    assertEquals(sent.ok ? "answer" : sent.error.kind, kind);
  });
}

Deno.test("send reads an error body that comes late and in pieces", async () => {
  const failure = await failureOf(async (exchange) => {
    await exchange.raw(
      "HTTP/1.1 418 x\r\ncontent-length: 20\r\nx-a: 1\r\nconnection: close\r\n\r\n",
    );
    for (const piece of ['{"detail"', ':"te', 'apot"}']) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await exchange.raw(piece.padEnd(1));
    }
    await exchange.raw("     ");
  });
  assert(failure.kind === "request_rejected");
  assertEquals(failure.message, "teapot");
  assertEquals(failure.answer.headers.get("x-a"), "1");
});

Deno.test("send keeps at most a MiB of an error body", async () => {
  const page = "x".repeat(65_536);
  const failure = await failureOf(async (exchange) => {
    await exchange.raw(
      "HTTP/1.1 404 x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
    );
    const bytes = new TextEncoder().encode(page);
    for (let n = 0; n < 32; n++) await exchange.chunk(bytes);
    await exchange.end();
  });
  assert(failure.kind === "edge_refused");
  assert(failure.answer.body.length <= 1_048_576);
});

const NO_ANSWERS: ReadonlyArray<
  [
    what: string,
    answer: (exchange: RawExchange) => Promise<void>,
    kind: "timeout" | "transport",
  ]
> = [
  ["no head", (exchange) => exchange.left, "timeout"],
  ["half a head", async (exchange) => {
    await exchange.raw("HTTP/1.1 200 OK\r\nx-a");
    await exchange.left;
  }, "timeout"],
  [
    "a closed connection",
    (exchange) => Promise.resolve(exchange.cut()),
    "transport",
  ],
  ["what is no HTTP", (exchange) => exchange.raw("hello\r\n\r\n"), "transport"],
];

for (const [what, answer, kind] of NO_ANSWERS) {
  Deno.test(`send: ${what} is a ${kind}`, async () => {
    const failure = await failureOf(answer, { headersTimeoutMs: 100 });
    assert(failure.kind === kind, failure.kind);
    const words = "no head of an answer from upstream within 100 ms";
    if (kind === "timeout") assertStringIncludes(failure.message, words);
  });
}

const CUT_REFUSALS: readonly (readonly [
  status: number,
  kind: Failure["kind"],
])[] = [
  [401, "access_token_rejected"],
  [429, "rate_limited"],
  [500, "unavailable"],
];

for (const [status, kind] of CUT_REFUSALS) {
  for (const how of ["is cut", "falls silent"]) {
    Deno.test(`send: a ${status} whose body ${how} keeps its status`, async () => {
      const failure = await failureOf(async (exchange) => {
        await exchange.raw(
          `HTTP/1.1 ${status} x\r\ncontent-type: application/json\r\n` +
            'content-length: 90\r\n\r\n{"error":{',
        );
        if (how === "is cut") exchange.cut();
        else await exchange.left;
      }, { headersTimeoutMs: 300 });
      assertEquals(failure.kind, kind);
    });
  }
}

Deno.test("send: the time for the head does not cut the body", async () => {
  const late = Promise.withResolvers<void>();
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await late.promise;
    await exchange.chunk(new TextEncoder().encode("late"));
    await exchange.end();
  });
  const clock = new FakeClock();
  const sent = await send({
    method: "GET",
    url: new URL(upstream.url),
    headers: [],
    body: undefined,
  }, {
    runtime: { ...system, after: clock.after },
    signal: new AbortController().signal,
    headersTimeoutMs: 100,
    expected: "events",
  });
  assert(sent.ok);
  clock.pass(100);
  late.resolve();
  assertEquals(await sent.value.text(), "late");
});

for (const early of [true, false]) {
  Deno.test(`send: a caller gone ${early ? "before" : "while"} it waits`, async () => {
    const controller = new AbortController();
    if (early) controller.abort();
    const failure = await failureOf(async (exchange) => {
      controller.abort();
      await exchange.left;
    }, { signal: controller.signal });
    assertEquals(failure, { kind: "caller_gone" });
  });
}

Deno.test("send throws where no request can be built: that is no broken network", async () => {
  const error = await assertRejects(() =>
    send({
      method: "POST",
      url: new URL("http://127.0.0.1:1"),
      headers: [["authorization", "Bearer s3cr3t\u2028"]],
      body: undefined,
    }, {
      runtime: system,
      signal: new AbortController().signal,
      headersTimeoutMs: 60_000,
      expected: "events",
    })
  );
  assertEquals(
    errorMessage(error),
    'Header "authorization" has a value that no header can have',
  );
});

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { Failure } from "../../lib/failure/failure.ts";
import type { Result } from "../../lib/result.ts";
import { systemRuntime } from "../../lib/runtime.ts";
import { errorMessage, send } from "../../lib/upstream/client.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";

const runtime = systemRuntime({
  log: { debug() {}, info() {}, warn() {}, error() {} },
  rootCertificates: [],
});

async function answerOf(
  answer: (exchange: RawExchange) => Promise<void>,
  { headersTimeoutMs = 60_000, signal = new AbortController().signal } = {},
): Promise<Result<Response, Failure>> {
  await using upstream = new RawUpstream(answer);
  const sent = await send({
    method: "POST",
    url: new URL(upstream.url),
    headers: [["content-type", "application/json"]],
    body: new TextEncoder().encode("{}"),
  }, { runtime, signal, headersTimeoutMs });
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

const STATUSES: ReadonlyArray<[status: number, ok: boolean]> = [
  [200, true],
  [204, true],
  [302, true],
  [304, true],
  [399, true],
  [400, false],
  [500, false],
  [599, false],
];

for (const [status, isOk] of STATUSES) {
  Deno.test(`send: ${status} is ${isOk ? "an answer" : "a failure"}`, async () => {
    const sent = await answerOf((exchange) =>
      exchange.raw(
        `HTTP/1.1 ${status} x\r\ncontent-length: 0\r\nlocation: /other\r\nconnection: close\r\n\r\n`,
      )
    );
    assertEquals(sent.ok, isOk);
    if (sent.ok) assertEquals(sent.value.status, status);
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
  assert(failure.kind === "request_rejected");
  assert(failure.answer.body.length <= 1_048_576);
});

const NO_ANSWERS: ReadonlyArray<
  [what: string, answer: (exchange: RawExchange) => Promise<void>, word: string]
> = [
  ["no head", (exchange) => exchange.left, "within 100 ms"],
  ["half a head", async (exchange) => {
    await exchange.raw("HTTP/1.1 200 OK\r\nx-a");
    await exchange.left;
  }, "within 100 ms"],
  ["an error without its body", async (exchange) => {
    await exchange.raw("HTTP/1.1 500 x\r\ncontent-length: 9\r\n\r\n");
    await exchange.left;
  }, "within 100 ms"],
  ["a closed connection", (exchange) => Promise.resolve(exchange.cut()), ""],
  ["what is no HTTP", (exchange) => exchange.raw("hello\r\n\r\n"), ""],
];

for (const [what, answer, word] of NO_ANSWERS) {
  Deno.test(`send: ${what} is the network's fault`, async () => {
    const failure = await failureOf(answer, { headersTimeoutMs: 100 });
    assert(failure.kind === "transport", failure.kind);
    assertStringIncludes(failure.message, word);
  });
}

Deno.test("send: the time for the head does not cut the body", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await exchange.chunk(new TextEncoder().encode("late"));
    await exchange.end();
  });
  const sent = await send({
    method: "GET",
    url: new URL(upstream.url),
    headers: [],
    body: undefined,
  }, {
    runtime,
    signal: new AbortController().signal,
    headersTimeoutMs: 100,
  });
  assert(sent.ok);
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

Deno.test("errorMessage tells every cause", () => {
  const inner = new Error("refused");
  const middle = new Error("connect", { cause: inner });
  assertEquals(
    errorMessage(new TypeError("fetch failed", { cause: middle })),
    "fetch failed: connect: refused",
  );
  assertEquals(errorMessage("odd"), "odd");
  assertEquals(errorMessage(undefined), "undefined");
});

Deno.test("send throws where no request can be built: that is no broken network", async () => {
  const error = await assertRejects(() =>
    send({
      method: "POST",
      url: new URL("http://127.0.0.1:1"),
      headers: [["authorization", "Bearer s3cr3t\u2028"]],
      body: undefined,
    }, {
      runtime,
      signal: new AbortController().signal,
      headersTimeoutMs: 60_000,
    })
  );
  assertEquals(
    errorMessage(error),
    'Header "authorization" has a value that no header can have',
  );
});

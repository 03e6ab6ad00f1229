/**
 * Pictures as a stream: it may bring several, and its end is the end of the
 * body, not an event.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { CODEX_HEADERS, startTestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { type RawExchange, RawUpstream } from "../support/raw_upstream.ts";
import { metricsOf } from "../support/status.ts";
import { event, text } from "../support/turns.ts";

const PARTIAL = event("image_generation.partial_image", { b64_json: "AAAA" });
const DONE = event("image_generation.completed", { b64_json: "BBBB" });
const DIALECTS = { codex: "codex_exec", openai: "" } as const;

function gatewayTo(upstream: RawUpstream, idleMs = 10_000) {
  return startTestGateway({
    warm: true,
    accounts: ["a", "b"],
    upstream: upstream.url,
    flags: ["--routing-policy=fill_first"],
    timeouts: { idleMs, longHeadersMs: 300, transportRetryMs: [] },
  });
}

function picture(
  test: Awaited<ReturnType<typeof gatewayTo>>,
  originator: string = DIALECTS.codex,
): Promise<Response> {
  return fetch(test.url("/v1/images/generations"), {
    method: "POST",
    headers: { ...CODEX_HEADERS, originator },
    body: '{"model":"gpt-image-2","prompt":"a cat","n":2,"stream":true}',
  });
}

const FIRST_EVENTS =
  'codaze_time_to_first_event_seconds_count{transport="sse"}';

function ended(outcome: string): string {
  return `codaze_requests_total{endpoint="images/generations",outcome="${outcome}"}`;
}

async function send(
  exchange: RawExchange,
  ...events: readonly Uint8Array<ArrayBuffer>[]
): Promise<void> {
  await exchange.begin();
  for (const one of events) await exchange.chunk(one);
  await exchange.end();
}

const WHOLE: Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>> = {
  "one picture": [PARTIAL, DONE],
  "two pictures": [PARTIAL, DONE, PARTIAL, DONE],
  "a picture of an unknown event": [event("picture.finished")],
};

for (const [what, events] of Object.entries(WHOLE)) {
  for (const [dialect, originator] of Object.entries(DIALECTS)) {
    Deno.test(`${what} as a stream ends well, for ${dialect}`, async () => {
      await using upstream = new RawUpstream((exchange) =>
        send(exchange, ...events)
      );
      await using test = await gatewayTo(upstream);
      const response = await picture(test, originator);
      assertEquals(await response.text(), text(concat([...events])));
      await assertQuiet(test);
      await assertNobodyBlamed(test);
      assertEquals(upstream.heads.length, 1);
      const metrics = await metricsOf(test);
      assertEquals(metrics[ended("completed")], 1);
      assertEquals(metrics[FIRST_EVENTS], 0);
    });
  }
}

Deno.test("a stream of pictures that says error has failed", async () => {
  const error = event("error", { error: { code: "server_error" } });
  await using upstream = new RawUpstream((exchange) =>
    send(exchange, PARTIAL, error)
  );
  await using test = await gatewayTo(upstream);
  const response = await picture(test);
  assertEquals(await response.text(), text(concat([PARTIAL, error])));
  await assertQuiet(test);
  assertEquals((await metricsOf(test))[ended("failed")], 1);
});

Deno.test("a stream of pictures that is cut is told as a failure", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(PARTIAL);
    exchange.cut();
  });
  await using test = await gatewayTo(upstream);
  const told = await (await picture(test)).text();
  assertStringIncludes(told, text(PARTIAL) + "event: response.failed");
  await assertQuiet(test);
});

Deno.test("pictures that come as JSON have a deadline, though events were asked for", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.raw(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
        'content-length: 100\r\n\r\n{"data":[',
    );
    await exchange.left;
  });
  await using test = await gatewayTo(upstream, 100);
  const response = await picture(test);
  const { error } = await response.json();
  assertEquals([response.status, error.code], [504, "upstream_timeout"]);
  await assertQuiet(test);
});

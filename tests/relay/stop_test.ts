import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  neverAnswers,
  silenceAfter,
  slowHead,
} from "../../lib/simulator/faults/faults.ts";
import { Caller } from "../support/caller.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { CREATED, event } from "../support/turns.ts";

const GRACE_MS = 150;

/** Stops, and says how long that took. */
async function stop(test: TestGateway, graceMs: number): Promise<number> {
  const begun = performance.now();
  await test.gateway.stop(graceMs);
  return performance.now() - begun;
}

function inFlight(test: TestGateway): number {
  return test.gateway.registry.accounts().reduce(
    (sum, account) => sum + account.inFlight,
    0,
  );
}

Deno.test("a turn may end within the grace period", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").fault(silenceAfter(2, 300));
  const response = await test.turn();
  const [, body] = await Promise.all([stop(test, 60_000), response.text()]);
  assertStringIncludes(body, "response.completed");
  assert(!body.includes("response.failed"));
});

for (
  const [originator, type] of [["codex_exec", "response.failed"], [
    "sdk",
    "event: error",
  ]] as const
) {
  Deno.test(`a turn of ${originator} that does not end is ended`, async () => {
    await using test = await startTestGateway({ warm: true });
    test.account("a").fault(silenceAfter(2));
    const response = await test.turn({}, { headers: { originator } });
    const [, body] = await Promise.all([stop(test, GRACE_MS), response.text()]);
    assertStringIncludes(body, type);
    assertStringIncludes(body, "the gateway was stopped");
    assertEquals(inFlight(test), 0);
    await test.simulator.waitFor((requests) =>
      requests.some(({ aborted }) => aborted)
    );
  });
}

Deno.test("a request without an answer yet gets one", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").fault(neverAnswers());
  const turn = test.turn();
  await test.simulator.waitFor(([first]) => (first?.body.length ?? 0) > 0);
  const [response] = await Promise.all([turn, stop(test, GRACE_MS)]);
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("retry-after"), "1");
  const { error } = await response.json();
  assertEquals([error.code, error.message], [
    "stopping",
    "The gateway is stopping",
  ]);
  assertEquals(inFlight(test), 0);
});

Deno.test("a handshake without an answer yet gets one", async () => {
  await using test = await startTestGateway({ warm: true, websockets: true });
  test.account("a").faultAt("handshake", neverAnswers());
  const opened = Caller.open(test);
  await test.simulator.waitFor((requests) => requests.length > 0);
  const [caller] = await Promise.all([opened, stop(test, GRACE_MS)]);
  using _ = caller;
  assertEquals(caller.status, 503);
  assertEquals(inFlight(test), 0);
});

Deno.test("no new connection is taken while turns may still end", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").fault(silenceAfter(2));
  const response = await test.turn();
  const stopped = stop(test, 400);
  const refused = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(test.gateway.publicOrigin).port),
  }).then((connection) => (connection.close(), false), () => true);
  assert(refused);
  await Promise.all([response.text(), stopped]);
});

Deno.test("a refresh under way is waited for, and saved", async () => {
  await using test = await startTestGateway();
  const account = test.account("a");
  account.faultAt("token", slowHead(500));
  const turn = test.turn();
  await test.simulator.waitFor(([first]) => (first?.body.length ?? 0) > 0);
  const [response] = await Promise.all([turn, stop(test, 0)]);
  await response.body?.cancel();
  assertEquals(account.refreshCount, 1);
  const file = JSON.parse(
    await Deno.readTextFile(join(test.dir, "a.json")),
  );
  assertEquals(file.refresh_token, account.currentRefreshToken());
});

Deno.test("a caller that does not read cannot hold up the stop", async () => {
  const delta = event("response.output_text.delta", {
    delta: "x".repeat(65_536),
  });
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    for (let n = 0; n < 1000; n++) await exchange.chunk(delta);
    await exchange.left;
  });
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const controller = new AbortController();
  const response = await test.turn({}, { signal: controller.signal });
  await pause(300);
  const took = await within(5000, stop(test, GRACE_MS));
  controller.abort();
  await response.text().catch(() => {});
  assert(took !== undefined, "the stop waits for a caller that is stuck");
});

Deno.test("a caller that never ends its upload cannot hold up the stop", async () => {
  await using test = await startTestGateway({ warm: true });
  const { hostname, port } = new URL(test.gateway.publicOrigin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `POST /v1/responses HTTP/1.1\r\nhost: ${hostname}:${port}\r\n` +
      'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"',
  ));
  await pause(100);
  const took = await within(5000, stop(test, GRACE_MS));
  if (took === undefined) connection.close();
  assert(took !== undefined, "the stop waits for an upload");
});

Deno.test("a turn held in the window is ended with an answer", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.begin();
    await exchange.chunk(CREATED);
    await exchange.left;
  });
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
  });
  const turn = test.turn();
  while (upstream.heads.length === 0) await pause(5);
  const [response] = await Promise.all([turn, stop(test, 50)]);
  assertEquals(response.status, 503);
  await response.body?.cancel();
  assertEquals(inFlight(test), 0);
});

/** The value, or undefined if it is not there in time. */
async function within<T>(
  ms: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  const first = await Promise.race([promise, late.promise]);
  clearTimeout(timer);
  return first;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

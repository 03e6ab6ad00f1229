/** Each answer tells of every limit of an account, as in the captures. */

import { assertEquals } from "@std/assert";
import c2 from "../fixtures/captures/C2-ws-inband-errors.json" with {
  type: "json",
};
import limits from "../fixtures/captures/F8-G6-limits.json" with {
  type: "json",
};
import {
  ask,
  get,
  SPARK,
  startWithQuota,
  toldByHeaders,
  toldByPage,
  usagePage,
} from "./quota_support.ts";
import { SocketClient } from "./socket_client.ts";
import { shape } from "./support.ts";

const FAMILY = "codex_bengalfox";

/** Two limits, as in G6. */
const TWO_LIMITS = {
  limits: [{
    id: FAMILY,
    model: SPARK,
    windows: [{ minutes: 60, used: 77, leftMs: 60_000 }],
  }],
};

Deno.test("a turn's headers tell of a model's limit as in G6", async () => {
  await using test = await startWithQuota(TWO_LIMITS);
  const { headers } = await ask(test);
  const captured = limits["G6-ratelimit-families-sse"].headers
    .filter(([name]) => name?.startsWith("x-codex-bengalfox-"));
  assertEquals(captured.length, 4);
  for (const [name = "", value = ""] of captured) {
    const expected = name.endsWith("-reset-at")
      ? String(test.clock.now / 1000 + 60)
      : value;
    assertEquals(headers.get(name), expected, name);
  }
});

Deno.test("a websocket tells of each limit in an event, as in G6b and C2", async () => {
  await using test = await startWithQuota({
    plan: "pro",
    ...TWO_LIMITS,
    credits: { hasCredits: true, balance: "3" },
  });
  using client = await SocketClient.open(test.simulator, test.account);
  const events = (await client.turn("hi"))
    .filter(({ type }) => type === "codex.rate_limits");
  const captured = limits["G6b-ratelimit-event-multi"];
  assertEquals(events.length, captured.length);
  for (const [index, event] of events.entries()) {
    const { credits, plan_type, metered_limit_name, limit_name } =
      captured[index] ?? {};
    assertEquals(shape(event.rate_limits), shape(captured[index]?.rate_limits));
    assertEquals(
      [
        event.credits,
        event.plan_type,
        event.metered_limit_name,
        event.limit_name,
      ],
      [credits, plan_type, metered_limit_name, limit_name],
    );
  }
  test.account.setQuota();
  const [, , both = {}] = await client.turn("hi");
  assertEquals(shape(both), shape(c2["C2-ws-codex-rate-limits-event"]));
});

Deno.test("answers of other routes have the limits of an account with windows", async () => {
  await using test = await startWithQuota(TWO_LIMITS);
  const told = toldByPage(await usagePage(test));
  const models = await get(test, "/backend-api/codex/models");
  await models.body?.cancel();
  assertEquals(toldByHeaders(models.headers), told);
  for (const path of ["/alpha/search", "/images/generations"]) {
    assertEquals(toldByHeaders((await ask(test, { path })).headers), told);
  }
  using client = await SocketClient.open(test.simulator, test.account);
  const lines = client.head.split("\r\n").slice(1)
    .map((line): [string, string] => {
      const [name = "", ...value] = line.split(": ");
      return [name, value.join(": ")];
    });
  assertEquals(toldByHeaders(new Headers(lines)), told);
});

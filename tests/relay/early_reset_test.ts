/** Limits that are reset ahead of time, as a caller of the gateway sees it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Runtime } from "../../lib/runtime.ts";
import { forbiddenPage } from "../../lib/simulator/faults/refusals.ts";
import { FakeClock } from "../support/clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { until } from "../support/load.ts";
import { assertQuiet } from "../support/quiet.ts";
import { after } from "../support/system.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SPENT = [{ minutes: 7 * 24 * 60, used: 100, leftMs: 3 * DAY }];

/** Long waits are over when the test says so; short ones are real. */
function start(
  clock: FakeClock,
  accounts: readonly string[] = ["a"],
): Promise<TestGateway> {
  const runtime: Partial<Runtime> = {
    ...clock.read,
    after: (ms, task) => ms >= MINUTE ? clock.after(ms, task) : after(ms, task),
    random: () => 0,
  };
  const { now } = clock.read;
  return startTestGateway({ accounts, warm: true, runtime, now });
}

function targets(test: TestGateway): readonly string[] {
  return test.simulator.requests.map(({ method, target }) =>
    `${method} ${target.replace("/backend-api/", "")}`
  );
}

async function refused(test: TestGateway): Promise<void> {
  const response = await test.turn();
  assert(response.status >= 400, `${response.status}`);
  await response.body?.cancel();
}

Deno.test("an account that is reset early serves after the next look, without a wake", async () => {
  const clock = new FakeClock();
  await using test = await start(clock);
  test.account("a").setQuota({ windows: SPENT });
  await refused(test);
  await refused(test);
  clock.pass(10 * MINUTE);
  test.simulator.resetAll();
  await refused(test);
  clock.pass(5 * MINUTE);
  const { registry } = test.gateway;
  await until(() => registry.views()[0]?.readiness === "ready", "the look");

  const served = await test.turn();
  assertStringIncludes(await served.text(), "response.completed");
  assertEquals(targets(test), [
    "POST codex/responses",
    "GET wham/usage",
    "POST codex/responses",
  ]);
  assertEquals(test.account("a").usageReads, 1);
  await assertQuiet(test);
});

Deno.test("an account that only keeps its rest serves again after an early reset", async () => {
  const clock = new FakeClock();
  await using test = await start(clock);
  const week = { minutes: 7 * 24 * 60, used: 85, leftMs: 3 * DAY };
  test.account("a").setQuota({ windows: [week] });
  assertStringIncludes(await (await test.turn()).text(), "completed");
  test.gateway.registry.set("a", { keep: 20 });
  test.simulator.resetAll();
  for (let minute = 0; minute < 60; minute++) {
    await refused(test);
    clock.pass(MINUTE);
  }
  assertEquals(test.account("a").usageReads, 0);
  clock.pass(MINUTE);
  await refused(test);
  const { registry } = test.gateway;
  await until(
    () => (registry.get("a")?.quota?.source ?? "") === "usage_page",
    "the read",
  );
  assertStringIncludes(await (await test.turn()).text(), "completed");
  assertEquals(test.account("a").usageReads, 1);
});

Deno.test("a block is looked at even if no other request comes", async () => {
  const clock = new FakeClock();
  await using test = await start(clock, ["a", "b"]);
  test.account("a").setQuota({ windows: SPENT });
  // One of the two meets the limit, and the other one serves.
  for (let turn = 0; turn < 2; turn++) await (await test.turn()).text();
  clock.pass(15 * MINUTE);
  await test.simulator.waitFor(() => test.account("a").usageReads === 1);
  assertEquals(test.account("b").usageReads, 0);
});

Deno.test("without a readable page a spent pool lets one turn try in 15 minutes", async () => {
  const clock = new FakeClock();
  await using test = await start(clock);
  const account = test.account("a");
  account.setQuota({ windows: SPENT });
  account.faultAt("account", forbiddenPage(), Infinity);
  await refused(test);
  clock.pass(15 * MINUTE);
  const { registry } = test.gateway;
  await until(() => registry.views()[0]?.readiness === "untested", "the look");
  assertEquals(account.usageReads, 2, "both addresses");
  const asked = () => targets(test).filter((one) => one.startsWith("POST"));
  assertEquals(asked().length, 1);

  for (let turn = 0; turn < 3; turn++) await refused(test);
  assertEquals(asked().length, 2);
  clock.pass(14 * MINUTE);
  await refused(test);
  assertEquals(asked().length, 2);
  clock.pass(MINUTE);
  await refused(test);
  assertEquals(asked().length, 3);
  test.simulator.resetAll();
  clock.pass(15 * MINUTE);
  const served = await test.turn();
  assertStringIncludes(await served.text(), "response.completed");
  assertEquals(account.usageReads, 2);
});

/** What the gateway finds when it looks at its own process, and where it says so. */
import { assert, assertEquals } from "@std/assert";
import type { Uncaught } from "../../lib/runtime.ts";
import { slowHead } from "../../lib/simulator/faults/faults.ts";
import { Counter } from "../../lib/counter.ts";
import { Caller, said } from "../support/caller.ts";
import { startTestGateway } from "../support/gateway.ts";
import { metricsOf, statusOf, statusWhen } from "../support/status.ts";

const GIB = 1024 ** 3;

Deno.test("a gateway that is well says so", async () => {
  await using test = await startTestGateway({ watchTimes: { lookMs: 10 } });
  // Counted from the first request of a caller on.
  await (await fetch(`${test.gateway.publicOrigin}/v1/models`)).body?.cancel();
  const isWindows = Deno.build.os === "windows";
  const { health } = await statusWhen(
    test,
    ({ health: { descriptors } }) =>
      isWindows || (descriptors?.in_use ?? null) !== null,
  );
  assertEquals([health.ok, health.problems], [true, []]);
  assertEquals(health.ports, {
    public: { listening: true, losses: 0 },
    admin: { listening: true, losses: 0 },
  });
  assertEquals(health.uncaught, 0);
  if (!isWindows) {
    assertEquals(health.descriptors?.near_limit, false);
    assert(Number(health.descriptors?.in_use) > 10);
  }
  assertEquals(test.gateway.problems, []);
  const metrics = await metricsOf(test);
  assertEquals(metrics["codaze_healthy"], 1);
  assertEquals(metrics['codaze_port_listening{port="public"}'], 1);
});

Deno.test("an event loop that stood still is told", async () => {
  await using test = await startTestGateway({ watchTimes: { tickMs: 1 } });
  const until = performance.now() + 1_200;
  while (performance.now() < until);
  const { health } = await statusWhen(
    test,
    (status) => status.health.longest_stall_ms >= 1_000,
  );
  assert(health.longest_stall_ms >= 1_000, `${health.longest_stall_ms} ms`);
  assertEquals(health.recent_stall_ms, health.longest_stall_ms);
  assert(test.log.some(({ message }) => message === "event loop stood still"));
  assert(Number((await metricsOf(test))["codaze_longest_stall_seconds"]) >= 1);
});

Deno.test("ports that a stop has closed are no trouble", async () => {
  await using test = await startTestGateway({ watchTimes: { lookMs: 1 } });
  // The stop waits for a refresh, with nobody left to listen for.
  test.account("a").faultAt("token", slowHead(200));
  const left = new AbortController();
  const turn = test.turn({}, { signal: left.signal }).catch(() => {});
  await test.simulator.waitFor((requests) =>
    requests.some(({ target }) => target === "/oauth/token")
  );
  left.abort();
  await turn;
  await test.gateway.stop(1_000);
  const told = test.log.filter(({ message }) => message === "trouble");
  assertEquals(told, []);
});

Deno.test("bugs that nobody caught are counted", async () => {
  const uncaught = new Counter<Uncaught>(["error", "rejection"]);
  await using test = await startTestGateway({ runtime: { uncaught } });
  uncaught.add("error");
  assertEquals((await statusOf(test)).health.uncaught, 1);
  const metrics = await metricsOf(test);
  assertEquals(metrics['codaze_uncaught_total{kind="error"}'], 1);
});

Deno.test("too much memory is told, and websockets that may hold it are cut", async () => {
  let rss = 0.1 * GIB;
  await using test = await startTestGateway({
    websockets: true,
    watchTimes: { lookMs: 10 },
    runtime: { memory: () => ({ rss, heapUsed: 1 }) },
  });
  using caller = await Caller.open(test);
  assertEquals(said(await caller.turn()), "hello");
  rss = 9 * GIB;
  const { health } = await statusWhen(test, ({ health }) => !health.ok);
  assertEquals(health.problems, [
    "9216 MiB of memory are in use, 1536 are expected at most",
  ]);
  assertEquals(health.problem_kinds, ["memory"]);
  assertEquals(test.gateway.problems, health.problems);
  assertEquals((await metricsOf(test))["codaze_healthy"], 0);
  assertEquals((await caller.end())?.code, 1001);

  rss = 0.1 * GIB;
  const after = await statusWhen(test, ({ health }) => health.ok);
  // The port was closed for a moment.
  assertEquals(after.health.ports["public"], { listening: true, losses: 0 });
  using again = await Caller.open(test);
  assertEquals(said(await again.turn()), "hello");
  const told = test.log.filter(({ message }) => message.startsWith("trouble"));
  assertEquals(told.map(({ message }) => message), [
    "trouble",
    "trouble is over",
  ]);
  const ended = test.log.filter(({ message }) =>
    message === "idle connections ended"
  );
  assertEquals(ended.map(({ fields }) => fields["reason"]), ["memory"]);
});

/** When pages of usage are read for blocks, and when they are not. */
import { assert, assertEquals } from "@std/assert";
import { connectionReset } from "../../lib/simulator/faults/faults.ts";
import {
  forbiddenPage,
  interposedPage,
  serverError,
} from "../../lib/simulator/faults/refusals.ts";
import { DAY, HOUR, LooksStage, MINUTE } from "../support/looks.ts";

Deno.test("a block is looked at after 15 minutes, 30 more, then each hour", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  await stage.passInUse(4 * HOUR);
  assertEquals(stage.times, ["a 15", "a 45", "a 105", "a 165", "a 225"]);
  assert(stage.isBlocked("a"));
});

Deno.test("a reset off schedule ends the block at the next look", async () => {
  for (const keepAnchor of [false, true]) {
    await using stage = await LooksStage.start();
    stage.refuse("a", 3 * DAY);
    await stage.passInUse(10 * MINUTE);
    stage.simulator.resetAll({ keepAnchor });
    await stage.passInUse(4 * MINUTE);
    assert(stage.isBlocked("a"));
    await stage.passInUse(2 * MINUTE);
    assert(!stage.isBlocked("a"));
    await stage.passInUse(5 * HOUR);
    assertEquals(stage.times, ["a 15"]);
    assertEquals(
      stage.pool.log.lines.filter((line) => line.includes("ahead of time")),
      [
        "info a limit is free ahead of time " + JSON.stringify({
          account: "a",
          limit: "codex",
          was_until: "2026-11-25T12:00:00.000Z",
          reason: "the page of usage says so",
        }),
      ],
    );
  }
});

Deno.test("one account that is free again makes the others due at once", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b", "c"] });
  stage.refuse("a", 3 * DAY);
  await stage.passInUse(10 * MINUTE);
  stage.refuse("b", 3 * DAY);
  stage.refuse("c", 3 * DAY);
  stage.simulator.resetAll();
  await stage.passInUse(DAY);
  assertEquals(stage.times, ["a 15", "b 15", "c 15"]);
  assertEquals(stage.mostAtOnce, 1);
  assertEquals(["a", "b", "c"].filter((name) => stage.isBlocked(name)), []);
});

Deno.test("a page that lags behind is read again at the next look", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  const { quota } = stage.account("a");
  assert(quota !== undefined);
  quota.pageLagMs = 20 * MINUTE;
  await stage.passInUse(10 * MINUTE);
  stage.simulator.resetAll();
  await stage.passInUse(6 * MINUTE);
  assert(stage.isBlocked("a"), "the page shows what was 20 minutes ago");
  await stage.passInUse(30 * MINUTE);
  assert(!stage.isBlocked("a"));
  assertEquals(stage.times, ["a 15", "a 45"]);
});

Deno.test("after a look that was wrong the steps are twice as long", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  stage.simulator.resetAll();
  await stage.passInUse(16 * MINUTE);
  assert(!stage.isBlocked("a"));
  stage.refuse("a", 3 * DAY);
  await stage.passInUse(4 * HOUR);
  assertEquals(stage.times, ["a 15", "a 46", "a 106", "a 226"]);
});

Deno.test("a refusal that comes later is a new one", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  stage.simulator.resetAll();
  await stage.passInUse(20 * MINUTE);
  stage.refuse("a", 3 * DAY);
  await stage.passInUse(16 * MINUTE);
  assertEquals(stage.times, ["a 15", "a 35"]);
});

Deno.test("a day with three blocked accounts costs at most 30 reads, one at a time", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b", "c"] });
  for (const name of ["a", "b", "c"]) stage.refuse(name, 3 * DAY);
  await stage.pass(DAY, {
    step: 5000,
    each: () => {
      stage.looks.asked();
      stage.looks.onPageAsked();
    },
  });
  assertEquals(stage.pages.length, 29);
  assertEquals(stage.mostAtOnce, 1);
  for (const name of ["a", "b", "c"]) {
    const own = stage.pages.filter(({ account }) => account === name);
    assert(own.length >= 9, `${name} was looked at ${own.length} times`);
  }
  for (const { headers } of stage.pages) {
    const names = headers.map(([name]) => name.toLowerCase());
    assert(!names.some((name) => name.includes("reserve")), String(names));
  }
});

Deno.test("when nobody has asked for anything for an hour, nothing is looked at", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  await stage.pass(DAY);
  assertEquals(stage.times, ["a 15", "a 45"]);
  assertEquals(stage.pool.clock.timers, 0);
  stage.looks.asked();
  await stage.passInUse(MINUTE);
  assertEquals(stage.times.length, 3);
});

Deno.test("there is no timer without a block", async () => {
  await using stage = await LooksStage.start();
  stage.looks.asked();
  assertEquals(stage.pool.clock.timers, 0);
  stage.refuse("a", 10 * MINUTE);
  await stage.pass(20 * MINUTE);
  assertEquals([stage.pool.clock.timers, stage.times.length], [0, 0]);
});

Deno.test("a machine that wakes looks within a minute, but no more often than each 15", async () => {
  await using stage = await LooksStage.start({ random: () => 0.5 });
  stage.refuse("a", 3 * DAY);
  await stage.passInUse(2 * HOUR);
  const before = stage.times.length;
  assertEquals(stage.times.at(-1), "a 105");
  // Asleep for three hours, then somebody comes.
  stage.pool.clock.now += 3 * HOUR;
  stage.looks.asked();
  assertEquals(stage.times.length, before);
  await stage.passInUse(MINUTE);
  assertEquals(stage.times.slice(before), ["a 301"]);
  for (let nap = 0; nap < 10; nap++) {
    stage.pool.clock.now += MINUTE;
    await stage.passInUse(MINUTE);
  }
  assertEquals(stage.times.slice(before + 1), ["a 317"]);
});

Deno.test("while the network is down nothing is looked at", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b"] });
  stage.refuse("a", 3 * DAY);
  stage.refuse("b", 3 * DAY);
  await stage.passInUse(14 * MINUTE);
  stage.network.failed();
  await stage.passInUse(10 * MINUTE);
  assertEquals(stage.times, []);
  await stage.passInUse(6 * MINUTE);
  assertEquals(stage.times, ["a 29", "b 29"]);
});

Deno.test("a look that reaches nobody is tried again after a quarter of an hour", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b"] });
  stage.refuse("a", 3 * DAY);
  stage.refuse("b", 3 * DAY);
  stage.isUnplugged = true;
  await stage.passInUse(35 * MINUTE);
  assertEquals(stage.reads.outcomes.get("unreachable"), 2);
  stage.isUnplugged = false;
  await stage.passInUse(15 * MINUTE);
  assertEquals(stage.times.length, 2);
  assertEquals(stage.reads.outcomes.get("read"), 2);
});

Deno.test("an answer to anything shows that the network is back", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b"] });
  stage.refuse("a", 3 * DAY);
  stage.account("a").faultAt("usage", connectionReset());
  await stage.passInUse(16 * MINUTE);
  assertEquals(stage.reads.outcomes.get("unreachable"), 1);
  assert(stage.network.waitMs > 0);
  await stage.looks.byHand(stage.held("b"));
  assertEquals(stage.network.waitMs, 0);
});

for (
  const [what, fault] of [
    ["a page of HTML", interposedPage()],
    ["a 500", serverError()],
  ] as const
) {
  Deno.test(`${what} is asked for again after six hours, and turns may test`, async () => {
    await using stage = await LooksStage.start();
    stage.refuse("a", 3 * DAY);
    stage.account("a").faultAt("usage", fault, Infinity);
    await stage.passInUse(10 * MINUTE);
    const readiness = () => stage.pool.registry.views()[0]?.readiness;
    assertEquals(readiness(), "away");
    await stage.passInUse(20 * HOUR);
    assertEquals(stage.times, ["a 15", "a 375", "a 735", "a 1095"]);
    assertEquals(readiness(), "untested");
    // No news makes such a page due.
    stage.pool.clock.now += 10 * MINUTE;
    await stage.passInUse(5 * MINUTE);
    assertEquals(stage.times.length, 4);
  });
}

Deno.test("403 at the usual address: the other one is asked, from then on first", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  stage.account("a").faultAt("usage", forbiddenPage(), Infinity);
  await stage.passInUse(50 * MINUTE);
  assertEquals(stage.pages.map(({ target }) => target), [
    "/backend-api/wham/usage",
    "/backend-api/codex/usage",
    "/backend-api/codex/usage",
  ]);
  assertEquals(stage.reads.outcomes.get("read"), 2);
  assert(stage.isBlocked("a"));
});

Deno.test("403 at both addresses is a page that cannot be read", async () => {
  await using stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  stage.account("a").faultAt("usage", forbiddenPage(), Infinity);
  stage.account("a").faultAt("other_usage", forbiddenPage(), Infinity);
  await stage.passInUse(5 * HOUR);
  assertEquals(stage.pages.length, 2);
  assertEquals(stage.reads.outcomes.get("unreadable"), 1);
});

Deno.test("a duplicate and a dead sign-in are not asked, a paused account is", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b", "c"] });
  for (const name of ["a", "b", "c"]) stage.refuse(name, 3 * DAY);
  const { record } = stage.held("a");
  record.settings = { ...record.settings, paused: true };
  stage.held("b").standsBehind(stage.held("a"));
  stage.held("c").failed(
    { kind: "account_invalid", message: "signed out" },
    stage.pool.clock.now,
  );
  await stage.passInUse(20 * MINUTE);
  assertEquals(stage.times, ["a 15"]);
});

Deno.test("figures older than 15 minutes are read for a client that shows them", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b"] });
  const poll = (ms: number) =>
    stage.pass(ms, { step: 5000, each: () => stage.looks.onPageAsked() });
  await poll(5000);
  assertEquals(stage.times, ["a 0", "b 0"]);
  await poll(15 * MINUTE);
  assertEquals(stage.times.length, 2);
  await poll(MINUTE);
  assertEquals(stage.times.length, 4);
  assertEquals(stage.mostAtOnce, 1);
});

Deno.test("an account that gives no figures is asked each five minutes, then each six hours", async () => {
  await using stage = await LooksStage.start();
  const poll = (ms: number) =>
    stage.pass(ms, { each: () => stage.looks.onPageAsked() });
  stage.account("a").faultAt("usage", connectionReset(), 1);
  await poll(MINUTE);
  await poll(3 * MINUTE);
  assertEquals(stage.times.length, 1);
  stage.account("a").faultAt("usage", serverError(), 1);
  await poll(15 * MINUTE);
  assertEquals(stage.times.length, 2);
  await poll(5 * HOUR);
  assertEquals(stage.times.length, 2);
});

Deno.test("a stop ends a read that is under way, and the timers", async () => {
  const stage = await LooksStage.start();
  stage.refuse("a", 3 * DAY);
  stage.account("a").faultAt("usage", { kind: "never_answer" });
  const read = stage.looks.byHand(stage.held("a"));
  await stage.simulator.waitFor((all) => all.length === 1);
  await stage[Symbol.asyncDispose]();
  assertEquals((await read).kind, "stopped");
  assertEquals(stage.pool.clock.timers, 0);
  assertEquals((await stage.looks.byHand(stage.held("a"))).kind, "stopped");
});

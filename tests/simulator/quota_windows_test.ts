/** When windows begin, what they show, and what a reset leaves of them. */

import { assertEquals, assertThrows } from "@std/assert";
import type { WindowFigures } from "../../lib/simulator/quota/figures.ts";
import type { QuotaOptions } from "../../lib/simulator/quota/options.ts";
import { SimulatedQuota } from "../../lib/simulator/quota/quota.ts";
import { DAY_MS, FIVE_HOURS, HOUR_MS, WEEK } from "./quota_support.ts";

class Clock {
  at = Date.UTC(2026, 10, 29);
  readonly now = () => this.at;
}

function start(options: QuotaOptions = {}) {
  const clock = new Clock();
  const quota = new SimulatedQuota({ plan: "plus", ...options }, clock.now);
  return { clock, quota };
}

function windowsOf(quota: SimulatedQuota): readonly WindowFigures[] {
  return quota.figures().limits.flatMap(({ windows }) => windows);
}

/** `used% until the reset`, the time in hours. */
function shown(quota: SimulatedQuota): readonly string[] {
  return windowsOf(quota).map(({ used, resetAfterSeconds }) =>
    `${used}% ${resetAfterSeconds / 3600} h`
  );
}

function serve(quota: SimulatedQuota): void {
  const refused = quota.admit({ model: undefined, turnState: undefined });
  assertEquals(refused, undefined);
}

const PLANS: Readonly<Record<string, readonly number[]>> = {
  plus: [FIVE_HOURS, WEEK],
  pro: [WEEK],
  team: [WEEK],
  free: [30 * 24 * 60],
  go: [30 * 24 * 60],
};

for (const [plan, minutes] of Object.entries(PLANS)) {
  Deno.test(`the plan ${plan} has windows of ${minutes.join(" and ")} min`, () => {
    const { quota } = start({ plan });
    assertEquals(windowsOf(quota).map((one) => one.minutes), minutes);
    assertEquals(quota.figures().plan, plan);
  });
}

Deno.test("a plan that is not known needs windows of its own", () => {
  assertThrows(() => start({ plan: "gold" }), Error, '"gold"');
  const { quota } = start({ plan: "gold", windows: [{ minutes: 60 }] });
  assertEquals(shown(quota), ["0% 1 h"]);
});

Deno.test("a window slides until its first use, and then stands", () => {
  const { clock, quota } = start({ windows: [{ minutes: 300, cost: 2.5 }] });
  const [first] = windowsOf(quota);
  clock.at += HOUR_MS;
  const [later] = windowsOf(quota);
  assertEquals((later?.resetAt ?? 0) - (first?.resetAt ?? 0), 3600);
  assertEquals(shown(quota), ["0% 5 h"]);

  serve(quota);
  clock.at += HOUR_MS;
  assertEquals(shown(quota), ["2% 4 h"]);
  serve(quota);
  assertEquals(shown(quota), ["5% 4 h"]);
});

Deno.test("the next window begins with the first use after the last one ended", () => {
  const { clock, quota } = start({ windows: [{ minutes: 300, cost: 10 }] });
  serve(quota);
  clock.at += 5 * HOUR_MS - 1;
  assertEquals(windowsOf(quota)[0]?.used, 10);
  clock.at += 1;
  assertEquals(shown(quota), ["0% 5 h"]);
  clock.at += 40 * HOUR_MS;
  assertEquals(shown(quota), ["0% 5 h"]);
  serve(quota);
  clock.at += HOUR_MS;
  assertEquals(shown(quota), ["10% 4 h"]);
});

Deno.test("both windows of a plan begin with the same use and end apart", () => {
  const { clock, quota } = start();
  quota.setCosts([10, 2]);
  serve(quota);
  clock.at += 6 * HOUR_MS;
  assertEquals(shown(quota), ["0% 5 h", "2% 162 h"]);
  serve(quota);
  assertEquals(shown(quota), ["10% 5 h", "4% 162 h"]);
});

Deno.test("a window may be given as it stands, or be changed", () => {
  const { quota } = start({
    windows: [{ minutes: 300, used: 79, leftMs: HOUR_MS }, {
      minutes: WEEK,
      used: 43,
    }],
  });
  assertEquals(shown(quota), ["79% 1 h", "43% 168 h"]);
  quota.setUsed([5]);
  assertEquals(shown(quota), ["5% 1 h", "43% 168 h"]);
  quota.setWindows([{ minutes: WEEK, used: 50, leftMs: DAY_MS }]);
  assertEquals(shown(quota), ["50% 24 h"]);
});

Deno.test("a reset is in whole seconds, and nothing is over before it", () => {
  const { clock, quota } = start({ windows: [{ minutes: 1, cost: 100 }] });
  clock.at += 999;
  serve(quota);
  const [window] = windowsOf(quota);
  clock.at = (window?.resetAt ?? 0) * 1000 - 1;
  assertEquals(windowsOf(quota)[0]?.used, 100);
  clock.at += 1;
  assertEquals(windowsOf(quota)[0]?.used, 0);
});

Deno.test("a thousand costs of a tenth fill a window, and 99.9 does not show as full", () => {
  const { quota } = start({ windows: [{ minutes: WEEK, cost: 0.1 }] });
  for (let request = 0; request < 999; request++) serve(quota);
  assertEquals(windowsOf(quota)[0]?.used, 99);
  serve(quota);
  assertEquals(windowsOf(quota)[0]?.used, 100);
  const refused = quota.admit({ model: undefined, turnState: undefined });
  assertEquals(refused?.status, 429);
});

Deno.test("an off-schedule reset ends the windows", () => {
  const { clock, quota } = start();
  quota.setUsed([100, 60]);
  clock.at += HOUR_MS;
  quota.reset();
  assertEquals(shown(quota), ["0% 5 h", "0% 168 h"]);
  clock.at += HOUR_MS;
  assertEquals(shown(quota), ["0% 5 h", "0% 168 h"], "the windows run");
});

Deno.test("an off-schedule reset may keep the ends, and only what is used falls", () => {
  const { clock, quota } = start();
  quota.setUsed([100, 60]);
  clock.at += HOUR_MS;
  quota.reset({ keepAnchor: true });
  assertEquals(shown(quota), ["0% 4 h", "0% 167 h"]);
  quota.setCosts([10, 10]);
  serve(quota);
  assertEquals(shown(quota), ["10% 4 h", "10% 167 h"]);
});

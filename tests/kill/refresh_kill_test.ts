/**
 * SIGKILL at every step of a refresh, one after the other, and what is left of
 * the account when the gateway is started again.
 */
import { assert, assertEquals } from "@std/assert";
import {
  checkFiles,
  checkKilled,
  checkLost,
  checkNotSent,
  checkSafe,
  lostIn,
} from "./checks.ts";
import { refreshPointsOf } from "./points.ts";
import { type Layout, Scene } from "./scene.ts";

/**
 * The one window in which a kill costs the login: the server has rotated, and
 * the new token is nowhere on the disk. It begins when the server answers …
 */
const FIRST_LOST = "before take head of grant";
/** … and the last step inside it is this one. */
const LAST_LOST = /^half write \S+\.codaze-refresh\/#$/;

/** What a refresh does at least, in this order. */
const EXPECTED = [
  /^open \S+\/\.codaze-refresh\/#$/,
  /^(tryLock|lock) \S+\/\.codaze-refresh\/#$/,
  /^readFile accounts\/a\.json$/,
  /^write \S+\/\.codaze-refresh\/#$/,
  /^sync \S+\/\.codaze-refresh\/#$/,
  /^sync \S+\/\.codaze-refresh$/,
  /^send grant$/,
  /^take head of grant$/,
  /^take body of grant$/,
  /^open \S+\.tmp$/,
  /^write \S+\.tmp$/,
  /^sync \S+\.tmp$/,
  /^rename \S+\.tmp to \S+\.json$/,
  /^sync (accounts|codex)$/,
  /^open \S+\/\.codaze-refresh\/#\.spent$/,
  /^sync \S+\/\.codaze-refresh$/,
  /^remove \S+\/\.codaze-refresh\/#$/,
];

/** Every step for our own layout, those that write or send for the others. */
const LAYOUTS: readonly (readonly [Layout, RegExp])[] = [
  ["plain", /./],
  ["codex", /^(write|rename|remove|send|take)/],
  ["linked", /^(write|rename|remove|send|take)/],
];

for (const [layout, chosen] of LAYOUTS) {
  Deno.test({
    name: `an account (${layout}) outlives a kill at any step of a refresh`,
    ignore: Deno.build.os === "windows",
    async fn(t) {
      const steps = await traced(layout);
      const all = refreshPointsOf(steps);
      assert(all.length >= 12, `${all.length} kill points`);
      const points = all.filter(({ name }) => chosen.test(name));

      const lost: string[] = [];
      for (const { label, point } of points) {
        await t.step(label, async () => {
          await using scene = await Scene.set(layout);
          checkKilled(await scene.killAt(point));
          const isLost = await lostIn(scene);
          if (isLost) lost.push(label);
          await (isLost ? checkLost(scene) : checkSafe(scene));
        });
      }
      const labels = points.map(({ label }) => label);
      const from = labels.indexOf(FIRST_LOST);
      const to = labels.findLastIndex((label) => LAST_LOST.test(label));
      assertEquals(lost, labels.slice(from, to + 1));
    },
  });
}

for (const [layout, chosen] of LAYOUTS) {
  Deno.test({
    name:
      `a spent token (${layout}) put back from a snapshot right after a kill is not sent`,
    ignore: Deno.build.os === "windows",
    async fn(t) {
      const points = refreshPointsOf(await traced(layout));
      const last = points.findLastIndex(({ label }) => LAST_LOST.test(label));
      for (const { label, name, point } of points.slice(last + 1)) {
        if (!chosen.test(name)) continue;
        await t.step(label, async () => {
          await using scene = await Scene.set(layout);
          checkKilled(await scene.killAt(point));
          await scene.putBack();
          await checkNotSent(scene);
        });
      }
    },
  });
}

/** Refreshes once unharmed and checks that the list of steps has it all. */
async function traced(layout: Layout): Promise<readonly string[]> {
  await using scene = await Scene.set(layout);
  const steps = await scene.trace();
  let at = 0;
  for (const kind of EXPECTED) {
    const found = steps.findIndex((step, n) => n >= at && kind.test(step));
    assert(found >= 0, `no ${kind} in its place: ${steps.join(", ")}`);
    at = found + 1;
  }
  await checkFiles(scene);
  return steps;
}

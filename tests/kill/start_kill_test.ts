/**
 * A second SIGKILL, at every step that the next start makes on the disk while
 * it tidies up after the first.
 */
import { assert } from "@std/assert";
import { checkKilled, checkLost, checkSafe, lostIn } from "./checks.ts";
import { pointsOf } from "./points.ts";
import { type Point, Scene } from "./scene.ts";

/** What the first one has left, by the point at which it was killed. */
const FIRST: Readonly<Record<string, RegExp>> = {
  "an intent that was never sent": /^before send grant$/,
  "half of an account file": /^half write \S+\.tmp$/,
  "the side file of a refresh that is over": /^before remove \S+$/,
};

/** Reading changes nothing: what is left is as it was before. */
const CHANGES = /^(link|make|mkdir|open|remove|rename|sync|truncate|write)/;

for (const [what, label] of Object.entries(FIRST)) {
  Deno.test({
    name:
      `an account outlives a kill at any step of a start that finds ${what}`,
    ignore: Deno.build.os === "windows",
    async fn(t) {
      const first = await firstPoint(label);
      const steps = await stepsOfStart(first);
      for (const { label, name, point } of pointsOf(steps)) {
        if (!CHANGES.test(name)) continue;
        await t.step(label, async () => {
          await using scene = await Scene.set("plain");
          checkKilled(await scene.killAt(first));
          const isLost = await lostIn(scene);
          checkKilled(await scene.killStartAt(point));
          await (isLost ? checkLost(scene) : checkSafe(scene));
        });
      }
    },
  });
}

async function firstPoint(label: RegExp): Promise<Point> {
  await using scene = await Scene.set("plain");
  const points = pointsOf(await scene.trace());
  const found = points.find((point) => label.test(point.label));
  assert(found !== undefined, `no ${label}`);
  return found.point;
}

async function stepsOfStart(first: Point): Promise<readonly string[]> {
  await using scene = await Scene.set("plain");
  await scene.killAt(first);
  return await scene.traceStart();
}

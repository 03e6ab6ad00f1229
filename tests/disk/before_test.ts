/** A disk that takes no note of a refresh: the token stays unspent. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DISK_FAULTS } from "./faults.ts";
import { diskTest, fillDisk } from "./mounts.ts";
import { Scene } from "./scene.ts";

for (const { what, disk, before, words } of DISK_FAULTS) {
  diskTest(`${what}: no token is spent, another account serves`, async () => {
    await using scene = await Scene.set(disk);
    const a = scene.add("a");
    const b = scene.add("b", { warm: true });
    await using gateway = await scene.start();
    const mend = before(scene);

    assert((await gateway.turn()).ok);
    assertEquals([scene.grants(), a.turns, b.turns], [0, 0, 1]);
    assertMatch(String((await gateway.views())["a"]?.["last_error"]), words);
    const line = await gateway.codaze.printed(
      / warn +a: token not refreshed.*/,
    );
    assertMatch(line, words);

    mend();
    await gateway.wake("a");
    assert((await gateway.turn()).ok);
    assertEquals([scene.grants(), a.turns], [1, 1]);
    assertEquals(scene.fileToken("a"), a.currentRefreshToken());
    assertEquals(scene.sideFiles(), []);
    assertEquals(scene.simulator.violations, []);
  });
}

diskTest("the only account: a caller is told when to come back", async () => {
  await using scene = await Scene.set({ size: "64k" });
  const a = scene.add("a");
  await using gateway = await scene.start();
  const mend = fillDisk(scene.disk);

  const refused = await gateway.turn();
  assertEquals(refused.status, 503);
  const { error } = JSON.parse(refused.text);
  assertEquals(error.code, "token_not_refreshed");
  const { blocked_until } = (await gateway.views())["a"] ?? {};
  assert(Date.parse(String(blocked_until)) <= Date.now() + 5000);

  mend();
  // Nobody wakes it: its cooldown is the five seconds of a disk.
  await gateway.untilServed();
  assertEquals([scene.grants(), a.turns], [1, 1]);
  assertEquals(scene.simulator.violations, []);
});

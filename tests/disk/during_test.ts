/**
 * A disk that fails while the token endpoint answers: the token is spent, and
 * the account file does not take the new one.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DISK_FAULTS, type DiskFault } from "./faults.ts";
import { diskTest } from "./mounts.ts";
import { type Running, until } from "./running.ts";
import { atGrant, Scene } from "./scene.ts";

/** An account whose tokens are in memory and in a side file only. */
async function pending(
  scene: Scene,
  gateway: Running,
  { before, during = before, words }: DiskFault,
): Promise<Pending> {
  const a = scene.add("a");
  await gateway.codaze.printed(/ 1 account loaded/);
  let mend = () => {};
  atGrant(a, () => mend = during(scene));

  assert((await gateway.turn()).ok, "the turn that waited for the refresh");
  const token = a.currentRefreshToken();
  assertEquals((await gateway.views())["a"]?.["persist_pending"], true);
  assertMatch(await gateway.codaze.printed(/ error .*tokens .*/), words);
  assert(scene.fileToken("a") !== token);
  assert(scene.sideFiles().some((text) => text.includes(token)));
  return { token, mend };
}

interface Pending {
  /** The newest refresh token. */
  readonly token: string;
  readonly mend: () => void;
}

function assertSaved(scene: Scene, token: string): void {
  assertEquals(scene.fileToken("a"), token);
  assertEquals(scene.fileNote("a"), { kept: [1, true, null] });
  assertEquals(scene.sideFiles(), []);
  assertEquals(scene.grants(), 1);
  assertEquals(scene.simulator.violations, []);
}

for (const fault of DISK_FAULTS) {
  const { what, atStart } = fault;

  diskTest(`${what}: tokens are saved as soon as it is mended`, async () => {
    await using scene = await Scene.set(fault.disk);
    await using gateway = await scene.start();
    const { token, mend } = await pending(scene, gateway, fault);

    assert((await gateway.turn()).ok, "a turn without a disk");
    // Until nothing that has changed is a reason any more to look again.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    mend();
    await until(async () =>
      (await gateway.views())["a"]?.["persist_pending"] === false
    );
    assertSaved(scene, token);
    await gateway.codaze.printed(/ a: new tokens are in the account file now/);
    gateway.codaze.kill("SIGTERM");
    const { stderr } = await gateway.codaze.ended;
    assertEquals(stderr.match(/ error .*tokens /g)?.length, 1);
  });

  diskTest(`${what}: tokens outlive two crashes in it`, async () => {
    await using scene = await Scene.set(fault.disk);
    await using gateway = await scene.start();
    const { token, mend } = await pending(scene, gateway, fault);
    await gateway.kill();

    for (let crash = 0; crash < 2; crash++) {
      if (atStart === "refused") {
        await using refused = scene.launch();
        assertEquals((await refused.ended).code, 1);
        continue;
      }
      await using again = await scene.start();
      // Where it cannot serve, it must not ask for tokens either.
      assertEquals((await again.turn()).ok, atStart === undefined);
      await again.kill();
    }
    mend();
    await using after = await scene.start();
    assert((await after.turn()).ok);
    assertSaved(scene, token);
  });
}

diskTest(
  "a second refresh before the first is saved: both outlive crashes",
  async () => {
    const fault = DISK_FAULTS.find(({ what }) => what.includes("0500"));
    assert(fault !== undefined);
    await using scene = await Scene.set(fault.disk);
    await using gateway = await scene.start();
    const { mend } = await pending(scene, gateway, fault);
    const [a] = scene.simulator.accounts;
    assert(a !== undefined);
    a.expireAccessTokens();
    assert((await gateway.turn()).ok);
    assertEquals([scene.grants(), scene.sideFiles().length], [2, 2]);
    await gateway.kill();

    {
      await using again = await scene.start();
      assert((await again.turn()).ok);
      await again.kill();
    }
    mend();
    await using after = await scene.start();
    assert((await after.turn()).ok);
    assertEquals(scene.fileToken("a"), a.currentRefreshToken());
    assertEquals([scene.grants(), scene.simulator.violations], [2, []]);
  },
);

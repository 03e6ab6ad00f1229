/** The disk with the accounts is pulled out under a running gateway. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { bind, diskTest, mountDisk, unmount } from "./mounts.ts";
import { type Running, until } from "./running.ts";
import { atGrant, names, Scene } from "./scene.ts";

/** The accounts dir as a mount point: what is on the disk, shown there. */
async function plugged(): Promise<Plugged> {
  const scene = await Scene.set();
  const stick = scene.otherDisk("stick");
  const plug = () => bind(stick, scene.dir);
  plug();
  return {
    scene,
    stick,
    plug,
    unplug: () => unmount(scene.dir),
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

interface Plugged extends AsyncDisposable {
  readonly scene: Scene;
  readonly stick: string;
  readonly plug: () => void;
  readonly unplug: () => void;
}

function untilIds(gateway: Running, ids: string): Promise<void> {
  return until(async () =>
    Object.keys(await gateway.views()).sort().join() === ids
  );
}

/** A turn is served, and tokens were granted once in all. */
async function assertOneGrant(scene: Scene, gateway: Running): Promise<void> {
  assert((await gateway.turn()).ok);
  assertEquals([scene.grants(), scene.simulator.violations], [1, []]);
}

diskTest(
  "unplugged: accounts go, and come back with all they had",
  async () => {
    await using state = await plugged();
    const { scene, stick } = state;
    const a = scene.add("a", { warm: true });
    await using gateway = await scene.start();
    assert((await gateway.turn()).ok);
    const before = (await gateway.views())["a"];
    assert(before?.["last_success_at"]);

    state.unplug();
    await untilIds(gateway, "");
    assert(!(await gateway.turn()).ok);
    // Nothing is left under the mount point, where nobody would find it.
    assertEquals(names(scene.dir), []);

    state.plug();
    await untilIds(gateway, "a");
    assertEquals((await gateway.views())["a"], before);
    assert((await gateway.turn()).ok);
    assertEquals([a.turns, scene.grants()], [2, 0]);

    // And it is watched again, as what it is now.
    await Deno.rename(join(stick, "a.json"), join(stick, "b.json"));
    await untilIds(gateway, "b");
  },
);

diskTest(
  "unplugged: no token is spent before anybody has noticed",
  async () => {
    await using state = await plugged();
    const { scene } = state;
    scene.add("a");
    await using gateway = await scene.start();
    state.unplug();
    assert(!(await gateway.turn()).ok);
    assertEquals(scene.grants(), 0);

    await untilIds(gateway, "");
    state.plug();
    await untilIds(gateway, "a");
    await gateway.wake("a");
    await assertOneGrant(scene, gateway);
  },
);

diskTest("unplugged during a refresh: saved when it is back", async () => {
  await using state = await plugged();
  const { scene } = state;
  const a = scene.add("a");
  await using gateway = await scene.start();
  atGrant(a, state.unplug);
  assert((await gateway.turn()).ok);
  await gateway.codaze.printed(
    / error .*tokens .*account file is gone/,
  );
  await untilIds(gateway, "");

  state.plug();
  await until(() => scene.fileToken("a") === a.currentRefreshToken());
  await untilIds(gateway, "a");
  await until(async () =>
    (await gateway.views())["a"]?.["persist_pending"] === false
  );
  assertEquals(scene.sideFiles(), []);
  await assertOneGrant(scene, gateway);
});

diskTest("unplugged during a refresh, and a crash: not lost", async () => {
  await using state = await plugged();
  const { scene } = state;
  const a = scene.add("a");
  {
    await using gateway = await scene.start();
    atGrant(a, state.unplug);
    assert((await gateway.turn()).ok);
    await gateway.kill();
  }
  state.plug();
  await using gateway = await scene.start();
  assertEquals(scene.fileToken("a"), a.currentRefreshToken());
  await assertOneGrant(scene, gateway);
});

diskTest("unplugged during a refresh: told again at the end", async () => {
  await using state = await plugged();
  const { scene } = state;
  await using gateway = await scene.start();
  atGrant(scene.add("a"), state.unplug);
  await untilIds(gateway, "a");
  assert((await gateway.turn()).ok);
  await untilIds(gateway, "");
  gateway.codaze.kill("SIGTERM");
  const { stderr } = await gateway.codaze.ended;
  assertEquals(stderr.match(/ error .*tokens .* gone/g)?.length, 2);
});

diskTest("a disk that comes back as it was before the refresh", async () => {
  await using scene = await Scene.set();
  const a = scene.add("a");
  const path = join(scene.dir, "a.json");
  const before = await Deno.readTextFile(path);
  await using gateway = await scene.start();
  atGrant(a, () => unmount(scene.disk));
  assert((await gateway.turn()).ok);
  await untilIds(gateway, "");

  // Another disk as far as the system knows, and its token is spent.
  mountDisk(scene.disk);
  await Deno.mkdir(scene.dir, { mode: 0o700 });
  await Deno.writeTextFile(path, before, { mode: 0o600 });
  await until(() => scene.fileToken("a") === a.currentRefreshToken());
  await assertOneGrant(scene, gateway);
});

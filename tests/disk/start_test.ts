/** Starting on a disk that has failed already. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { DISK_FAULTS } from "./faults.ts";
import { diskTest } from "./mounts.ts";
import { Scene } from "./scene.ts";

for (const { what, disk, before, words, atStart } of DISK_FAULTS) {
  if (atStart === "refused" || atStart === "no account") continue;
  diskTest(`${what} at the start: a loud line, and turns go on`, async () => {
    await using scene = await Scene.set(disk);
    const a = scene.add("a", { warm: true });
    const mend = before(scene);
    await using gateway = await scene.start();
    const line = await gateway.codaze.printed(/ error accounts dir cannot .*/);
    assertMatch(line, words);
    assertMatch(line, /make it writable, or make room/);
    assert((await gateway.turn()).ok);

    mend();
    a.expireAccessTokens();
    assert((await gateway.turn()).ok);
    assertEquals([scene.grants(), scene.simulator.violations], [1, []]);
  });
}

/** What is wrong, how to make it so, and what the message says. */
const REFUSED: ReadonlyArray<
  readonly [what: string, spoil: (scene: Scene) => void, message: RegExp]
> = [
  [
    "a folder that nobody may read",
    ({ dir }) => Deno.chmodSync(dir, 0),
    /: Permission denied .*; make sure that this user may read and write it/,
  ],
  [
    "a file instead of a folder",
    ({ dir }) => {
      Deno.removeSync(dir);
      Deno.writeTextFileSync(dir, "");
    },
    /: .*; name a folder/,
  ],
  [
    "a folder that cannot be made",
    ({ dir, disk }) => {
      Deno.removeSync(dir);
      Deno.chmodSync(disk, 0o500);
    },
    /: Permission denied .*; make sure that this user may read and write it/,
  ],
];

for (const [what, spoil, message] of REFUSED) {
  diskTest(`${what} at the start: refused with what to do`, async () => {
    await using scene = await Scene.set();
    spoil(scene);
    const { code, stderr } = await scene.launch().ended;
    assertEquals(code, 1);
    assert(stderr.includes(`Cannot use --accounts-dir "${scene.dir}"`));
    assertMatch(stderr, message);
    assertEquals(stderr.trim().split("\n").length, 1, stderr);
  });
}

diskTest("an account file that nobody may read is reported", async () => {
  await using scene = await Scene.set();
  scene.add("a");
  scene.add("b", { warm: true });
  const path = join(scene.dir, "a.json");
  await Deno.chmod(path, 0);
  await using gateway = await scene.start();
  assert((await gateway.turn()).ok);
  const [invalid] = await gateway.invalidFiles();
  assertEquals(invalid?.file, "a.json");
  assertMatch(invalid?.reason ?? "", /cannot be read: Permission denied/);

  await Deno.chmod(path, 0o600);
  await gateway.codaze.printed(/ 2 accounts loaded/);
  assert((await gateway.turn()).ok);
  assertEquals(scene.grants(), 1);
});

diskTest("side files that are somebody else's: nothing is spent", async () => {
  await using scene = await Scene.set();
  const a = scene.add("a");
  const b = scene.add("b", { warm: true });
  const journal = join(scene.dir, ".codaze-refresh");
  await Deno.mkdir(journal, { mode: 0o700 });
  await Deno.chown(journal, 4711, 4711);
  await using gateway = await scene.start();
  await gateway.codaze.printed(/ error side files of refreshes cannot be read/);
  assert((await gateway.turn()).ok);
  assertEquals([scene.grants(), a.turns, b.turns], [0, 0, 1]);

  await Deno.chown(journal, 0, 0);
  await gateway.wake("a");
  assert((await gateway.turn()).ok);
  assertEquals([scene.grants(), a.turns], [1, 1]);
});

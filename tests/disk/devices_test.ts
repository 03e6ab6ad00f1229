/** Accounts dir, account file and trash on three disks. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { diskTest, fillDisk, type TmpfsOptions, unmount } from "./mounts.ts";
import { until } from "./running.ts";
import { atGrant, names, Scene } from "./scene.ts";

/** A link in the accounts dir to Codex's own file, which is elsewhere. */
interface Linked extends AsyncDisposable {
  readonly scene: Scene;
  readonly account: SimulatedAccount;
  /** The disk of the file. */
  readonly codex: string;
  /** The refresh token in the file. */
  token(): unknown;
}

async function linked(options: TmpfsOptions = {}): Promise<Linked> {
  const scene = await Scene.set();
  const codex = scene.otherDisk("codex", options);
  const path = join(codex, "auth.json");
  const account = scene.simulator.addAccount({ name: "a" });
  const tokens = { refresh_token: account.currentRefreshToken() };
  await Deno.writeTextFile(path, JSON.stringify({ tokens }), { mode: 0o600 });
  await Deno.symlink(path, join(scene.dir, "a.json"));
  return {
    scene,
    account,
    codex,
    token: () => JSON.parse(Deno.readTextFileSync(path)).tokens.refresh_token,
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

diskTest("a file behind a link is written on its own disk", async () => {
  await using state = await linked();
  const { scene, account, codex } = state;
  await using gateway = await scene.start();
  const during: string[] = [];
  atGrant(account, () => during.push(...scene.sideFiles(codex)));

  assert((await gateway.turn()).ok);
  assertEquals(during.length, 1);
  assertEquals(state.token(), account.currentRefreshToken());
  assertEquals(names(codex), [".codaze-refresh", "auth.json"]);
  assertEquals(names(scene.dir), [".codaze-refresh", "a.json"]);
  assert((await Deno.lstat(join(scene.dir, "a.json"))).isSymlink);
});

diskTest("a full disk behind a link: tokens are kept on it", async () => {
  await using state = await linked({ size: "64k" });
  const { scene, account, codex } = state;
  let mend = () => {};
  {
    await using gateway = await scene.start();
    atGrant(account, () => mend = fillDisk(codex));
    assert((await gateway.turn()).ok);
    await gateway.kill();
  }
  assert(state.token() !== account.currentRefreshToken());

  await using gateway = await scene.start();
  assertEquals((await gateway.views())["a"]?.["persist_pending"], true);
  mend();
  await until(() => state.token() === account.currentRefreshToken());
  await until(() => scene.sideFiles(codex).length === 0);
  assertEquals([scene.grants(), scene.simulator.violations], [1, []]);
});

diskTest("a link whose disk is away stays a link, and unspent", async () => {
  await using state = await linked();
  const { scene, account, codex } = state;
  const before = await Deno.readTextFile(join(codex, "auth.json"));
  await using gateway = await scene.start();
  unmount(codex);

  // At once, or when a look at the folder has found that the file is gone.
  for (let turn = 0; turn < 2; turn++) {
    assert(!(await gateway.turn()).ok);
    await until(async () => {
      const [away] = await gateway.invalidFiles();
      return away?.reason.startsWith("the target of the link is missing") ===
        true;
    });
  }
  assertEquals(scene.grants(), 0);
  assertEquals(names(codex), []);
  assert((await Deno.lstat(join(scene.dir, "a.json"))).isSymlink);

  scene.otherDisk("codex");
  await Deno.writeTextFile(join(codex, "auth.json"), before);
  await until(async () => (await gateway.invalidFiles()).length === 0);
  await gateway.wake("a");
  assert((await gateway.turn()).ok);
  assertEquals(state.token(), account.currentRefreshToken());
  assertEquals([scene.grants(), scene.simulator.violations], [1, []]);
});

diskTest("a dead login goes to a trash on another disk", async () => {
  await using scene = await Scene.set();
  const account = scene.add("a");
  const trash = scene.otherDisk("trash");
  await Deno.symlink(trash, join(scene.dir, "trash"));
  await using gateway = await scene.start();
  account.expireRefreshToken();

  assert(!(await gateway.turn()).ok);
  assertEquals(names(scene.dir), [".codaze-refresh", "trash"]);
  const { codaze_reason } = JSON.parse(
    await Deno.readTextFile(join(trash, "a.json")),
  );
  assertMatch(codaze_reason, /refresh_token_expired/);
});

diskTest("a dead login stays where it is while the trash is full", async () => {
  await using scene = await Scene.set();
  const account = scene.add("a");
  const trash = scene.otherDisk("trash", { size: "64k" });
  await Deno.symlink(trash, join(scene.dir, "trash"));
  await using gateway = await scene.start();
  const mend = fillDisk(trash);
  account.expireRefreshToken();

  assert(!(await gateway.turn()).ok);
  await gateway.codaze.printed(/ error cannot move to trash: No space left/);
  assertEquals(scene.fileToken("a"), account.currentRefreshToken());
  assertEquals(names(trash), ["filler"]);
  assertEquals(
    (await gateway.views())["a"]?.["routing_state"],
    "auth_invalid",
  );
  mend();
});

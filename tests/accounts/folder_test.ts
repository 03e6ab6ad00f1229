import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  listFolder,
  openFolder,
  readAccountFile,
} from "../../lib/accounts/files/folder.ts";
import { moveToTrash } from "../../lib/accounts/files/trash.ts";
import { FakeLog } from "../support/log.ts";
import { NOW, setup } from "../support/accounts.ts";

Deno.test("openFolder() leaves nothing in the folder it has tried", async () => {
  await using pool = await setup();
  const log = new FakeLog();
  assertEquals(await openFolder(pool.dir, log), { ok: true, value: undefined });
  assertEquals([await pool.names(), log.lines], [[], []]);
});

Deno.test({
  name: "openFolder() says loudly that a folder cannot be written",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
    const log = new FakeLog();
    await Deno.chmod(pool.dir, 0o500);
    const mayWrite = await Deno.writeTextFile(join(pool.dir, "x"), "x")
      .then(() => true, () => false);
    const opened = await openFolder(pool.dir, log);
    await Deno.chmod(pool.dir, 0o700);
    assert(opened.ok, "it can be read");
    // The superuser may write everywhere.
    const expected = mayWrite ? 0 : 1;
    assertEquals(log.lines.length, expected, log.lines.join());
    const isLoud = (line: string) =>
      line.startsWith("error accounts dir cannot");
    assert(log.lines.every(isLoud), log.lines.join());
  },
});

Deno.test("moveToTrash() leaves a file alone that has changed since", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const found = await readAccountFile(pool.dir, "a.json");
  assert(found !== undefined);
  await pool.write("a.json", { refresh_token: "rt_signed_in" });
  const options = { reason: "dead", ended: true, now: NOW, log: pool.log };
  const moved = await moveToTrash(pool.dir, found, options);
  assertEquals(moved.ok, false);
  assertEquals(await pool.read("a.json"), { refresh_token: "rt_signed_in" });
  assertEquals(await pool.names("trash"), []);
});

Deno.test("moveToTrash() leaves no copy of a file that cannot be moved", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const found = await readAccountFile(pool.dir, "a.json");
  assert(found !== undefined);
  await Deno.remove(join(pool.dir, "a.json"));
  await Deno.mkdir(join(pool.dir, "a.json"));
  await pool.write("a.json/x", "");
  const options = { reason: "dead", ended: true, now: NOW, log: pool.log };
  for (let n = 0; n < 2; n++) await moveToTrash(pool.dir, found, options);
  assertEquals(await pool.names("trash"), []);
});

Deno.test({
  name: "listFolder() opens nothing that is no file, and says what is there",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
    try {
      const at = (name: string) => join(dir, name);
      await Deno.mkdir(at("folder.json"));
      await Deno.symlink("/dev/zero", at("device.json"));
      await Deno.writeFile(at("huge.json"), new Uint8Array(2 ** 20 + 1));
      await Deno.writeTextFile(at("ok.json"), '{"refresh_token":"rt"}');
      const listed = await listFolder(dir);
      assert(listed.ok);
      const said = listed.value.map(({ name, parsed }) => [
        name,
        parsed.ok ? "read" : parsed.error,
      ]);
      assertEquals(said, [
        ["device.json", "it is a FIFO, a socket or a device, not a file"],
        ["huge.json", "file is larger than 1 MiB"],
        ["ok.json", "read"],
      ]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "a link to what is away is told, and no account's file is taken for gone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using pool = await setup();
    const outside = await Deno.makeTempDir();
    const disk = join(outside, "disk");
    await Deno.mkdir(disk);
    const target = join(disk, "auth.json");
    await Deno.writeTextFile(target, '{"refresh_token":"rt_a"}');
    await Deno.symlink(target, join(pool.dir, "a.json"));
    await pool.store.scan();
    await Deno.remove(disk, { recursive: true });
    await pool.store.scan();
    assertEquals(pool.ids(), ["a"]);
    assertEquals(pool.registry.invalidFiles.map(({ file }) => file), [
      "a.json",
    ]);
    const account = pool.registry.get("a");
    assert(account && !(await pool.store.readAgain(account)).ok);
    // Who takes the link away gives the account up.
    await Deno.remove(join(pool.dir, "a.json"));
    await pool.store.scan();
    assertEquals([pool.ids(), pool.registry.invalidFiles], [[], []]);
    await Deno.remove(outside, { recursive: true });
  },
});

Deno.test({
  name: "a link to a file that was removed is told, and keeps no account",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using pool = await setup();
    const codex = await Deno.makeTempDir();
    const target = join(codex, "auth.json");
    await Deno.writeTextFile(target, '{"refresh_token":"rt_a"}');
    await Deno.symlink(target, join(pool.dir, "a.json"));
    await pool.store.scan();
    assertEquals(pool.ids(), ["a"]);
    // As Codex does at a sign-out.
    await Deno.remove(target);
    await pool.store.scan();
    assertEquals(pool.ids(), []);
    assertEquals(pool.registry.invalidFiles.map(({ file }) => file), [
      "a.json",
    ]);
    await Deno.remove(codex, { recursive: true });
  },
});

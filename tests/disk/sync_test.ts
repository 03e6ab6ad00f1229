/** A disk that takes a write and then says that it could not keep it (EIO). */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { journalPath } from "../../lib/accounts/refresh/journal.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import { diskTest } from "./mounts.ts";
import { until } from "./running.ts";
import { atGrant, Scene } from "./scene.ts";

const CHILD = new URL("./eio_child.ts", import.meta.url).pathname;

/** For `strace`: every sync of this one file or folder fails. */
function failingSyncs(path: string): readonly string[] {
  const call = "inject=fsync,fdatasync:error=EIO";
  return ["strace", "-D", "-f", "-qq", "-o/dev/null", "-P", path, "-e", call];
}

diskTest(
  "an intent that is not on disk for sure: no token is spent",
  async () => {
    await using scene = await Scene.set();
    const a = scene.add("a");
    const hash = tokenHash(a.currentRefreshToken());
    const under = failingSyncs(journalPath(scene.dir, hash));
    await using gateway = await scene.start({ under });
    assert(!(await gateway.turn()).ok);
    assertMatch(
      String((await gateway.views())["a"]?.["last_error"]),
      /Input\/output error/,
    );
    assertEquals([scene.grants(), scene.sideFiles()], [0, []]);
  },
  ["strace"],
);

diskTest("a folder that cannot be synced is no reason to give up", async () => {
  await using scene = await Scene.set();
  const a = scene.add("a");
  await using gateway = await scene.start({ under: failingSyncs(scene.dir) });
  assert((await gateway.turn()).ok);
  assertEquals(scene.fileToken("a"), a.currentRefreshToken());
  assertEquals((await gateway.views())["a"]?.["persist_pending"], false);
}, ["strace"]);

diskTest("no sync works: tokens are in memory, and saved later", async () => {
  await using scene = await Scene.set();
  const a = scene.add("a");
  const flag = join(scene.root, "broken");
  const main = ["--config=deno.json", CHILD, flag];
  await using gateway = await scene.start({ main });
  atGrant(a, () => Deno.writeTextFileSync(flag, ""));

  assert((await gateway.turn()).ok);
  const line = await gateway.codaze.printed(/ error .* only in memory.*/);
  assertMatch(line, /Input\/output error/);
  assertEquals((await gateway.views())["a"]?.["persist_pending"], true);
  assert(scene.fileToken("a") !== a.currentRefreshToken());

  await Deno.remove(flag);
  await until(() => scene.fileToken("a") === a.currentRefreshToken());
  await until(() => scene.sideFiles().length === 0);
  assert((await gateway.turn()).ok);
  assertEquals([scene.grants(), scene.simulator.violations], [1, []]);
});

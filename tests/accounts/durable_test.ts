import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  removeLeftovers,
  tryWrite,
  writeDurably,
} from "../../lib/accounts/files/durable.ts";
import { ok } from "../../lib/result.ts";

const TEXT = new TextEncoder().encode("new");

Deno.test({
  name: "writeDurably() does not replace a link whose target is away",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
    const link = join(dir, "a.json");
    await Deno.symlink(join(dir, "disk", "auth.json"), link);
    const written = await writeDurably(link, TEXT);
    assert(!written.ok);
    assert((await Deno.lstat(link)).isSymlink);
    assertEquals((await Array.fromAsync(Deno.readDir(dir))).length, 1);

    await Deno.mkdir(join(dir, "disk"));
    await Deno.writeTextFile(join(dir, "disk", "auth.json"), "old");
    assert((await writeDurably(link, TEXT)).ok);
    assert((await Deno.lstat(link)).isSymlink);
    assertEquals(await Deno.readTextFile(link), "new");
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test("removeLeftovers() leaves alone what is being written", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  await Deno.writeTextFile(join(dir, ".codaze-a.json.1.tmp"), "torn");
  let isOver = false;
  let removed = 0;
  const sweeping = (async () => {
    while (!isOver) removed += await removeLeftovers(dir);
  })();
  for (let n = 0; n < 40; n++) {
    assertEquals(await writeDurably(join(dir, "a.json"), TEXT), ok(undefined));
  }
  isOver = true;
  await sweeping;
  assert(removed >= 1);
  const names = await Array.fromAsync(Deno.readDir(dir));
  assertEquals(names.map(({ name }) => name), ["a.json"]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("removeLeftovers() takes no probe for a leftover", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  let isOver = false;
  let removed = 0;
  const sweeping = (async () => {
    while (!isOver) removed += await removeLeftovers(dir);
  })();
  for (let n = 0; n < 60; n++) {
    assertEquals(await tryWrite(dir, 16_384), ok(undefined));
  }
  isOver = true;
  await sweeping;
  assertEquals(removed, 0);
  assertEquals(await Array.fromAsync(Deno.readDir(dir)), []);
  await Deno.remove(dir, { recursive: true });
});

import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";
import { assertEquals, assertRejects } from "@std/assert";

/** A folder of its own for each test, gone when the test is over. */
async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("ensureDir makes the folder and its parents, and again", async () => {
  await using folder = await temporaryFolder();
  const dir = join(folder.path, "a", "b");
  await ensureDir(dir);
  await ensureDir(dir);
  assertEquals((await Deno.stat(dir)).isDirectory, true);
});

Deno.test({
  name: "ensureDir gives its mode to a new folder and not to an old one",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, "a");
    await ensureDir(dir, { mode: 0o700 });
    assertEquals(((await Deno.stat(dir)).mode ?? 0) & 0o777, 0o700);
    await ensureDir(dir, { mode: 0o755 });
    assertEquals(((await Deno.stat(dir)).mode ?? 0) & 0o777, 0o700);
  },
});

Deno.test("ensureDir refuses a path that is a file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await Deno.writeTextFile(path, "");
  await assertRejects(() => ensureDir(path), Deno.errors.AlreadyExists);
});

Deno.test("exists is true for files and folders, false behind neither", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  assertEquals(await exists(path), false);
  await Deno.writeTextFile(path, "");
  assertEquals(await exists(path), true);
  assertEquals(await exists(folder.path), true);
  assertEquals(await exists(join(path, "below")), false);
});

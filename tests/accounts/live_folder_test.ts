/**
 * Everything other programs do to the accounts dir while a gateway runs. With
 * CODAZE_TIMES=1 each case prints how long it took until it was in effect.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { file, LiveFolder, pause } from "./live_folder.ts";
import { A, CASES, ON_WINDOWS, writeInPieces } from "./live_folder_cases.ts";

for (const one of CASES) {
  const { name, files, act, view, trash = [], reports = 0, posix = false } =
    one;
  Deno.test({
    name: `live folder: ${name}`,
    ignore: posix && ON_WINDOWS,
    fn: async () => {
      await using live = await LiveFolder.open(files);
      const before = new Set(live.registry.accounts());
      await act(live);
      await inEffect(live, name, view);
      await live.settled();
      assertEquals(live.view(), view);
      assertEquals(await live.trash(), trash);
      assert(live.reports() === reports, live.log.lines.join("\n"));
      for (const account of live.registry.accounts()) {
        assert(account.duplicateOf === undefined && !account.trashed);
        const kept = before.has(account) && !/refresh token/.test(name);
        if (kept && /save|rename|swap|mv one/.test(name)) {
          assertEquals(account.signIns, 0, "no one signed in");
        }
      }
    },
  });
}

/** Waits for it, and says how long that took. */
async function inEffect(live: LiveFolder, name: string, view: string) {
  const since = performance.now();
  await live.until(() => live.view() === view, view);
  report(name, performance.now() - since);
}

function report(name: string, ms: number): void {
  if (Deno.env.get("CODAZE_TIMES") !== "1") return;
  // deno-lint-ignore no-console
  console.log(`TIME ${ms.toFixed(0).padStart(5)} ms  ${name}`);
}

Deno.test("live folder: 500 files at once, dropped, renamed, deleted", async () => {
  await using live = await LiveFolder.open();
  const all = (act: (n: number) => Promise<void>) =>
    Promise.all(Array.from({ length: 500 }, (_, n) => act(n)));
  const count = () => live.registry.accounts().length;

  await all((n) => live.write(`a${n}.json`, file(`rt_${n}`)));
  let since = performance.now();
  await live.until(() => count() === 500);
  report("drop 500 files", performance.now() - since);

  const before = new Set(live.registry.accounts());
  await all((n) =>
    Deno.rename(live.path(`a${n}.json`), live.path(`b${n}.json`))
  );
  since = performance.now();
  await live.until(() =>
    live.registry.accounts().every(({ id }) => id.startsWith("b"))
  );
  report("rename 500 files", performance.now() - since);
  assertEquals(new Set(live.registry.accounts()), before);

  await all((n) => Deno.remove(live.path(`b${n}.json`)));
  since = performance.now();
  await live.until(() => count() === 0);
  report("delete 500 files", performance.now() - since);

  await all((n) => live.write(`c${n}.json`, file(`rt_${n}`)));
  await live.until(() => count() === 500);
  assertEquals(new Set(live.registry.accounts()), before);
  assertEquals(await live.trash(), []);
});

Deno.test({
  name: "live folder: the folder may be a link from the start",
  ignore: ON_WINDOWS,
  fn: async () => {
    await using live = await LiveFolder.open(A, async (base) => {
      await Deno.mkdir(join(base, "real"), { mode: 0o700 });
      await Deno.mkdir(join(base, "other"), { mode: 0o700 });
      await Deno.symlink(join(base, "real"), join(base, "link"));
      return join(base, "link");
    });
    await live.write("b.json", file("rt_b"));
    await inEffect(live, "drop into a linked folder", "a old rt_1; b - rt_b");

    await Deno.writeTextFile(live.beside("other/c.json"), file("rt_c"));
    await Deno.symlink(live.beside("other"), live.beside("new"));
    await Deno.rename(live.beside("new"), live.dir);
    await inEffect(live, "turn the link to another folder", "c - rt_c");
    await live.write("d.json", file("rt_d"));
    await inEffect(live, "drop into that one", "c - rt_c; d - rt_d");
  },
});

Deno.test("live folder: an account serves all through a slow save", async () => {
  await using live = await LiveFolder.open(A);
  const account = live.get("a");
  assert(account !== undefined);
  let missed = 0;
  const watching = setInterval(() => {
    const lease = live.registry.acquireOnly("a");
    if (lease?.account !== account) missed++;
    lease?.settle({ kind: "success" });
  }, 2);
  for (let round = 0; round < 2; round++) {
    const text = file("rt_1", { label: `round ${round}` });
    await writeInPieces(live.path("a.json"), text, 150);
    await live.until(() => account.label === `round ${round}`);
    await Deno.remove(live.path("a.json"));
    await pause(200);
    await live.write("a.json", text);
    await live.settled();
  }
  clearInterval(watching);
  assertEquals(missed, 0);
  assertEquals([account.signIns, account.inFlight], [0, 0]);
  assertEquals(await live.trash(), []);
});

Deno.test("live folder: a broken file is listed until it is mended", async () => {
  await using live = await LiveFolder.open(A);
  await live.write("b.json", '{"refresh_token":"rt_secret"');
  await live.until(() => live.reports() === 1);
  const reason = "file is not a JSON object";
  assertEquals(live.registry.invalidFiles, [{ file: "b.json", reason }]);
  await live.write("b.json", file("rt_b"));
  await live.until(() => live.ids() === "a,b");
  assertEquals(live.registry.invalidFiles, []);
  assertEquals(live.reports(), 1);
  assert(!live.log.lines.join().includes("rt_"));
});

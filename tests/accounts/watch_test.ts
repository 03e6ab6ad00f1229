import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { FolderWatch } from "../../lib/accounts/sync/watch.ts";
import { FakeClock } from "../support/clock.ts";
import { FakeLog } from "../support/log.ts";
import { after } from "../support/system.ts";
import { type Setup, setup } from "../support/accounts.ts";

interface Watched extends AsyncDisposable {
  /** Resolves when a scan has ended after which `holds` is true. */
  until(holds: () => boolean): Promise<void>;
}

/** Watches the folder of `pool`; a test that waits for ever has failed. */
function watched({ dir, store, log }: Setup): Watched {
  const waiting = new Set<() => void>();
  const scan = async () => {
    await store.scan();
    for (const check of waiting) check();
  };
  const watch = new FolderWatch({ dir, after, scan, log });
  return {
    until: (holds) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = () => {
        if (!holds()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      return promise;
    },
    [Symbol.asyncDispose]: () => watch.close(),
  };
}

function file(token: string) {
  return { refresh_token: token };
}

Deno.test("FolderWatch notices a dropped, edited, renamed, removed file", async () => {
  await using pool = await setup();
  await using watch = watched(pool);
  const path = (name: string) => join(pool.dir, name);

  await pool.write("a.json", file("rt_1"));
  await watch.until(() => pool.ids().join() === "a");
  await pool.write("a.json", file("rt_2"));
  await watch.until(() => pool.registry.get("a")?.refreshToken === "rt_2");
  await Deno.rename(path("a.json"), path("b.json"));
  await watch.until(() => pool.ids().join() === "b");
  await Deno.remove(path("b.json"));
  await watch.until(() => pool.ids().length === 0);
});

Deno.test("FolderWatch notices 500 files that are dropped at once", async () => {
  await using pool = await setup();
  await using watch = watched(pool);
  const names = Array.from({ length: 500 }, (_, n) => `a${n}.json`);
  await Promise.all(names.map((name) => pool.write(name, file(`rt_${name}`))));
  await watch.until(() => pool.ids().length === 500);
});

Deno.test("FolderWatch survives the folder's removal and return", async () => {
  await using pool = await setup({ "a.json": file("rt_1") });
  await using watch = watched(pool);
  for (const id of ["b", "c"]) {
    await Deno.remove(pool.dir, { recursive: true });
    await watch.until(() => pool.ids().length === 0);
    await Deno.mkdir(pool.dir);
    await pool.write(`${id}.json`, file(`rt_${id}`));
    await watch.until(() => pool.ids().join() === id);
  }
  await pool.write("d.json", file("rt_d"));
  await watch.until(() => pool.ids().join() === "c,d");
});

Deno.test("FolderWatch polls every 15 s without any event", async () => {
  const clock = new FakeClock();
  const scans = countedScans();
  const watch = new FolderWatch({
    dir: "/nowhere/to/be/watched",
    after: clock.after,
    scan: scans.scan,
    log: new FakeLog(),
  });
  for (let n = 1; n <= 3; n++) {
    clock.pass(15_000);
    await scans.reached(n);
  }
  clock.pass(14_999);
  assertEquals(scans.count(), 3);
  clock.pass(1);
  await scans.reached(4);
  await watch.close();
  assertEquals(scans.count(), 4);
});

Deno.test("FolderWatch goes on after a scan that throws", async () => {
  const clock = new FakeClock();
  const scans = countedScans(() => Promise.reject(new Error("a bug")));
  const log = new FakeLog();
  const dir = "/nowhere/to/be/watched";
  const { after } = clock;
  const watch = new FolderWatch({ dir, after, scan: scans.scan, log });
  clock.pass(15_000);
  await scans.reached(1);
  clock.pass(15_000);
  await scans.reached(2);
  await watch.close();
  const failed = log.lines.filter((line) => /scan failed/.test(line));
  assertEquals(failed.length, 2);
});

Deno.test("FolderWatch has one scan wait behind a slow one, not many", async () => {
  const clock = new FakeClock();
  const gate = Promise.withResolvers<void>();
  const scans = countedScans(() => gate.promise);
  const watch = new FolderWatch({
    dir: "/nowhere/to/be/watched",
    after: clock.after,
    scan: scans.scan,
    log: new FakeLog(),
  });
  clock.pass(15_000);
  await scans.reached(1);
  for (let n = 0; n < 5; n++) clock.pass(15_000);
  gate.resolve();
  await scans.reached(2);
  await watch.close();
  assertEquals(scans.count(), 2);
});

/** Counts scans as they begin. */
function countedScans(scan: () => Promise<void> = () => Promise.resolve()) {
  let count = 0;
  let waiting:
    | { readonly at: number; readonly resolve: () => void }
    | undefined;
  return {
    scan: () => {
      count++;
      if (waiting && count >= waiting.at) waiting.resolve();
      return scan();
    },
    count: () => count,
    reached: (at: number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { at, resolve };
      if (count >= at) resolve();
      return promise;
    },
  };
}

Deno.test("FolderWatch closes at once, also before it has begun", async () => {
  await using pool = await setup();
  const scan = () => pool.store.scan();
  const { dir, log } = pool;
  await new FolderWatch({ dir, after, scan, log }).close();
  const gone = join(dir, "gone");
  await new FolderWatch({ dir: gone, after, scan, log }).close();
});

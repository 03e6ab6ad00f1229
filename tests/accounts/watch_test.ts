import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { FolderWatch } from "../../lib/accounts/watch.ts";
import { type Setup, setup } from "./support.ts";

function after(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}

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
  const tasks: [number, () => void][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let scans = 0;
  const watch = new FolderWatch({
    dir: "/nowhere/to/be/watched",
    after: (ms, task) => {
      tasks.push([ms, task]);
      return () => {};
    },
    scan: () => {
      if (++scans === 2) resolve();
      return scans === 1
        ? Promise.reject(new Error("a bug"))
        : Promise.resolve();
    },
    log: (await setup()).log,
  });
  for (let n = 0; n < 2; n++) {
    const poll = tasks.findLast(([ms]) => ms === 15_000);
    assert(poll !== undefined);
    poll[1]();
  }
  await promise;
  await watch.close();
  assertEquals(scans, 2);
  assertEquals(tasks.filter(([ms]) => ms === 15_000).length, 3);
});

Deno.test("FolderWatch closes at once, also before it has begun", async () => {
  await using pool = await setup();
  const scan = () => pool.store.scan();
  const { dir, log } = pool;
  await new FolderWatch({ dir, after, scan, log }).close();
  const gone = join(dir, "gone");
  await new FolderWatch({ dir: gone, after, scan, log }).close();
});

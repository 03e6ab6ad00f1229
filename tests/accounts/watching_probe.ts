/**
 * A program that watches a folder, causes events in it, and prints how many of
 * them the process still remembers while the watcher lives.
 */
import { join } from "@std/path";
import { Watching } from "../../lib/accounts/sync/watching.ts";

declare const gc: () => void;

const dir = await Deno.realPath(Deno.args[0] ?? "");
const events = new Watching(dir, dir).events();

async function event(at: number): Promise<WeakRef<object>> {
  const next = events.next();
  await Deno.writeTextFile(join(dir, `${at}.json`), "{}");
  const { value } = await next;
  return new WeakRef(value ?? {});
}

const all: WeakRef<object>[] = [];
for (let at = 0; at < 20; at++) all.push(await event(at));
// The generator may hold the last one.
all.pop();

const remembered = () => all.filter((each) => each.deref()).length;
for (let round = 0; round < 20 && remembered() > 0; round++) {
  await new Promise((done) => setTimeout(done, 20));
  gc();
}
// deno-lint-ignore no-console
console.log(remembered());
await events.return(undefined);

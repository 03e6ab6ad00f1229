/**
 * A program in which things come and go for long, sixteen at a time, after one
 * full collection. For a test that counts its collections.
 */
import { type Listed, UnderWay } from "../../lib/under_way.ts";

interface Thing extends Listed {
  readonly holds: readonly unknown[];
}

const COUNT = 100_000;
const AT_ONCE = 16;

const list = new UnderWay<Thing>();
const there: Thing[] = [];

for (let at = 0; at < COUNT; at++) {
  if (at === COUNT / 10) collect();
  const thing = { holds: Array.from({ length: 100 }, () => [at]), place: 0 };
  list.add(thing);
  const before = there[at % AT_ONCE];
  if (before) list.remove(before);
  there[at % AT_ONCE] = thing;
}

/** What `--expose-gc` adds. */
function collect(): void {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") throw new Error("start with --expose-gc");
  gc();
}

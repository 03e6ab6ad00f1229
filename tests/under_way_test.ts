/** The list of what comes and goes, held against a `Set`. */
import { assert, assertEquals } from "@std/assert";
import { type Listed, UnderWay } from "../lib/under_way.ts";
import { seeded } from "./support/random.ts";

interface Named extends Listed {
  readonly name: number;
}

Deno.test("UnderWay holds what was added and not removed", () => {
  const random = seeded(29);
  const list = new UnderWay<Named>();
  const expected = new Set<Named>();
  for (let name = 0; name < 2000; name++) {
    const item = { name, place: 0 };
    list.add(item);
    expected.add(item);
    while (expected.size > random.int(20)) {
      const gone = random.pick([...expected]);
      assertEquals(list.remove(gone), expected.delete(gone));
      assertEquals(list.remove(gone), false);
    }
    assertEquals(list.size, expected.size);
    assertEquals(new Set(list.all()), expected);
  }
});

Deno.test("UnderWay may change while its items are looked at", () => {
  const list = new UnderWay<Named>();
  for (let name = 0; name < 5; name++) list.add({ name, place: 0 });
  for (const item of list.all()) list.remove(item);
  assertEquals(list.size, 0);
});

Deno.test("what was under way is garbage that a young collection frees", async () => {
  // Passes no collection of everything but the one that the program asks for.
  const { stdout, success } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-check",
      "--v8-flags=--expose-gc,--trace-gc",
      new URL("support/come_and_go.ts", import.meta.url).pathname,
    ],
    stderr: "inherit",
  }).output();
  assert(success);
  const full = new TextDecoder().decode(stdout).match(/Mark-Compact/g) ?? [];
  assertEquals(full.length, 1);
});

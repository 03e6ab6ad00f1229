import { assert, assertEquals } from "@std/assert";
import { manualOf, MANUALS } from "../../../lib/cli/help/manuals.ts";
import { flagsPage, overview, page } from "../../../lib/cli/help/pages.ts";

const PAGES: Readonly<Record<string, string>> = {
  overview: overview(),
  flags: flagsPage(),
  ...Object.fromEntries(
    MANUALS.map((manual) => [manual.name, page(manual)] as const),
  ),
};

for (const [name, text] of Object.entries(PAGES)) {
  Deno.test(`the page ${name} fits 80 columns`, () => {
    for (const line of text.split("\n")) assert(line.length <= 80, line);
  });
}

for (const manual of MANUALS) {
  const { name, examples } = manual;
  Deno.test(`the page ${name} has two examples and its exit codes`, () => {
    assertEquals(examples.length, 2);
    for (const [line] of examples) {
      const isOwn = name === "serve" || line.startsWith(`codaze ${name}`);
      assert(isOwn, line);
    }
    assert(page(manual).includes("\nExit codes:\n  0"));
    assert(overview().includes(`  ${name} `));
  });
}

Deno.test("manualOf() takes the longest command that the words begin with", () => {
  assertEquals(manualOf(["accounts", "keep", "x"])?.name, "accounts keep");
  assertEquals(manualOf(["accounts", "x"])?.name, "accounts");
  assertEquals(manualOf(["service", "install"])?.name, "service");
  assertEquals(manualOf(["x", "accounts"]), undefined);
  assertEquals(manualOf([]), undefined);
});

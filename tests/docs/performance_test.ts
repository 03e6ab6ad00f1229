/** performance.md against the benchmark that it describes. */
import { assertEquals } from "@std/assert";
import { GATE_LIMITS } from "../../scripts/bench/gate_limits.ts";
import { SUITES } from "../../scripts/bench/suites.ts";
import { readDocument, tableRows } from "../support/documents.ts";

async function rows(): Promise<readonly (readonly string[])[]> {
  return tableRows(await readDocument("docs/performance.md"));
}

Deno.test("performance.md has the limits of the gate", async () => {
  // The tables of figures have more columns.
  const found = (await rows()).filter(([figure = "", ...cells]) =>
    Object.hasOwn(GATE_LIMITS, figure) && cells.length === 2
  );
  const wanted = Object.entries(GATE_LIMITS).map((
    [figure, { normalize, passthrough }],
  ) => [figure, `${normalize}`, `${passthrough}`]);
  assertEquals(found, wanted);
});

Deno.test("performance.md has every suite, in the order of a run", async () => {
  const found = (await rows()).flatMap(([first = ""]) =>
    /^`([a-z-]+)`$/.exec(first)?.slice(1) ?? []
  );
  assertEquals(found, Object.keys(SUITES));
});

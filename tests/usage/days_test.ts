import { assertEquals } from "@std/assert";
import { dayOf, lastDays } from "../../lib/usage/days.ts";

/** As the clock on the wall shows it, in whatever time zone. */
function local(...parts: readonly [number, number, number, number, number]) {
  const [year, month, ...rest] = parts;
  return new Date(year, month - 1, ...rest).getTime();
}

Deno.test("dayOf() changes at local midnight", () => {
  assertEquals(dayOf(local(2026, 11, 29, 23, 59)), "2026-11-29");
  assertEquals(dayOf(local(2026, 11, 30, 0, 0)), "2026-11-30");
});

Deno.test("lastDays() ends today, over months and years", () => {
  assertEquals(lastDays(local(2026, 1, 2, 0, 1), 4), [
    "2025-12-30",
    "2025-12-31",
    "2026-01-01",
    "2026-01-02",
  ]);
  assertEquals(lastDays(local(2024, 3, 1, 12, 0), 2), [
    "2024-02-29",
    "2024-03-01",
  ]);
});

Deno.test("lastDays() skips no day and has none twice, all year", () => {
  for (let month = 1; month <= 12; month++) {
    for (const hour of [0, 2, 23]) {
      const days = lastDays(local(2026, month, 28, hour, 30), 90);
      assertEquals(new Set(days).size, 90);
      assertEquals(days, days.toSorted());
      assertEquals(days.at(-1), dayOf(local(2026, month, 28, hour, 30)));
    }
  }
});

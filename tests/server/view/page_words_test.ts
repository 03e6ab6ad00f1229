/** The words that the page's script makes of times and numbers. */
import { assertEquals } from "@std/assert";
import { shortNumber } from "../../../lib/cli/terminal/words.ts";
import { durationText } from "../../../lib/server/admin/duration_text.ts";
import * as page from "../../../lib/server/page/page.js";

Deno.test("the page writes spans and numbers as the commands do", () => {
  for (let ms = 0; ms < 40 * 86_400_000; ms = ms * 1.07 + 137) {
    const whole = Math.round(ms);
    assertEquals(page.durationText(whole), durationText(whole));
    assertEquals(page.shortNumber(whole), shortNumber(whole));
  }
});

const at = (day: number, hour: number, minute = 5) =>
  new Date(2026, 10, day, hour, minute).getTime();

const TIMES: ReadonlyArray<[at: number, short: string, long: string]> = [
  [at(29, 14), "14:05", "at 14:05"],
  [at(29, 0), "00:05", "at 00:05"],
  [at(30, 9), "Mon 09:05", "on Mon at 09:05"],
  [at(28, 23), "Sat 23:05", "on Sat at 23:05"],
  [at(39, 9), "9 Dec, 09:05", "on 9 Dec at 09:05"],
];

for (const [time, short, long] of TIMES) {
  Deno.test(`the page writes a time as ${short}`, () => {
    assertEquals(page.clockText(time, at(29, 12)), short);
    assertEquals(page.atText(time, at(29, 12)), long);
  });
}

Deno.test("the page writes how long a turn took", () => {
  const texts = [40, 400, 1234, 12_000, 125_000].map(page.tookText);
  assertEquals(texts, ["40 ms", "0.4 s", "1.2 s", "12 s", "2 min"]);
});

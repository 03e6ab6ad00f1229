/** What a look may find of a block. */
import { assertEquals } from "@std/assert";
import {
  type Block,
  blockOf,
  isFree,
  isHourly,
  lookedAt,
  postponed,
} from "../../lib/quota/block.ts";
import type { Limit } from "../../lib/quota/quota.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const REFUSED = {
  limit: "codex",
  model: "gpt-6.2-sol",
  until: 3 * DAY,
  told: true,
};

Deno.test("the third look and all after it are hourly ones", () => {
  let block = blockOf(REFUSED, { now: 0, chance: 0 });
  const found = [1, 2, 3, 4].map(() => {
    const hourly = isHourly(block);
    block = lookedAt(block, block.lookAt, 0);
    return hourly;
  });
  assertEquals(found, [false, false, true, true]);
});

Deno.test("a look without an answer waits a quarter of an hour, or as long as planned", () => {
  const block = blockOf(REFUSED, { now: 0, chance: 0 });
  assertEquals(postponed(block, 15 * MINUTE).lookAt, 30 * MINUTE);
  const later = lookedAt(lookedAt(block, 0, 0), 0, 0);
  assertEquals(postponed(later, 15 * MINUTE).lookAt, 60 * MINUTE);
});

function limit(
  id: string,
  used: readonly number[],
  more: Partial<Limit> = {},
): Limit {
  return {
    id,
    name: undefined,
    windows: used.map((percent) => ({
      class: "week",
      minutes: 7 * 24 * 60,
      used: percent,
      resetsAt: DAY,
      running: true,
    })),
    at: 0,
    source: "usage_page",
    ...more,
  };
}

const PAGES: ReadonlyArray<
  [what: string, block: Partial<Block>, page: readonly Limit[], free: boolean]
> = [
  ["room in every window", {}, [limit("codex", [99, 3])], true],
  ["one full window", {}, [limit("codex", [3, 100])], false],
  [
    "room, but not allowed",
    {},
    [limit("codex", [3], { allowed: false })],
    false,
  ],
  ["room, and allowed", {}, [limit("codex", [3], { allowed: true })], true],
  ["an empty page", {}, [], false],
  ["room in another limit", {}, [limit("codex_fox", [3])], false],
  [
    "a full usual limit beside it",
    { limit: "codex_fox" },
    [limit("codex", [100]), limit("codex_fox", [3])],
    true,
  ],
  [
    "a limit that has the model's name",
    { limit: "premium", model: "gpt-fox" },
    [limit("codex", [100]), limit("codex_fox", [3], { name: "gpt-fox" })],
    true,
  ],
  [
    "limits without a name, for a refusal without a model",
    { limit: "premium", model: undefined },
    [limit("codex", [3])],
    false,
  ],
];

for (const [what, block, page, free] of PAGES) {
  Deno.test(`a page with ${what} ${free ? "ends" : "does not end"} a block`, () => {
    const held = { ...blockOf(REFUSED, { now: 0, chance: 0 }), ...block };
    assertEquals(isFree(held, page), free);
  });
}

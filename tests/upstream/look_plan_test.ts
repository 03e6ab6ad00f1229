/** Which account is looked at next. */
import { assertEquals } from "@std/assert";
import type { Block } from "../../lib/quota/block.ts";
import {
  type Candidate,
  nextLook,
} from "../../lib/upstream/quota/look_plan.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function block(lookAt: number, more: Partial<Block> = {}): Block {
  return {
    limit: "codex",
    model: undefined,
    since: 0,
    until: 100 * HOUR,
    told: true,
    lookAt,
    looks: 0,
    untested: false,
    patience: 0,
    ...more,
  };
}

/** One that is past its first looks. */
function old(lookAt: number, more: Partial<Block> = {}): Block {
  return block(lookAt, { looks: 2, ...more });
}

function candidate(
  id: string,
  blocks: readonly Block[],
  soonAt?: number,
): Candidate {
  return { id, blocks, soonAt };
}

const NOW = 10 * HOUR;

const PLANS: ReadonlyArray<
  [
    what: string,
    candidates: readonly Candidate[],
    hourlyAt: number | undefined,
    next: readonly [id: string, at: number, hourly: boolean] | undefined,
  ]
> = [
  ["nothing without blocks", [], undefined, undefined],
  [
    "the earliest first look, whenever the last hourly one was",
    [
      candidate("a", [block(NOW + 2)]),
      candidate("b", [block(NOW + 1)]),
    ],
    NOW,
    ["b", NOW + 1, false],
  ],
  [
    "the block of an account that is due first",
    [candidate("a", [old(NOW + 3), block(NOW + 1, { limit: "codex_fox" })])],
    undefined,
    ["a", NOW + 1, false],
  ],
  [
    "no hourly look within an hour of the last",
    [candidate("a", [old(NOW - 1)])],
    NOW - MINUTE,
    ["a", NOW - MINUTE + HOUR, true],
  ],
  [
    "the hourly look that has waited the longest",
    [candidate("a", [old(NOW - 1)]), candidate("b", [old(NOW - 2)])],
    NOW - MINUTE,
    ["b", NOW - MINUTE + HOUR, true],
  ],
  [
    "an hourly look at once, if the clock was turned back since the last",
    [candidate("a", [old(NOW - 1)])],
    NOW + HOUR,
    ["a", NOW - 1, true],
  ],
  [
    "news before an hourly look, outside of the hour",
    [candidate("a", [old(NOW + 5)], NOW)],
    NOW - MINUTE,
    ["a", NOW, false],
  ],
  [
    "no news from before the refusal",
    [candidate("a", [block(NOW + 5, { since: NOW })], NOW - 1)],
    undefined,
    ["a", NOW + 5, false],
  ],
  [
    "no news for a page that cannot be read",
    [candidate("a", [block(NOW + 5, { untested: true })], NOW)],
    undefined,
    ["a", NOW + 5, false],
  ],
  [
    "no later news than the plan",
    [candidate("a", [block(NOW)], NOW + 5)],
    undefined,
    ["a", NOW, false],
  ],
  [
    "no look at a block that ends before",
    [candidate("a", [block(NOW + 5, { until: NOW + 5 })])],
    undefined,
    undefined,
  ],
  [
    "of two that are due at once, the first id",
    [candidate("b", [block(NOW)]), candidate("a", [block(NOW)])],
    undefined,
    ["a", NOW, false],
  ],
];

for (const [what, candidates, hourlyAt, next] of PLANS) {
  Deno.test(`nextLook() plans ${what}`, () => {
    const [id = "", at = 0, hourly = false] = next ?? [];
    assertEquals(
      nextLook(candidates, { hourlyAt, now: NOW }),
      next && { id, at, hourly },
    );
  });
}

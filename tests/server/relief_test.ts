import { assertEquals } from "@std/assert";
import {
  hasManyIdle,
  type Pressure,
  type Relief,
  reliefFor,
} from "../../lib/server/port/relief.ts";

const GIB = 1024 ** 3;

const CALM: Pressure = {
  inUse: 40,
  nearLimit: false,
  open: 0,
  websockets: 0,
  busy: 0,
  rss: GIB / 8,
  memoryLimit: GIB,
  idleForMs: 0,
  sinceLastMs: Infinity,
};

const CASES: readonly [
  what: string,
  pressure: Partial<Pressure>,
  relief: Relief | undefined,
][] = [
  ["nothing", {}, undefined],
  ["nobody can tell", { inUse: undefined }, undefined],
  ["a flood", { inUse: 960, nearLimit: true }, "descriptors"],
  ["a crowd at work", { inUse: 960, nearLimit: true, open: 400 }, undefined],
  [
    "a flood just now relieved",
    { inUse: 960, nearLimit: true, sinceLastMs: 59_999 },
    undefined,
  ],
  ["all taken, and no count", { inUse: undefined, nearLimit: true }, undefined],
  [
    "a flood, and a turn over a websocket",
    { inUse: 960, nearLimit: true, open: 1, websockets: 1, busy: 1 },
    "descriptors",
  ],
  ["idle for a while", { inUse: 3_000, idleForMs: 59_000 }, undefined],
  ["idle for long", { inUse: 3_000, idleForMs: 60_000 }, "idle connections"],
  [
    "idle for long, and a turn over a websocket",
    { inUse: 3_000, idleForMs: 60_000, websockets: 1, busy: 1 },
    undefined,
  ],
  ["memory without websockets", { rss: 2 * GIB }, undefined],
  ["memory with websockets", { rss: 2 * GIB, websockets: 1 }, "memory"],
  [
    "memory that did not go away with them",
    { rss: 2 * GIB, websockets: 1, sinceLastMs: 599_999 },
    undefined,
  ],
];

for (const [what, pressure, relief] of CASES) {
  Deno.test(`reliefFor ${what} is ${relief}`, () => {
    assertEquals(reliefFor({ ...CALM, ...pressure }), relief);
  });
}

Deno.test("hasManyIdle leaves out what is at work", () => {
  assertEquals(hasManyIdle({ inUse: 3_000, open: 0 }), true);
  assertEquals(hasManyIdle({ inUse: 3_000, open: 500 }), false);
  assertEquals(hasManyIdle({ inUse: undefined, open: 0 }), false);
});

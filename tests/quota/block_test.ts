/** When a block is looked at again, and what it keeps away. */
import { assert, assertEquals } from "@std/assert";
import { PersonRecord } from "../../lib/accounts/pool/person_record.ts";
import { LOOK_AGAIN_MS } from "../../lib/limits.ts";
import {
  blockOf,
  blocks,
  lookedAt,
  unreadable,
} from "../../lib/quota/block.ts";
import type { Reading } from "../../lib/quota/quota.ts";

const NOW = 1_764_374_400_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REFUSED = {
  limit: "codex",
  model: "m",
  until: NOW + 72 * HOUR,
  told: true,
};

Deno.test("a block is looked at after 15 min, 30 more, then each hour", () => {
  let block = blockOf(REFUSED, { now: NOW, chance: 0 });
  const waits: number[] = [];
  let now = NOW;
  for (let n = 0; n < 5; n++) {
    waits.push((block.lookAt - now) / MINUTE);
    now = block.lookAt;
    block = lookedAt(block, now, 0);
  }
  assertEquals(waits, [15, 30, 60, 60, 60]);
});

Deno.test("chance makes a look later by a fifth at most, and never earlier", () => {
  for (const chance of [0, 0.25, 0.5, 1]) {
    const { lookAt } = blockOf(REFUSED, { now: NOW, chance });
    assertEquals(lookAt - NOW, 15 * MINUTE + 3 * MINUTE * chance);
  }
});

Deno.test("each look that was wrong doubles the waits, up to 6 h", () => {
  let before = blockOf(REFUSED, { now: NOW, chance: 0 });
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    before = blockOf(REFUSED, { now: NOW, chance: 0, before });
    waits.push((before.lookAt - NOW) / MINUTE);
  }
  assertEquals(waits, [30, 60, 120, 240, 360, 360]);
});

Deno.test("a page that cannot be read leaves the block untested for 6 h", () => {
  const block = unreadable(blockOf(REFUSED, { now: NOW, chance: 0 }), NOW);
  assert(block.untested);
  assertEquals(block.lookAt, NOW + 6 * HOUR);
  assert(!lookedAt(block, block.lookAt, 0).untested);
});

/** Limit of the block, its model, limit of the model, model → kept away? */
const AWAY: readonly (readonly [string, string, string, string, boolean])[] = [
  ["codex", "m", "codex", "n", true],
  ["codex_f", "m", "codex", "n", false],
  ["codex_f", "m", "codex", "m", true],
  ["codex_f", "m", "codex_f", "m", true],
  ["codex", "m", "codex_f", "n", false],
];

for (const [of, refused, limit, model, expected] of AWAY) {
  const name = `a block of ${of} for ${refused}`;
  Deno.test(`${name} keeps ${model} of ${limit} away: ${expected}`, () => {
    const block = blockOf({ ...REFUSED, limit: of, model: refused }, {
      now: NOW,
      chance: 0,
    });
    assertEquals(blocks(block, { limit, model }), expected);
  });
}

function record(): PersonRecord {
  const made = new PersonRecord();
  made.refused(REFUSED, { now: NOW, chance: 0 });
  return made;
}

Deno.test("only a turn that began after the refusal ends its block", () => {
  const blocked = record();
  assertEquals(blocked.served("m", NOW - 1, NOW + 5), undefined);
  assertEquals(blocked.blocks(NOW + 5).length, 1);
  assertEquals(blocked.served("m", NOW + 1, NOW + 5)?.limit, "codex");
  assertEquals(blocked.blocks(NOW + 5), []);
});

Deno.test("turns that meet one limit at once are one refusal", () => {
  const blocked = record();
  const later = { ...REFUSED, until: NOW + 5 * HOUR };
  const isNews = blocked.refused(later, { now: NOW + 1000, chance: 1 });
  assertEquals(isNews, false);
  const [block] = blocked.blocks(NOW + 1000);
  assertEquals([block?.since, block?.until], [NOW, NOW + 5 * HOUR]);
  assertEquals(block?.lookAt, NOW + 15 * MINUTE);
});

const PAGE_WITH_ROOM: Reading = {
  limits: [{
    id: "codex",
    name: undefined,
    windows: [{
      class: "week",
      minutes: 10_080,
      used: 0,
      resetsAt: undefined,
      running: false,
    }],
    at: NOW,
    source: "usage_page",
  }],
  at: NOW,
  source: "usage_page",
};

Deno.test("a refusal that names no time does not shorten one that does", () => {
  const blocked = record();
  const guessed = { ...REFUSED, until: NOW + 5 * MINUTE, told: false };
  blocked.refused(guessed, { now: NOW + 1000, chance: 0 });
  const [block] = blocked.blocks(NOW + 1000);
  assertEquals([block?.until, block?.told], [REFUSED.until, true]);
});

Deno.test("a reading counts although the clock was turned back before it", () => {
  const told = (used: number, at: number): Reading => ({
    limits: [{
      id: "codex",
      name: undefined,
      windows: [{
        class: "week",
        minutes: 10_080,
        used,
        resetsAt: undefined,
        running: true,
      }],
      at,
      source: "headers",
    }],
    at,
    source: "headers",
  });
  const person = new PersonRecord();
  person.learned(told(100, NOW + 24 * HOUR));
  person.learned(told(3, NOW));
  assertEquals(person.quota?.limits.get("codex")?.windows[0]?.used, 3);
  assertEquals(person.quota?.at, NOW);
});

/** So long after a look has ended the block, and the wait that follows. */
const AFTER_A_LOOK: readonly (readonly [number, number])[] = [
  [LOOK_AGAIN_MS.wrong, 30],
  [LOOK_AGAIN_MS.wrong + 1000, 15],
];

Deno.test("a refusal right after a look shows that the look was wrong", () => {
  for (const [ms, minutes] of AFTER_A_LOOK) {
    const blocked = record();
    blocked.pageRead(PAGE_WITH_ROOM, { askedAt: NOW, now: NOW, chance: 0 });
    assertEquals(blocked.blocks(NOW), []);
    const now = NOW + ms;
    blocked.refused(REFUSED, { now, chance: 0 });
    const [block] = blocked.blocks(now);
    assertEquals((block?.lookAt ?? 0) - now, minutes * MINUTE);
  }
});

Deno.test("a block ends with its time, however the clock is set", () => {
  const blocked = record();
  assertEquals(blocked.blocks(REFUSED.until - 1).length, 1);
  assertEquals(blocked.blocks(REFUSED.until), []);
  assertEquals(blocked.blocks(NOW - 1), []);
});

Deno.test("a week that a turn has begun runs, although upstream still tells 0 %", () => {
  const reading = (now: number, resetsAt: number): Reading => ({
    limits: [{
      id: "codex",
      name: undefined,
      windows: [{
        class: "week",
        minutes: 10_080,
        used: 0,
        resetsAt,
        running: false,
      }],
      at: now,
      source: "event",
    }],
    at: now,
    source: "event",
  });
  const running = (used: PersonRecord) =>
    used.quota?.limits.get("codex")?.windows[0]?.running;
  const week = 10_080 * MINUTE;
  const used = new PersonRecord();
  used.learned(reading(NOW, NOW + week));
  assertEquals(running(used), false);
  used.used("m", NOW);
  assertEquals(running(used), true);
  used.learned(reading(NOW + 4 * MINUTE, NOW + week));
  assertEquals(running(used), true);
  // It slides: the week of that turn is over, or was reset.
  used.learned(reading(NOW + 4 * MINUTE, NOW + 4 * MINUTE + week));
  assertEquals(running(used), false);
  // So is that of a turn from before the clock was turned back.
  used.used("m", NOW + 4 * MINUTE);
  used.learned(reading(NOW - HOUR, NOW - HOUR + week));
  assertEquals(running(used), false);
});

/** What the pool remembers over a restart, and what it does with a bad file. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { NO_SETTINGS } from "../../lib/accounts/pool/settings.ts";
import {
  newState,
  readState,
  writeState,
} from "../../lib/accounts/state/saved_state.ts";
import {
  loadState,
  STATE_FILE,
  StateKeeper,
} from "../../lib/accounts/state/state_keeper.ts";
import { SAVE_STATE_MS, STATE_AGE_MS } from "../../lib/limits.ts";
import { blockOf } from "../../lib/quota/block.ts";
import type { Quota } from "../../lib/quota/quota.ts";
import { accessToken, account, NOW, registryOf } from "../support/accounts.ts";
import { FakeClock } from "../support/clock.ts";
import { FakeLog } from "../support/log.ts";

const PERSON = "p".repeat(43);
const SESSION = "s".repeat(43);

const QUOTA: Quota = {
  plan: "plus",
  limits: new Map([["codex", {
    id: "codex",
    name: undefined,
    windows: [{
      class: "week",
      minutes: 10_080,
      used: 41,
      resetsAt: NOW + 86_400_000,
      running: true,
    }],
    at: NOW,
    source: "saved",
  }]]),
  credits: {
    hasCredits: true,
    unlimited: false,
    balance: "3",
    overageReached: false,
  },
  resetCredits: 2,
  at: NOW,
  source: "saved",
};

function state() {
  const refused = {
    limit: "codex",
    model: "m",
    until: NOW + 3_600_000,
    told: true,
  };
  const blocks = [blockOf(refused, { now: NOW, chance: 0 })];
  const settings = { paused: true, priority: -2, keep: 15, weight: 6.7 };
  return {
    ...newState(NOW),
    people: new Map([[PERSON, { quota: QUOTA, blocks, settings }]]),
    sessions: [{ session: SESSION, person: PERSON, usedAt: NOW }],
  };
}

Deno.test("a state is read as it was written", () => {
  const saved = state();
  assertEquals(readState(writeState(saved, NOW), NOW), saved);
});

Deno.test("of an old state the settings are kept, and nothing else", () => {
  const saved = state();
  const later = NOW + STATE_AGE_MS + 1;
  const { settings } = saved.people.get(PERSON) ?? {};
  assertEquals(readState(writeState(saved, NOW), later), {
    salt: saved.salt,
    since: later,
    people: new Map([[PERSON, {
      quota: undefined,
      blocks: [],
      settings: settings ?? NO_SETTINGS,
    }]]),
    sessions: [],
  });
});

Deno.test("a state that is cut anywhere is none", () => {
  const text = writeState(state(), NOW);
  for (let length = 0; length < text.length; length++) {
    assertEquals(readState(text.slice(0, length), NOW), undefined);
  }
});

const NO_STATES: readonly (readonly [string, string])[] = [
  ["empty", ""],
  ["garbage", "\x00\xff{"],
  ["a list", "[]"],
  ["of another version", '{"version":2}'],
  ["without a salt", '{"version":1,"since":1,"people":{}}'],
  ["with a short salt", '{"version":1,"since":1,"salt":"AAAA","people":{}}'],
];

for (const [name, text] of NO_STATES) {
  Deno.test(`a state file that is ${name} costs one line`, async () => {
    const dir = await Deno.makeTempDir();
    await Deno.writeTextFile(join(dir, STATE_FILE), text);
    const log = new FakeLog();
    const clock = new FakeClock({ now: NOW });
    const runtime = { ...clock.read, after: () => () => {}, log };
    const { memory, unusable } = await loadState(dir, NOW);
    assertEquals(memory.people.size, 0);
    assertEquals(memory.salt.length, 32);
    const registry = registryOf([]);
    const keeper = new StateKeeper({ dir, registry, runtime }, unusable);
    await keeper.close();
    assertEquals(log.lines.length, 1);
    await Deno.remove(dir, { recursive: true });
  });
}

Deno.test("a disk that refuses costs one line, and the next save is tried", async () => {
  const dir = await Deno.makeTempDir();
  const log = new FakeLog();
  const clock = new FakeClock({ now: NOW });
  const timers: (() => void)[] = [];
  const runtime = {
    ...clock.read,
    after: (ms: number, run: () => void) => {
      assertEquals(ms, SAVE_STATE_MS);
      timers.push(run);
      return () => {};
    },
    log,
  };
  const registry = registryOf([
    account("a", { accessToken: accessToken("ada") }),
  ]);
  const missing = join(dir, "gone");
  const keeper = new StateKeeper({ dir: missing, registry, runtime });
  registry.set("a", { paused: true });
  assertEquals(await keeper.save(), false);
  registry.set("a", { keep: 5 });
  assertEquals(await keeper.save(), false);
  assertEquals(log.lines.length, 1);
  await Deno.mkdir(missing);
  assertEquals(await keeper.save(), true);
  const text = await Deno.readTextFile(join(missing, STATE_FILE));
  const [facts] = [...readState(text, NOW)?.people.values() ?? []];
  assertEquals(facts?.settings, { ...NO_SETTINGS, paused: true, keep: 5 });
  assert(!text.includes("ada"), text);
  await keeper.close();
  await Deno.remove(dir, { recursive: true });
});

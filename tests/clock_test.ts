import { assertEquals } from "@std/assert";
import { Absences } from "../lib/accounts/sync/absences.ts";
import { isUnderWay } from "../lib/accounts/refresh/journal.ts";
import { Registry } from "../lib/accounts/pool/registry.ts";
import { RefusedWrites } from "../lib/accounts/refresh/refused_writes.ts";
import { ageOf, lasts, momentOf } from "../lib/clock.ts";
import { account, fakeLog } from "./accounts/support.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 29);

const SPANS: ReadonlyArray<readonly [now: number, on: boolean]> = [
  [NOW, true],
  [NOW + 999, true],
  [NOW + 1000, false],
  [NOW + 30 * DAY, false],
  [NOW - 1, false],
  [NOW - 30 * DAY, false],
];

for (const [now, on] of SPANS) {
  Deno.test(`lasts() is ${on} ${now - NOW} ms behind the beginning`, () => {
    assertEquals(lasts({ since: NOW, ms: 1000, now }), on);
  });
}

class TwoClocks {
  wall = NOW;
  awake = 0;
  readonly now = () => this.wall;
  readonly elapsed = () => this.awake;
}

Deno.test("ageOf() knows sleep, and is not mistaken when the clock is set", () => {
  const clock = new TwoClocks();
  const moment = momentOf(clock);
  clock.wall += 5000;
  clock.awake += 5000;
  assertEquals(ageOf(moment, clock), 5000);
  clock.wall += DAY;
  assertEquals(ageOf(moment, clock), DAY + 5000);
  clock.wall -= 30 * DAY;
  assertEquals(ageOf(moment, clock), 5000);
});

Deno.test("tokens that the disk refuses are told again when the clock was set", () => {
  const clock = new TwoClocks();
  const log = fakeLog();
  const writes = new RefusedWrites({ log, now: clock.now });
  const one = account("a");
  writes.refused(one, "full");
  writes.refused(one, "full");
  assertEquals(log.lines.length, 1);
  clock.wall -= 30 * DAY;
  writes.refused(one, "full");
  assertEquals(log.lines.length, 2);
});

Deno.test("a file is not waited for longer because the clock was set", () => {
  const absences = new Absences(350);
  const one = account("a");
  const awaited = (now: number) =>
    absences.update([one], new Set(), now).has(one);
  assertEquals(awaited(NOW), true);
  assertEquals(awaited(NOW - 30 * DAY), false);
});

Deno.test("a refresh of tomorrow is not under way", () => {
  const entry = { record: { tries: 1, granted: undefined } };
  const at = (writtenAt: number) => isUnderWay({ ...entry, writtenAt }, NOW);
  assertEquals([NOW - 1000, NOW, NOW + DAY].map(at), [true, true, false]);
});

Deno.test("accounts are chosen in turn although the clock was set", () => {
  const clock = new TwoClocks();
  const registry = new Registry({
    ...clock,
    policy: "least_in_flight",
    affinity: "none",
    log: fakeLog(),
  });
  registry.replaceAll(["a", "b"].map((id) => account(id)));
  const serve = () => {
    clock.wall++;
    clock.awake++;
    const request = { tried: new Set<string>(), sessionKey: undefined };
    const acquired = registry.acquire(request);
    if (!acquired.ok) throw new Error("nobody can serve");
    acquired.value.settle({ kind: "success" });
    return acquired.value.account.id;
  };
  assertEquals([serve(), serve()], ["a", "b"]);
  clock.wall -= 30 * DAY;
  assertEquals([serve(), serve(), serve(), serve()], ["a", "b", "a", "b"]);
});

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { MissingFiles } from "../lib/accounts/sync/missing_files.ts";
import { Scanner } from "../lib/accounts/sync/scanner.ts";
import { isUnderWay } from "../lib/accounts/refresh/journal.ts";
import { Registry } from "../lib/accounts/pool/registry.ts";
import { RefusedWrites } from "../lib/accounts/refresh/refused_writes.ts";
import { ageOf, lasts, momentOf } from "../lib/clock.ts";
import { account, registryOf } from "./support/accounts.ts";
import { FakeClock } from "./support/clock.ts";
import { FakeLog } from "./support/log.ts";

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

Deno.test("ageOf() knows sleep, and is not mistaken when the clock is set", () => {
  const clock = new FakeClock({ now: NOW });
  const moment = momentOf(clock.read);
  clock.now += 5000;
  clock.elapsed += 5000;
  assertEquals(ageOf(moment, clock.read), 5000);
  clock.now += DAY;
  assertEquals(ageOf(moment, clock.read), DAY + 5000);
  clock.now -= 30 * DAY;
  assertEquals(ageOf(moment, clock.read), 5000);
});

Deno.test("tokens that the disk refuses are told each minute, however the clock is set", () => {
  const clock = new FakeClock({ now: NOW });
  const log = new FakeLog();
  const writes = new RefusedWrites({ log, ...clock.read });
  const one = account("a");
  writes.refused(one, "full");
  writes.refused(one, "full");
  assertEquals(log.lines.length, 1);
  for (const days of [-30, 60]) {
    clock.now += days * DAY;
    writes.refused(one, "full");
    assertEquals(log.lines.length, 1);
  }
  clock.elapsed += 60_000;
  writes.refused(one, "full");
  assertEquals(log.lines.length, 2);
});

Deno.test("a file that is missing is waited for as long as it was said", () => {
  const absences = new MissingFiles(350);
  const one = account("a");
  const awaited = (elapsed: number) =>
    absences.update([one], new Set(), elapsed).has(one);
  assertEquals([1000, 1349, 1350].map(awaited), [true, true, false]);
});

Deno.test("an account stays while its file is saved, however the clock is set", async () => {
  const clock = new FakeClock({ now: NOW });
  const dir = await Deno.makeTempDir();
  const path = join(dir, "a.json");
  await Deno.writeTextFile(path, `{"refresh_token":"rt_a"}`);
  const log = new FakeLog();
  const registry = registryOf([]);
  const options = { ...clock.read, dir, registry, log, graceMs: 350 };
  const scanner = new Scanner(options);
  const ids = async () => {
    await scanner.scan();
    return registry.accounts().map(({ id }) => id);
  };
  assertEquals(await ids(), ["a"]);
  await Deno.remove(path);
  assertEquals(await ids(), ["a"]);
  for (const days of [-30, 60]) {
    clock.now += days * DAY;
    assertEquals(await ids(), ["a"]);
  }
  clock.elapsed += 350;
  assertEquals(await ids(), []);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a refresh of tomorrow is not under way", () => {
  const entry = { record: { tries: 1, granted: undefined } };
  const at = (writtenAt: number) => isUnderWay({ ...entry, writtenAt }, NOW);
  assertEquals([NOW - 1000, NOW, NOW + DAY].map(at), [true, true, false]);
});

Deno.test("accounts are chosen in turn although the clock was set", () => {
  const clock = new FakeClock({ now: NOW });
  const registry = new Registry({
    ...clock.read,
    policy: "least_in_flight",
    affinity: "none",
    log: new FakeLog(),
    random: () => 0,
  });
  registry.replaceAll(["a", "b"].map((id) => account(id)));
  const serve = () => {
    clock.now++;
    clock.elapsed++;
    const request = { tried: new Set<string>(), sessionKey: undefined };
    const acquired = registry.acquire(request);
    if (!acquired.ok) throw new Error("nobody can serve");
    acquired.value.settle({ kind: "success" });
    return acquired.value.account.id;
  };
  assertEquals([serve(), serve()], ["a", "b"]);
  clock.now -= 30 * DAY;
  assertEquals([serve(), serve(), serve(), serve()], ["a", "b", "a", "b"]);
});

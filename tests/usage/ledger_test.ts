/** The ledger on a real folder, with a clock that only the test moves. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { Account } from "../../lib/accounts/pool/account.ts";
import { MAX_USAGE_FILE_BYTES } from "../../lib/limits.ts";
import { modelName, NONE } from "../../lib/usage/figures.ts";
import { Ledger, type Used } from "../../lib/usage/ledger.ts";
import { ownerOf } from "../../lib/usage/owner.ts";
import { accessToken, account } from "../support/accounts.ts";
import { FakeClock } from "../support/clock.ts";
import { FakeLog } from "../support/log.ts";

const HALF_MINUTE = 30_000;
const DAY_MS = 86_400_000;

/** Noon, by the clock on the wall. */
const NOON = new Date(2026, 10, 29, 12).getTime();

const ADA = account("ada", { accessToken: accessToken("ada") });
const GRACE = account("grace", { accessToken: accessToken("grace") });

function used(by: Account, more: Partial<Used> = {}): Used {
  return {
    account: by,
    model: "gpt-6.2-sol",
    usage: { input: 100, cached: 60, output: 10, reasoning: 4 },
    isTurn: true,
    hasMoved: false,
    ...more,
  };
}

class Scene implements AsyncDisposable {
  readonly clock = new FakeClock({ now: NOON });
  readonly log = new FakeLog();
  readonly dir: string;
  readonly #open: Ledger[] = [];

  constructor(dir: string) {
    this.dir = dir;
  }

  static async start(): Promise<Scene> {
    return new Scene(await Deno.makeTempDir({ prefix: "codaze-test-" }));
  }

  ledger(): Ledger {
    const { log, clock: { after, read: { now } } } = this;
    const ledger = new Ledger({ dir: this.dir, runtime: { log, after, now } });
    this.#open.push(ledger);
    return ledger;
  }

  path(day = "2026-11-29"): string {
    return join(this.dir, ".codaze-usage", `${day}.jsonl`);
  }

  /** The file of a day, once it is as long as that. */
  async text(lines: number, day?: string): Promise<string> {
    for (let left = 500; left > 0; left--) {
      const text = await Deno.readTextFile(this.path(day)).catch(() => "");
      if (linesIn(text) >= lines) return text;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`never ${lines} lines in the file`);
  }

  async days(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (
      const { name } of Deno.readDir(join(this.dir, ".codaze-usage"))
    ) {
      names.push(name);
    }
    return names.toSorted();
  }

  async write(day: string, text: string): Promise<void> {
    await Deno.mkdir(join(this.dir, ".codaze-usage"), { recursive: true });
    await Deno.writeTextFile(this.path(day), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ledger of this.#open) await ledger.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

function linesIn(text: string): number {
  return text.split("\n").filter((line) => line !== "").length;
}

/** `day turns input moves cold` of each row. */
async function told(ledger: Ledger, days = 7): Promise<readonly string[]> {
  return (await ledger.rows(days)).map((row) =>
    [row.day, row.turns, row.input, row.moves, row.cold_input].join(" ")
  );
}

Deno.test("turns add up by account and model", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  ledger.add(used(ADA));
  ledger.add(used(ADA, { hasMoved: true }));
  ledger.add(used(ADA, { model: "gpt-5.5", usage: undefined }));
  ledger.add(used(GRACE, { isTurn: false }));
  const row = { day: "2026-11-29", owner: ownerOf(ADA) };
  const rows = await ledger.rows(1);
  assertEquals(rows.filter(({ owner }) => owner === row.owner), [
    { ...row, ...NONE, model: "gpt-5.5", turns: 1 },
    {
      ...row,
      model: "gpt-6.2-sol",
      turns: 2,
      input: 200,
      cached: 120,
      output: 20,
      reasoning: 8,
      moves: 1,
      cold_input: 40,
    },
  ]);
  const grace = rows.find(({ owner }) => owner === ownerOf(GRACE));
  assertEquals([grace?.turns, grace?.input], [0, 100]);
  assertEquals(rows.length, 3);
});

Deno.test("a file is private, and names nobody", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  ledger.add(used(ADA));
  await ledger.close();
  const text = await scene.text(1);
  assert(!/acct|user_|rt_|eyJ|@/.test(text), text);
  assertMatch(
    text,
    /^\n\{"v":1,"owner":"[0-9a-f]{32}","model":"gpt-6\.2-sol","turns":1,/,
  );
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(scene.path());
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("what came is written after half a minute, and only then", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  ledger.add(used(ADA));
  ledger.add(used(ADA));
  await scene.clock.passSlowly(HALF_MINUTE - 1);
  assertEquals(scene.clock.timers, 1);
  await scene.clock.passSlowly(1);
  assertEquals(linesIn(await scene.text(1)), 1);
  // Nothing has come since, so nothing waits.
  assertEquals(scene.clock.timers, 0);
  ledger.add(used(ADA));
  await scene.clock.passSlowly(HALF_MINUTE);
  assertEquals(linesIn(await scene.text(2)), 2);
  assertEquals(await told(ledger), ["2026-11-29 3 300 0 0"]);
});

Deno.test("a restart knows what was before", async () => {
  await using scene = await Scene.start();
  const before = scene.ledger();
  before.add(used(ADA));
  await before.close();
  const ledger = scene.ledger();
  ledger.add(used(ADA));
  assertEquals(await told(ledger), ["2026-11-29 2 200 0 0"]);
});

Deno.test("a turn counts for the day on which it ends", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  scene.clock.now = new Date(2026, 10, 29, 23, 59, 59).getTime();
  ledger.add(used(ADA));
  scene.clock.now += 1_000;
  ledger.add(used(ADA));
  assertEquals(await told(ledger), [
    "2026-11-29 1 100 0 0",
    "2026-11-30 1 100 0 0",
  ]);
  assertEquals(await told(ledger, 1), ["2026-11-30 1 100 0 0"]);
  assertEquals(await scene.days(), ["2026-11-29.jsonl", "2026-11-30.jsonl"]);
});

Deno.test("two gateways on one folder add up", async () => {
  await using scene = await Scene.start();
  const [one, other] = [scene.ledger(), scene.ledger()];
  for (let turn = 0; turn < 50; turn++) {
    one.add(used(ADA));
    other.add(used(ADA));
    await Promise.all([one.rows(1), other.rows(1)]);
  }
  assertEquals(await told(one), ["2026-11-29 100 10000 0 0"]);
  assertEquals(await told(other), ["2026-11-29 100 10000 0 0"]);
  assertEquals(scene.log.entries, []);
});

Deno.test("a line that was cut costs no other, and is told once", async () => {
  await using scene = await Scene.start();
  const before = scene.ledger();
  before.add(used(ADA));
  await before.close();
  const line = await scene.text(1);
  await scene.write("2026-11-29", `${line}${line.trim().slice(0, 50)}`);
  const ledger = scene.ledger();
  ledger.add(used(ADA));
  assertEquals(await told(ledger), ["2026-11-29 2 200 0 0"]);
  assertEquals(await told(ledger), ["2026-11-29 2 200 0 0"]);
  assertEquals(scene.log.lines, [
    'warn lines of the usage were skipped {"day":"2026-11-29","skipped":"1 damaged"}',
  ]);
});

Deno.test("days that are over are folded, and old ones removed", async () => {
  await using scene = await Scene.start();
  const before = scene.ledger();
  before.add(used(ADA));
  before.add(used(GRACE));
  await before.close();
  const text = (await scene.text(2)).repeat(20);
  const other = '{"v":2}\n';
  await scene.write("2026-08-31", text);
  await scene.write("2026-09-01", text);
  await scene.write("2026-11-26", `${text}${other}`);
  await scene.write("2026-11-27", `${text}{"v":1,"ow`);
  await scene.write("2026-11-28", text);
  const size = async (day: string) =>
    linesIn(await Deno.readTextFile(scene.path(day)));

  const ledger = scene.ledger();
  await scene.clock.passSlowly(HALF_MINUTE);
  await ledger.close();
  assertEquals(await scene.days(), [
    "2026-09-01.jsonl",
    "2026-11-26.jsonl",
    "2026-11-27.jsonl",
    "2026-11-28.jsonl",
    "2026-11-29.jsonl",
  ]);
  assertEquals(await size("2026-09-01"), 2);
  assertEquals(await size("2026-11-26"), 41, "another version's lines");
  assertEquals(await size("2026-11-27"), 2);
  // Another gateway may still have something for yesterday.
  assertEquals(await size("2026-11-28"), 40);
  const later = scene.ledger();
  scene.clock.now = NOON + DAY_MS;
  await scene.clock.passSlowly(HALF_MINUTE);
  assertEquals(await told(later, 90), [
    ...["2026-11-26", "2026-11-27", "2026-11-28"].flatMap((day) => [
      `${day} 20 2000 0 0`,
      `${day} 20 2000 0 0`,
    ]),
    "2026-11-29 1 100 0 0",
    "2026-11-29 1 100 0 0",
  ]);
  assertEquals(await size("2026-11-28"), 2);
});

Deno.test("a gateway that runs on tidies up once a day", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  ledger.add(used(ADA));
  await scene.clock.passSlowly(HALF_MINUTE);
  const line = await scene.text(1);
  await scene.write("2026-11-29", line.repeat(9));
  scene.clock.now += 2 * DAY_MS;
  ledger.add(used(ADA));
  await scene.clock.passSlowly(HALF_MINUTE);
  await told(ledger);
  assertEquals(linesIn(await Deno.readTextFile(scene.path())), 1);
  assertEquals(await told(ledger), [
    "2026-11-29 9 900 0 0",
    "2026-12-01 1 100 0 0",
  ]);
});

Deno.test("what a fold has left behind is removed", async () => {
  await using scene = await Scene.start();
  await scene.write("2026-11-29", "");
  const left = join(scene.dir, ".codaze-usage", ".codaze-x.jsonl.1.tmp");
  await Deno.writeTextFile(left, "half");
  const ledger = scene.ledger();
  await scene.clock.passSlowly(HALF_MINUTE);
  await told(ledger);
  assertEquals(await scene.days(), ["2026-11-29.jsonl"]);
});

Deno.test("a disk that takes nothing costs one warning, and no figure", async () => {
  await using scene = await Scene.start();
  const folder = join(scene.dir, ".codaze-usage");
  // In the folder's place: also root cannot write into it.
  await Deno.writeTextFile(folder, "");
  const ledger = scene.ledger();
  for (let turn = 0; turn < 3; turn++) {
    ledger.add(used(ADA));
    assertEquals(await told(ledger), [
      `2026-11-29 ${turn + 1} ${turn + 1}00 0 0`,
    ]);
  }
  const warnings = scene.log.entries.filter(({ message }) =>
    message === "the usage cannot be saved and waits in memory"
  );
  assertEquals(warnings.map(({ level }) => level), ["warn"]);
  await Deno.remove(folder);
  await scene.clock.passSlowly(HALF_MINUTE);
  assertEquals(linesIn(await scene.text(1)), 1);
  assertEquals(await told(ledger), ["2026-11-29 3 300 0 0"]);
});

Deno.test("the folder of the accounts is not made anew", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  await Deno.remove(scene.dir);
  ledger.add(used(ADA));
  assertEquals(await told(ledger), ["2026-11-29 1 100 0 0"]);
  assertEquals(await Deno.stat(scene.dir).catch(() => "gone"), "gone");
  await Deno.mkdir(scene.dir);
});

Deno.test("the more accounts are busy, the less often they are written", async () => {
  await using scene = await Scene.start();
  const ledger = scene.ledger();
  const accounts = Array.from({ length: 60 }, (_, n) => account(`a${n}`));
  const allServe = () => accounts.forEach((one) => ledger.add(used(one)));
  allServe();
  await scene.clock.passSlowly(HALF_MINUTE);
  const { length } = await scene.text(60);
  allServe();
  await scene.clock.passSlowly(6 * HALF_MINUTE - 1);
  assertEquals(scene.clock.timers, 1);
  await scene.clock.passSlowly(1);
  await scene.text(120);
  assertEquals(scene.clock.timers, 0);
  // What two gateways write in a day can still be read.
  const writesADay = DAY_MS / (6 * HALF_MINUTE);
  assert(2 * writesADay * length < MAX_USAGE_FILE_BYTES, `${length}`);
});

Deno.test("what waits in memory has an end, however many models there are", async () => {
  await using scene = await Scene.start();
  await Deno.writeTextFile(join(scene.dir, ".codaze-usage"), "");
  const ledger = scene.ledger();
  for (let turn = 0; turn < 5_000; turn++) {
    ledger.add(used(ADA, { model: `model-${turn}` }));
  }
  const rows = await ledger.rows(1);
  assertEquals(rows.length, 1_001);
  assertEquals(rows.reduce((sum, { turns }) => sum + turns, 0), 5_000);
  await Deno.remove(join(scene.dir, ".codaze-usage"));
});

Deno.test("an account keeps its owner when it is renamed or signs in again", () => {
  const file = { accessToken: accessToken("ada") };
  const again = account("other", { accessToken: accessToken("ada", 7200) });
  assertEquals(ownerOf(account("ada", file)), ownerOf(again));
  assert(ownerOf(ADA) !== ownerOf(GRACE));
  const one = account("ada", file);
  const before = ownerOf(one);
  one.signedIn({ ...one.file, accessToken: accessToken("grace") });
  assertEquals(ownerOf(one), ownerOf(GRACE));
  assert(before !== ownerOf(one));
});

Deno.test("modelName() cuts, and names what nobody named", () => {
  assertEquals(modelName("m".repeat(63) + "😀"), "m".repeat(63) + "\ufffd");
  assertEquals([modelName(undefined), modelName("")], ["other", "other"]);
});

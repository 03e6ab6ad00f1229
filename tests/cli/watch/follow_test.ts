import { assertEquals, assertMatch } from "@std/assert";
import { createRuntime } from "../../../lib/cli/process/system.ts";
import { Follower, type Lost } from "../../../lib/cli/watch/follow.ts";
import type { Shown } from "../../../lib/cli/watch/shown.ts";
import { readConfig } from "../../../lib/config/config.ts";
import { EVENTS } from "../../../lib/limits.ts";
import { missingTerminal } from "../../../lib/simulator/faults/faults.ts";
import { runCodaze, startCodaze } from "../../support/codaze.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../../support/gateway.ts";
import { FakeLog } from "../../support/log.ts";

/** Follows until disposed; `until` waits for what it is told. */
class Told implements Disposable {
  readonly lost: Lost[] = [];
  #shown: Shown | undefined;
  #wake = () => {};
  readonly #follower: Follower;

  constructor({ dir }: TestGateway) {
    const config = readConfig([`--accounts-dir=${dir}`], () => undefined);
    if (!config.ok) throw new Error(config.error);
    const runtime = createRuntime({
      log: new FakeLog(),
      rootCertificates: [],
      env: () => undefined,
    });
    this.#follower = new Follower(config.value, runtime, {
      shown: (shown) => {
        this.#shown = shown;
        this.#wake();
      },
      lost: (why) => {
        this.lost.push(why);
        this.#shown = undefined;
        this.#wake();
      },
    });
  }

  async until(is: (shown: Shown | undefined) => boolean): Promise<void> {
    while (!is(this.#shown)) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  [Symbol.dispose](): void {
    this.#follower.stop();
  }
}

Deno.test("a follower sees turns come and end, and the next gateway", async () => {
  await using test = await startTestGateway({ accounts: ["ada", "grace"] });
  using told = new Told(test);
  await told.until((shown) => shown?.accounts.length === 2);
  await (await test.turn()).text();
  await told.until((shown) => shown?.turns[0]?.outcome === "completed");
  await test.gateway.stop(0);
  await told.until(() => told.lost.length > 0);
  assertEquals(told.lost[0], "gone");
  await using _again = await restartGateway(test);
  await told.until((shown) => shown?.turns.length === 0);
});

Deno.test("a follower says that too many follow, and gets its turn", async () => {
  await using test = await startTestGateway();
  const others = [];
  for (let count = 0; count < EVENTS.streams; count++) {
    others.push(await test.admin("/admin/events"));
  }
  using told = new Told(test);
  await told.until(() => told.lost.length > 0);
  assertEquals(told.lost[0], "crowded");
  await Promise.all(others.map((one) => one.body?.cancel()));
  await told.until((shown) => shown !== undefined);
});

Deno.test("codaze status exits with 0 and five lines, or with 1", async () => {
  await using test = await startTestGateway({ accounts: ["ada", "grace"] });
  const args = ["status", `--accounts-dir=${test.dir}`];
  const { code, stdout } = await runCodaze(args);
  assertEquals(code, 0);
  assertEquals(stdout.trimEnd().split("\n").length, 5);
  assertMatch(stdout, /^ {2}accounts {2}ada, grace; 2 of 2 can serve$/m);
  await test.gateway.stop(0);
  const ended = await runCodaze(args);
  assertEquals(ended.code, 1);
  assertMatch(ended.stdout, /^Codaze is not running on .*: codaze starts it$/m);
});

Deno.test("codaze logs prints turns, of one account, and those that failed", async () => {
  await using test = await startTestGateway({ accounts: ["ada"] });
  await (await test.turn()).text();
  test.account("ada").fault(missingTerminal());
  await (await test.turn()).text().catch(() => {});
  const dir = `--accounts-dir=${test.dir}`;
  const lines = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runCodaze(["logs", dir, ...args]);
    assertEquals(code, 0, stderr);
    return stdout.split("\n").filter((line) => line !== "");
  };
  const all = await lines();
  assertMatch(all[0] ?? "", /^\d\d:\d\d:\d\d {2}ada {2}gpt-6\.2-sol, \d+ ms/);
  assertEquals(await lines("--account", "AD"), all);
  const failed = await lines("--failed");
  assertEquals(failed, all.slice(1));
  assertMatch(failed[0] ?? "", /gpt-6\.2-sol, failed: /);
  const unknown = await runCodaze(["logs", dir, "--account=x"]);
  assertEquals(unknown.code, 1);
  assertMatch(unknown.stderr, /No account begins with "x"/);
});

Deno.test("codaze logs -f prints what follows", async () => {
  await using test = await startTestGateway({ accounts: ["ada"] });
  await (await test.turn()).text();
  const args = ["logs", "-f", `--accounts-dir=${test.dir}`];
  await using codaze = startCodaze(args);
  await codaze.printed(/ada {2}gpt-6\.2-sol/);
  await (await test.turn({ model: "gpt-5.6-terra" })).text();
  await codaze.printed(/ada {2}gpt-5\.6-terra/);
  await test.gateway.stop(0);
  await codaze.printed(/not connected, trying again/);
});

Deno.test("codaze top prints its screen once into a pipe", async () => {
  await using test = await startTestGateway({ accounts: ["ada"] });
  const args = ["top", `--accounts-dir=${test.dir}`];
  const { code, stdout } = await runCodaze(args);
  assertEquals(code, 0);
  assertMatch(stdout, /^ {2}ada +● ready/m);
  assertEquals(stdout.includes("\x1b"), false);
  await test.gateway.stop(0);
  const ended = await runCodaze(args);
  assertEquals(ended.code, 1);
  assertMatch(ended.stderr, /No gateway runs on /);
});

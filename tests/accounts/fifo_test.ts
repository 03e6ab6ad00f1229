/**
 * FIFOs among the account files and where notes of refreshes are: whoever
 * opens one waits for its writer. No port goes silent over it, and a stop ends.
 *
 * In processes of their own: what is to be shown is that these end.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { journalPath } from "../../lib/accounts/refresh/journal.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { flagsFor, publicBase, turnAt } from "../support/killable.ts";
import { writeAccount } from "../support/account_files.ts";
import { type Codaze, type Ended, startCodaze } from "../support/codaze.ts";
import { makeFifo } from "../support/fifo.ts";

interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Where the accounts dir is, and what it links to. */
  readonly root: string;
  readonly dir: string;
  /** The refresh token of the account `a`. */
  readonly token: string;
  start(): Codaze;
}

async function stage(): Promise<Stage> {
  const simulator = await startSimulator();
  const root = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const dir = join(root, "accounts");
  await Deno.mkdir(dir, { mode: 0o700 });
  const token = simulator.addAccount({ name: "a" }).currentRefreshToken();
  const text = JSON.stringify({ refresh_token: token });
  await Deno.writeTextFile(join(dir, "a.json"), text);
  return {
    simulator,
    root,
    dir,
    token,
    start: () =>
      startCodaze([
        ...flagsFor(simulator, dir),
        "--shutdown-grace-period-seconds=1",
      ]),
    [Symbol.asyncDispose]: async () => {
      await simulator.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Asks it to stop; it is killed from outside where it does not. */
async function stopped(gateway: Codaze): Promise<Ended> {
  gateway.kill("SIGTERM");
  const ended = await gateway.ended;
  assertMatch(ended.stderr, /stopped/);
  assertEquals(ended.code, 0, ended.stderr);
  return ended;
}

async function adminAnswers(gateway: Codaze): Promise<boolean> {
  const page = await gateway.printed(/admin port +(\S+)/);
  const url = `${page}admin/accounts`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  await response.body?.cancel();
  return response.ok;
}

/** Ways for an event to name a FIFO. */
const MADE: ReadonlyArray<
  readonly [what: string, make: (stage: Stage) => Promise<void>]
> = [
  ["a FIFO", ({ dir }) => makeFifo(join(dir, "f.json"))],
  ["a FIFO that is no account", ({ dir }) => makeFifo(join(dir, "f"))],
  ["a link to a FIFO", async ({ dir, root }) => {
    await makeFifo(join(root, "f"));
    await Deno.symlink(join(root, "f"), join(dir, "f.json"));
  }],
  ["a FIFO that is gone again", async ({ dir }) => {
    await makeFifo(join(dir, "f.json"));
    await Deno.remove(join(dir, "f.json"));
  }],
];

function fifoTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

for (const [what, make] of MADE) {
  fifoTest(
    `${what} made while the gateway runs keeps no stop from ending`,
    async () => {
      await using scene = await stage();
      await using gateway = scene.start();
      const base = await publicBase(gateway);
      assert(await turnAt(base));
      await make(scene);
      assert(await turnAt(base));
      await stopped(gateway);
    },
  );

  fifoTest(
    `${what} in a folder that is moved away and back keeps no port from answering`,
    async () => {
      await using scene = await stage();
      await using gateway = scene.start();
      const base = await publicBase(gateway);
      await make(scene);
      const away = join(scene.root, "away");
      await Deno.rename(scene.dir, away);
      await gateway.printed(/0 accounts loaded/);
      await Deno.rename(away, scene.dir);
      assert(await adminAnswers(gateway));
      while (!await turnAt(base));
      // What is dropped there now is seen as ever.
      const account = scene.simulator.addAccount({ name: "b" });
      await writeAccount(scene.dir, account);
      await gateway.printed(/2 accounts loaded/);
      await Deno.writeTextFile(join(scene.dir, "b.json"), "{}");
      await gateway.printed(/b\.json is no account/);
      await stopped(gateway);
    },
  );
}

/** Where a FIFO may lie from the start. */
const LIES: ReadonlyArray<
  readonly [where: string, serves: boolean, path: (stage: Stage) => string]
> = [
  ["as an account", true, ({ dir }) => join(dir, "f.json")],
  ["as what a crash has left", true, ({ dir }) => join(dir, ".codaze-f.tmp")],
  ["as the trash", true, ({ dir }) => join(dir, "trash")],
  [
    "as the side file of its token",
    false,
    ({ dir, token }) => journalPath(dir, tokenHash(token)),
  ],
  [
    "as a side file of nobody",
    true,
    ({ dir }) => journalPath(dir, "0".repeat(64)),
  ],
  [
    "as the folder of side files",
    false,
    ({ dir }) => join(dir, ".codaze-refresh"),
  ],
];

for (const [where, serves, pathIn] of LIES) {
  fifoTest(
    `a FIFO ${where} keeps no gateway from starting and stopping`,
    async () => {
      await using scene = await stage();
      const path = pathIn(scene);
      const side = join(scene.dir, ".codaze-refresh");
      if (path.startsWith(`${side}/`)) await Deno.mkdir(side);
      await makeFifo(path);
      await using gateway = scene.start();
      assertEquals(await turnAt(await publicBase(gateway)), serves);
      const { stderr } = await stopped(gateway);
      if (where === "as an account") assertMatch(stderr, /is a FIFO/);
    },
  );
}

fifoTest("a FIFO as the locks of Codex's file delays no refresh", async () => {
  await using scene = await stage();
  const tokens = { refresh_token: scene.token };
  const text = JSON.stringify({ tokens });
  await Deno.writeTextFile(join(scene.dir, "a.json"), text);
  for (const lock of ["a.lock", "a.json.lock"]) {
    await makeFifo(join(scene.dir, lock));
  }
  await using gateway = scene.start();
  assert(await turnAt(await publicBase(gateway)));
  await stopped(gateway);
});

fifoTest("commands that only look end where there are FIFOs", async () => {
  await using scene = await stage();
  const { dir, root, token } = scene;
  await Deno.mkdir(join(dir, ".codaze-refresh"));
  await makeFifo(journalPath(dir, tokenHash(token)));
  await makeFifo(join(dir, "f.json"));
  await Deno.mkdir(join(root, "codex"));
  for (const name of ["auth.json", "config.toml"]) {
    await makeFifo(join(root, "codex", name));
  }
  const env = { CODEX_HOME: join(root, "codex"), HOME: root };
  for (const command of ["accounts", "doctor"]) {
    const args = [command, ...flagsFor(scene.simulator, dir)];
    await using run = startCodaze(args, { env });
    const { code, stdout, stderr } = await run.ended;
    // 137: it was killed at its deadline.
    assert(code < 128, stderr);
    assertMatch(stdout + stderr, /f\.json/);
  }
});

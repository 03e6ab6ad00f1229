/** The official client's own locks, held by another process. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { lockAsClient } from "../../lib/accounts/files/client_lock.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  rotated,
  writeTokens,
} from "../../lib/accounts/refresh/write_tokens.ts";
import { err } from "../../lib/result.ts";
import { type Codaze, startCodaze } from "../support/codaze.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { until } from "../support/load.ts";
import { after } from "../support/system.ts";
import { NOW, setup } from "../support/accounts.ts";

const HOLDER = new URL("../support/lock_holder.ts", import.meta.url).pathname;
const NAMES = ["auth.lock", "auth.json.lock"];

/** Counts the looks at a lock that is not free. */
class Polls {
  count = 0;

  readonly after: typeof after = (ms, task) => {
    if (ms !== 20) return after(ms, task);
    this.count++;
    return after(1, task);
  };
}

/** Resolves when the other process has the locks. */
async function heldByOther(paths: readonly string[]): Promise<Codaze> {
  const holder = startCodaze(paths, { script: HOLDER });
  await holder.printed(/all are held/);
  return holder;
}

async function free(holder: Codaze): Promise<void> {
  holder.kill("SIGKILL");
  await holder.ended;
}

for (const name of NAMES) {
  Deno.test(`lockAsClient waits for ${name}`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
    const polls = new Polls();
    await using holder = await heldByOther([join(dir, name)]);
    const locking = lockAsClient(join(dir, "auth.json"), polls.after);
    let locked = false;
    locking.then(() => locked = true);
    await until(() => polls.count > 5, "it waits");
    assert(!locked);
    await free(holder);
    (await locking)[Symbol.dispose]();
    await Deno.remove(dir, { recursive: true });
  });
}

Deno.test("lockAsClient goes on when a lock is never given free", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const polls = new Polls();
  const paths = NAMES.map((name) => join(dir, name));
  await using holder = await heldByOther(paths);
  const locked = await lockAsClient(join(dir, "auth.json"), polls.after);
  locked[Symbol.dispose]();
  // Two seconds for each.
  assertEquals(polls.count, 200);
  await free(holder);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("lockAsClient holds both until disposed, and makes neither", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const path = join(dir, "auth.json");
  (await lockAsClient(path, after))[Symbol.dispose]();
  assertEquals(await Array.fromAsync(Deno.readDir(dir)), []);

  for (const name of NAMES) await Deno.writeTextFile(join(dir, name), "");
  const isFree = async (name: string) => {
    using file = await Deno.open(join(dir, name), { read: true, write: true });
    return await file.tryLock(true);
  };
  const locked = await lockAsClient(path, after);
  assertEquals(await Promise.all(NAMES.map(isFree)), [false, false]);
  locked[Symbol.dispose]();
  assertEquals(await Promise.all(NAMES.map(isFree)), [true, true]);
  await Deno.remove(dir, { recursive: true });
});

interface Linked extends AsyncDisposable {
  readonly test: TestGateway;
  readonly account: SimulatedAccount;
  readonly polls: Polls;
  /** Of the client's `auth.json`. */
  readonly path: string;
  readonly locks: readonly string[];
  readonly write: (tokens: Readonly<Record<string, string>>) => Promise<void>;
}

/** A gateway whose only account is a link to the client's `auth.json`. */
async function linked({ warm = false } = {}): Promise<Linked> {
  const polls = new Polls();
  const test = await startTestGateway({
    accounts: [],
    runtime: { after: polls.after },
  });
  const account = test.simulator.addAccount({ name: "a" });
  const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const path = join(home, "auth.json");
  const write = (tokens: Readonly<Record<string, string>>) =>
    Deno.writeTextFile(path, JSON.stringify({ tokens }));
  await write({
    refresh_token: account.currentRefreshToken(),
    ...warm ? { access_token: account.issueAccessToken() } : {},
  });
  await Deno.symlink(path, join(test.dir, "a.json"));
  const { registry } = test.gateway;
  await until(() => registry.get("a") !== undefined, "the link is loaded");
  return {
    test,
    account,
    polls,
    path,
    locks: NAMES.map((name) => join(home, name)),
    write,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}

Deno.test("a sign-in that the client is writing is not written over", async () => {
  await using scene = await linked();
  const { account, path, polls, test } = scene;
  const { registry } = test.gateway;
  const spent = account.currentRefreshToken();

  await using holder = await heldByOther(scene.locks);
  const turn = test.turn();
  await until(() => polls.count > 5, "the refresh waits for the client");
  assertEquals(account.refreshCount, 1);
  assert((await Deno.readTextFile(path)).includes(spent));
  const signedIn = account.signIn();
  await scene.write({ refresh_token: signedIn });
  await free(holder);

  const response = await turn;
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const { tokens } = JSON.parse(await Deno.readTextFile(path));
  assertEquals(tokens.refresh_token, signedIn);
  await until(
    () => registry.get("a")?.refreshToken === signedIn,
    "the new sign-in is in use",
  );
  assertEquals((await test.views())["a"]?.["persist_pending"], false);
  assertEquals(test.simulator.violations, []);
});

Deno.test("a renamed link to the client's file is locked as well", async () => {
  const polls = new Polls();
  const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const path = join(home, "auth.json");
  const write = (refresh_token: string) =>
    Deno.writeTextFile(path, JSON.stringify({ tokens: { refresh_token } }));
  await write("rt_1");
  await using pool = await setup();
  await Deno.symlink(path, join(pool.dir, "a.json"));
  await pool.store.scan();
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await Deno.rename(join(pool.dir, "a.json"), join(pool.dir, "z.json"));

  await using holder = await heldByOther(NAMES.map((n) => join(home, n)));
  const next = rotated(account.file, {
    refreshToken: "rt_2",
    accessToken: undefined,
  });
  const options = { next, now: NOW, force: false, after: polls.after };
  const saving = writeTokens(pool.dir, account, options);
  let isSaved = false;
  saving.then(() => isSaved = true);
  await until(() => polls.count > 5 || isSaved, "it waits for the client");
  await write("rt_signed_in");
  await free(holder);
  assertEquals(await saving, err("the account file is gone"));
  const { tokens } = JSON.parse(await Deno.readTextFile(path));
  assertEquals(tokens.refresh_token, "rt_signed_in");
  await Deno.remove(home, { recursive: true });
});

Deno.test("an import waits for what the client is writing", async () => {
  await using scene = await linked({ warm: true });
  const { account, path, polls, test } = scene;
  const before = await Deno.readTextFile(path);

  await using holder = await heldByOther(scene.locks);
  const signIn = account.signInTokens();
  const importing = test.admin("/admin/accounts/import", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      refresh_token: signIn.refreshToken,
      access_token: signIn.accessToken,
    }),
  });
  await until(() => polls.count > 5, "the import waits for the client");
  assertEquals(await Deno.readTextFile(path), before);
  await free(holder);

  const { disposition } = await (await importing).json();
  assertEquals(disposition, "signed_in");
  const { tokens } = JSON.parse(await Deno.readTextFile(path));
  assertEquals(tokens.refresh_token, signIn.refreshToken);
});

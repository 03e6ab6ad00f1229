/**
 * Two gateways on one login: its refresh token is spent once, by either, and
 * the other takes over what came of it.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { writeAccount } from "../support/account_files.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { Load, until } from "../support/load.ts";
import {
  assertUnharmed,
  haveCurrent,
  sideFiles,
} from "../support/one_login.ts";
import { idle } from "../support/quiet.ts";

const NAMES = ["a", "b", "c"];
const ROUND_ROBIN = ["--routing-policy=round_robin"];
/** Of three accounts each; every one is met by both gateways. */
const ROUNDS = 34;

function load({ gateway }: TestGateway, pauseMs = 5): Load {
  const base = `${gateway.publicOrigin}/v1`;
  return new Load({ base, callers: 2, pauseMs });
}

Deno.test("an access token that both gateways see rejected is refreshed once", async () => {
  await using one = await startTestGateway({
    accounts: NAMES,
    flags: ROUND_ROBIN,
    warm: true,
  });
  await using two = await restartGateway(one);
  await using first = load(one);
  await using second = load(two);
  const { accounts } = one.simulator;
  for (let round = 1; round <= ROUNDS; round++) {
    for (const account of accounts) account.expireAccessTokens();
    for (const account of accounts) {
      await until(
        async () =>
          account.refreshCount >= round &&
          await haveCurrent(account, [one, two]),
        `expiry ${round} of ${account.name} is over`,
      );
    }
    const counts = accounts.map(({ refreshCount }) => refreshCount);
    assertEquals(counts, accounts.map(() => round));
    // No turn meets two expiries.
    for (const load of [first, second]) await load.openTurns();
  }
  await first.stop();
  await second.stop();
  await assertUnharmed([one, two], [first, second]);
});

Deno.test("tokens that both gateways find too old at once are refreshed in turn", async () => {
  await using one = await startTestGateway({
    accounts: [],
    flags: ROUND_ROBIN,
  });
  // Fresh for half a second at most: 8 s before its end a token is replaced.
  for (const name of NAMES) {
    const account = one.simulator.addAccount({ name, tokenLifetimeMs: 8500 });
    await writeAccount(one.dir, account);
  }
  await using two = await restartGateway(one);
  await until(
    () => one.gateway.registry.accounts().length === NAMES.length,
    "the files are loaded",
  );
  const { accounts } = one.simulator;
  await using first = load(one, 20);
  await using second = load(two, 20);
  await until(
    () => accounts.every(({ refreshCount }) => refreshCount >= 8),
    "eight refreshes of each",
  );
  await first.stop();
  await second.stop();
  for (const account of accounts) {
    await until(() => haveCurrent(account, [one, two]), "one token for both");
  }
  await assertUnharmed([one, two], [first, second]);
});

Deno.test("expired tokens that both gateways find at their start are refreshed once", async () => {
  await using one = await startTestGateway({
    accounts: NAMES,
    flags: ROUND_ROBIN,
  });
  const { accounts } = one.simulator;
  for (const account of accounts) {
    await writeAccount(one.dir, account, {
      access_token: account.issueAccessToken(-60_000),
    });
  }
  await using two = await restartGateway(one);
  const turns = [one, two].flatMap((gateway) =>
    Array.from({ length: 15 }, () => gateway.turn())
  );
  for (const turn of await Promise.all(turns)) {
    assertEquals(turn.status, 200);
    await turn.body?.cancel();
  }
  const counts = accounts.map(({ refreshCount }) => refreshCount);
  assertEquals(counts, accounts.map(() => 1));
  for (const gateway of [one, two]) await idle(gateway);
  await assertUnharmed([one, two], []);
});

Deno.test("two folders that link to one file are one login", async () => {
  await using one = await startTestGateway({ accounts: [] });
  const account = one.simulator.addAccount({ name: "a" });
  const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const other = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const file = join(home, "auth.json");
  const tokens = {
    refresh_token: account.currentRefreshToken(),
    access_token: account.issueAccessToken(),
  };
  await Deno.writeTextFile(file, JSON.stringify({ tokens }), { mode: 0o600 });
  for (const dir of [one.dir, other]) {
    await Deno.symlink(file, join(dir, "a.json"));
  }
  await using two = await restartGateway(one, other);
  await until(() => one.gateway.registry.get("a") !== undefined, "the link");
  await using first = load(one);
  await using second = load(two);
  for (let expiry = 1; expiry <= 15; expiry++) {
    account.expireAccessTokens();
    await until(
      async () =>
        account.refreshCount >= expiry &&
        await haveCurrent(account, [one, two]),
      `expiry ${expiry} is over`,
    );
    assertEquals(account.refreshCount, expiry);
    for (const load of [first, second]) await load.openTurns();
  }
  await first.stop();
  await second.stop();
  for (const dir of [one.dir, other]) {
    assert((await Deno.lstat(join(dir, "a.json"))).isSymlink);
  }
  const left = (await Array.fromAsync(Deno.readDir(home)))
    .map(({ name }) => name);
  assertEquals(left.sort(), [".codaze-refresh", "auth.json"]);
  assertEquals(await sideFiles(home), []);
  await assertUnharmed([one, two], [first, second]);
  await Deno.remove(home, { recursive: true });
});

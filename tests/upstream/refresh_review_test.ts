/** Logins that change places while a refresh of theirs is under way. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { accountIdOf, tokenHash } from "../../lib/accounts/files/digest.ts";
import type { Account } from "../../lib/accounts/pool/account.ts";
import { accessToken, NOW, type Setup, setup } from "../support/accounts.ts";
import { Tokens } from "../../lib/upstream/auth/token.ts";
import { startTestGateway } from "../support/gateway.ts";
import { grants } from "../support/grants.ts";
import { sideFiles } from "../support/one_login.ts";
import { system } from "../support/system.ts";

Deno.test("a login that is removed and imported anew during its refresh keeps the new token", async () => {
  let act = () => Promise.resolve();
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: async (request) => {
        if (request.url.pathname === "/oauth/token") await act();
        return await system.fetch(request);
      },
    },
  });
  const account = test.account("a");
  const sent = account.currentRefreshToken();
  const id = accountIdOf(sent);
  const statuses: number[] = [];
  act = async () => {
    act = () => Promise.resolve();
    const removed = await test.admin("/admin/accounts/a", {
      method: "DELETE",
      headers: { "content-type": "application/json" },
    });
    statuses.push(removed.status);
    const imported = await test.admin("/admin/accounts/import", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refresh_token: sent }),
    });
    statuses.push(imported.status);
    await imported.body?.cancel();
  };
  await (await test.turn()).body?.cancel();
  assertEquals(statuses, [204, 201]);
  const text = await Deno.readTextFile(join(test.dir, `${id}.json`));
  assertEquals(
    JSON.parse(text)["refresh_token"],
    account.currentRefreshToken(),
  );
  assertStringIncludes(await (await test.turn()).text(), "completed");
  assertEquals(test.simulator.violations, []);
});

Deno.test("saveTokens() finds the login whose account has another one now", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const account = pool.registry.get("a");
  assert(account);
  await pool.write("a.json", { refresh_token: "rt_other" });
  await pool.store.scan();
  await pool.write("b.json", { refresh_token: "rt_1" });
  await pool.store.scan();
  await pool.store.saveTokens(account, {
    refreshToken: "rt_2",
    accessToken: undefined,
    from: "rt_1",
  });
  assertEquals((await pool.read("b.json"))["refresh_token"], "rt_2");
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_other");
});

Deno.test("trash() leaves a login alone that has taken the place of a dead one", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const account = pool.registry.get("a");
  assert(account);
  await Deno.remove(join(pool.dir, "a.json"));
  await pool.store.scan();
  await pool.write("a.json", { refresh_token: "rt_other" });
  await pool.store.scan();
  assert(!(await pool.store.readAgain(account)).ok);
  await pool.store.trash(account, "dead", "rt_1");
  assertEquals(await pool.names(), ["a.json"]);
  await pool.store.scan();
  assertEquals(pool.registry.get("a")?.refreshToken, "rt_other");
  assertEquals(pool.registry.get("a")?.status(NOW).state, "serving");
});

Deno.test("trash() finds a dead login under its new name", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const account = pool.registry.get("a");
  assert(account);
  await Deno.rename(join(pool.dir, "a.json"), join(pool.dir, "z.json"));
  await pool.store.trash(account, "dead", "rt_1");
  await pool.store.scan();
  assertEquals(await pool.names(), ["trash"]);
  assertEquals(pool.registry.accounts().map((a) => a.status(NOW).state), [
    "invalid",
  ]);
});

Deno.test("a dead login is not shown to the server again for a rename", async () => {
  let act = () => Promise.resolve();
  await using test = await startTestGateway({
    accounts: ["a"],
    runtime: {
      fetch: async (request) => {
        const response = await system.fetch(request);
        if (request.url.pathname === "/oauth/token") await act();
        return response;
      },
    },
  });
  test.account("a").revoke();
  act = async () => {
    await Deno.rename(join(test.dir, "a.json"), join(test.dir, "z.json"));
  };
  await (await test.turn()).body?.cancel();
  act = () => Promise.resolve();
  while ((await test.views())["z"] === undefined) {
    await new Promise((done) => setTimeout(done, 20));
  }
  await (await test.turn()).body?.cancel();
  assertEquals((await test.views())["z"]?.["routing_state"], "auth_invalid");
  assertEquals(grants(test), 1);
});

Deno.test("importToken() does not write over a file that it cannot read", async () => {
  const id = accountIdOf("rt_first");
  const broken = `{"refresh_token": "rt_newest",}`;
  await using pool = await setup({ [`${id}.json`]: broken });
  const done = await pool.store.importToken({ refreshToken: "rt_first" });
  const text = await Deno.readTextFile(join(pool.dir, `${id}.json`));
  assertEquals(text, broken);
  assert(!done.ok);
  assertStringIncludes(done.error.message, `${id}.json`);
});

for (
  const [what, held, invalid] of [
    ["dead", { access_token: accessToken("ada", 3600, -60) }, true],
    ["of unknown age", {
      access_token: "opaque",
      id_token: accessToken("ada", 3600, -60),
    }, false],
  ] as const
) {
  Deno.test(`importToken() replaces a login that is ${what} by an older one for good`, async () => {
    await using pool = await setup({
      "a.json": { refresh_token: "rt_old", ...held },
    });
    const account = pool.registry.get("a");
    assert(account);
    const failure = { kind: "account_invalid", message: "dead" } as const;
    if (invalid) account.failed(failure, NOW);
    const done = await pool.store.importToken({
      refreshToken: "rt_handed_in",
      accessToken: accessToken("ada", 3600, -600),
    });
    assert(done.ok);
    assertEquals(done.value.disposition, "signed_in");
    assertEquals((await pool.read("a.json"))["refresh_token"], "rt_handed_in");
    assertEquals(account.refreshToken, "rt_handed_in");
    assertEquals(account.status(NOW).state, "serving");
    assert(account.file.previous.includes(tokenHash("rt_old")));
  });
}

for (
  const [what, login] of [
    ["refresh token", { refreshToken: "rt\nnew" }],
    ["access token", { refreshToken: "rt_new" }],
  ] as const
) {
  Deno.test(`importToken() refuses a damaged ${what} and leaves the file`, async () => {
    const file = {
      refresh_token: "rt_old",
      access_token: accessToken("ada", 3600, -600),
    };
    await using pool = await setup({ "a.json": file });
    const good = accessToken("ada", 3600, -60);
    const done = await pool.store.importToken({
      ...login,
      accessToken: what === "access token" ? `${good} x` : good,
    });
    assertEquals((await pool.read("a.json"))["refresh_token"], "rt_old");
    assert(!(await pool.names()).includes("trash"));
    assert(!done.ok);
    assert(!done.error.message.includes("new"));
  });
}

Deno.test("a file that a person puts in place of a dead login is not undone", async () => {
  await using pool = await setup({
    "a.json": {
      refresh_token: "rt_old",
      access_token: accessToken("ada", 3600, -60),
    },
  });
  const account = pool.registry.get("a");
  account?.failed({ kind: "account_invalid", message: "dead" }, NOW);
  await pool.write("a.json", {
    refresh_token: "rt_put_there",
    access_token: accessToken("ada", 3600, -600),
  });
  await pool.store.scan();
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_put_there");
  assertEquals(account?.refreshToken, "rt_put_there");
  assertEquals(account?.status(NOW).state, "serving");
});

Deno.test("a dead token that cannot go to the trash is not sent again", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  // In the way of the folder.
  await pool.write("trash", "");
  const account = pool.registry.get("a");
  assert(account);
  let sent = 0;
  const tokens = new Tokens({
    runtime: {
      ...system,
      connect: () => Promise.reject(new Error("not asked for")),
      descriptors: () => Promise.resolve(undefined),
      fetch: () => {
        sent++;
        return Promise.resolve(new Response("{}", { status: 401 }));
      },
    },
    store: pool.store,
    issuer: new URL("http://127.0.0.1:1"),
    identity: [],
    timeoutMs: 1000,
  });
  // Turns that had chosen the account before it was found dead.
  for (const _ of [1, 2]) {
    const refreshed = await tokens.credential(account, undefined);
    assert(!refreshed.ok);
    assertEquals(refreshed.error.kind, "account_invalid");
  }
  assertEquals(sent, 1);
});

/**
 * Takes in what the server granted for `rt_1` while a folder stands where the
 * account file is written. The file is writable again once what it returns ran.
 */
async function grantUnwritable(
  pool: Setup,
  account: Account,
  refreshToken: string,
): Promise<() => Promise<void>> {
  const path = join(pool.dir, "a.json");
  await Deno.rename(path, `${path}.away`);
  await Deno.mkdir(path);
  const opened = await pool.store.openJournal(account);
  assert(opened.ok);
  using entry = opened.value;
  await entry.begin(NOW);
  const granted = {
    refreshToken,
    accessToken: accessToken("ada"),
    idToken: undefined,
  };
  await pool.store.takeGranted(account, { sent: "rt_1", granted, entry });
  return async () => {
    await Deno.remove(path);
    await Deno.rename(`${path}.away`, path);
  };
}

Deno.test("tokens kept without rotation leave no side file once they are saved", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const account = pool.registry.get("a");
  assert(account);
  const writable = await grantUnwritable(pool, account, "rt_1");
  assert(account.persistPending);
  await writable();
  await pool.store.scan();
  assert(!account.persistPending);
  // Read at the next start, they would replace what was granted since.
  assertEquals(await pool.names(".codaze-refresh"), []);
});

Deno.test("tokens count as saved when nothing is left to be done for them", async () => {
  await using pool = await setup({ "a.json": { refresh_token: "rt_1" } });
  const account = pool.registry.get("a");
  assert(account);
  const writable = await grantUnwritable(pool, account, "rt_2");
  assertEquals(await sideFiles(pool.dir), [tokenHash("rt_1").slice(0, 32)]);
  await writable();

  // What whoever sees the flag go finds beside the account file.
  const left: number[] = [];
  const saved = account.saved.bind(account);
  account.saved = () => {
    const names = [...Deno.readDirSync(join(pool.dir, ".codaze-refresh"))];
    const files = names.filter(({ name }) => !name.endsWith(".spent"));
    if (account.persistPending) left.push(files.length);
    saved();
  };
  await pool.store.scan();
  assertEquals([account.persistPending, left], [false, [0]]);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { openPool } from "../../lib/cli/pool/open_pool.ts";
import type { PoolView } from "../../lib/cli/pool/pool.ts";
import type { Result } from "../../lib/result.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  refreshServerError,
  refreshWithoutRotation,
} from "../../lib/simulator/faults/token_faults.ts";
import { unsignedToken } from "../../lib/simulator/accounts/tokens.ts";
import { assertNoToken } from "../support/canary.ts";
import { close } from "../support/connection.ts";
import { startTestGateway } from "../support/gateway.ts";
import {
  configOf,
  nobodyListens,
  openTestPool,
  type TestPool,
  testRuntime,
  VIAS,
} from "./pool_support.ts";

const HOUR = 3_600_000;

function value<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function error(result: Result<unknown, string>): string {
  assert(!result.ok);
  assertNoToken(result.error, "an error");
  return result.error;
}

async function states(test: TestPool): Promise<Record<string, string>> {
  const { accounts } = value(await test.pool.list());
  return Object.fromEntries(
    accounts.map(({ id, routing_state: state }) => [id, state]),
  );
}

/** A new sign-in of this person, with tokens issued `agoMs` ago. */
function signIn(account: SimulatedAccount, agoMs = 0) {
  const refreshToken = account.signIn();
  const issuedAt = Date.now() - agoMs;
  const times = { issuedAt, expiresAt: Date.now() + HOUR, serial: 0 };
  const accessToken = unsignedToken(account.identity, times);
  return { refreshToken, accessToken, idToken: accessToken };
}

/** What each way to the accounts has to do just as the other does. */
const CASES: Readonly<Record<string, (test: TestPool) => Promise<void>>> = {
  "list() shows accounts, files that are none, and the folder": async (
    test,
  ) => {
    await Deno.writeTextFile(join(test.dir, "half.json"), "{");
    // A gateway looks at its folder now and then, and for every import.
    value(await test.pool.add({ refreshToken: "rt_other" }));
    const view: PoolView = value(await test.pool.list());
    assertEquals(view.accounts.map(({ label }) => label), [null, "a"]);
    assertEquals(view.invalid_files.map(({ file }) => file), ["half.json"]);
    assertEquals(view.accounts_dir, await Deno.realPath(test.dir));
  },

  "add() keeps a whole sign-in, once": async (test) => {
    const account = test.simulator.addAccount({ name: "new" });
    const login = { ...signIn(account), label: "fresh" };
    const added = value(await test.pool.add(login));
    assertEquals(
      [added.alreadyExists, added.disposition, added.account.routing_state],
      [false, "added", "ready"],
    );
    assertEquals(added.account.email, "new@example.test");
    const file = await test.read(`${added.account.id}.json`);
    assertEquals(file, {
      refresh_token: login.refreshToken,
      label: "fresh",
      access_token: login.accessToken,
      id_token: login.idToken,
    });
    const again = value(await test.pool.add(login));
    assertEquals([again.alreadyExists, again.disposition], [true, "known"]);
  },

  "add() refuses a damaged token, though it knows the sign-in": async (
    test,
  ) => {
    const account = test.simulator.addAccount({ name: "new" });
    const login = signIn(account);
    const { account: { id } } = value(await test.pool.add(login));
    const before = await test.read(`${id}.json`);
    const refused = await test.pool.add({
      ...login,
      accessToken: `${login.accessToken} x`,
      label: "fresh",
    });
    assert(!refused.ok);
    assertStringIncludes(refused.error, '"access_token" has characters');
    assertEquals(await test.read(`${id}.json`), before);
  },

  "add() puts a newer sign-in into the account of its person": async (
    test,
  ) => {
    value(await test.pool.refresh("a"));
    const login = signIn(test.account("a"));
    const added = value(await test.pool.add(login));
    assertEquals([added.account.id, added.disposition], ["a", "signed_in"]);
    const file = await test.read("a.json");
    assertEquals([file["refresh_token"], file["label"]], [
      login.refreshToken,
      "a",
    ]);
    assertEquals(await test.files(), ["a.json"]);
    value(await test.pool.refresh("a"));
    assertEquals(test.simulator.violations, []);
  },

  "add() leaves a newer sign-in alone": async (test) => {
    value(await test.pool.refresh("a"));
    const before = await test.read("a.json");
    const added = value(
      await test.pool.add(signIn(test.account("a"), 2 * HOUR)),
    );
    assertEquals([added.account.id, added.disposition], ["a", "older"]);
    assertEquals(await test.read("a.json"), before);
  },

  "refresh() saves what it was given": async (test) => {
    const before = test.account("a").currentRefreshToken();
    const done = value(await test.pool.refresh("a"));
    assertEquals([done.kind, done.account.routing_state], [
      "refreshed",
      "ready",
    ]);
    const { refresh_token: saved } = await test.read("a.json");
    assertEquals(saved, test.account("a").currentRefreshToken());
    assert(saved !== before);
    assertEquals(test.account("a").refreshCount, 1);
  },

  "refresh() refreshes a token that is still good": async (test) => {
    value(await test.pool.refresh("a"));
    value(await test.pool.refresh("a"));
    assertEquals(test.account("a").refreshCount, 2);
  },

  "refresh() tells a dead sign-in from a server in trouble": async (test) => {
    test.account("a").faultAt("token", refreshServerError());
    const failed = value(await test.pool.refresh("a"));
    assertEquals(failed.kind, "failed");
    assertEquals(await test.files(), ["a.json"]);
    assertEquals(failed.account.blocked_until, null);

    test.account("a").revoke();
    const dead = value(await test.pool.refresh("a"));
    assert(dead.kind === "dead");
    assertStringIncludes(dead.message, "refresh_token_invalidated");
    assertEquals(dead.account.routing_state, "auth_invalid");
    assertEquals([await test.files(), await test.files("trash")], [[], [
      "a.json",
    ]]);
  },

  "refresh() does not show a dead token twice": async (test) => {
    test.account("a").revoke();
    value(await test.pool.refresh("a"));
    const asked = test.simulator.requests.length;
    assertEquals(value(await test.pool.refresh("a")).kind, "dead");
    assertEquals(test.simulator.requests.length, asked);
  },

  "a sign-in brings a dead account back under its name": async (test) => {
    value(await test.pool.refresh("a"));
    test.account("a").revoke();
    value(await test.pool.refresh("a"));
    assertEquals(await states(test), { a: "auth_invalid" });
    const login = signIn(test.account("a"), 2 * HOUR);
    const added = value(await test.pool.add(login));
    assertEquals(
      [added.account.id, added.disposition, added.account.routing_state],
      ["a", "signed_in", "ready"],
    );
    const file = await test.read("a.json");
    assertEquals(file["label"], "a");
    assertEquals("codaze_reason" in file, false);
    assertEquals(value(await test.pool.refresh("a")).kind, "refreshed");
  },

  "wake() finds nothing to complain about": async (test) => {
    const woken = value(await test.pool.wake("a"));
    assertEquals([woken.disposition, woken.account.id], ["woken", "a"]);
    test.account("a").revoke();
    value(await test.pool.refresh("a"));
    const dead = value(await test.pool.wake("a"));
    assertEquals(dead.disposition, "skipped_auth_invalid");
  },

  "wakeAll() tells of every account": async (test) => {
    await test.pool.add(signIn(test.simulator.addAccount({ name: "b" })));
    test.account("a").revoke();
    value(await test.pool.refresh("a"));
    const woken = value(await test.pool.wakeAll());
    const told = woken.map(({ disposition, account }) =>
      `${account.label ?? account.email} ${disposition}`
    );
    assertEquals(told.toSorted(), [
      "a skipped_auth_invalid",
      "b@example.test woken",
    ]);
  },

  "remove() takes the file away, and gives the account as it was": async (
    test,
  ) => {
    const removed = value(await test.pool.remove("a"));
    assertEquals(removed.label, "a");
    assertEquals([await states(test), await test.files()], [{}, []]);
    assertEquals(await test.files("trash"), ["a.json"]);
    const again = error(await test.pool.remove("a"));
    assertStringIncludes(again, 'No account "a"');
  },

  "an account is known by id, label and email, and by a beginning": async (
    test,
  ) => {
    const account = test.simulator.addAccount({ name: "new" });
    const { account: { id } } = value(
      await test.pool.add({ ...signIn(account), label: "my label" }),
    );
    for (
      const name of [
        ...[id, id.slice(0, 4), id.slice(0, 2), "my label", "My Label", "my l"],
        ...["NEW@example.test", "new@"],
      ]
    ) {
      assertEquals(value(await test.pool.find(name)).id, id, name);
    }
    error(await test.pool.find(""));
    // The whole name of one account is meant, although others begin with it.
    const other = { refreshToken: "rt_other", label: "my label too" };
    value(await test.pool.add(other));
    assertEquals(value(await test.pool.find("My label")).id, id);
    assertStringIncludes(error(await test.pool.find("my la")), "may be ");
  },

  "a name of two accounts is refused with both": async (test) => {
    for (const refreshToken of ["rt_one", "rt_two"]) {
      value(await test.pool.add({ refreshToken, label: "work" }));
    }
    const text = error(await test.pool.remove("work"));
    assertStringIncludes(text, '"work" may be ');
    assertEquals(text.match(/[0-9a-f]{8} \(work\)/g)?.length, 2);
    assertEquals((await test.files()).length, 3);
  },

  "a token that is taken for a name is not repeated": async (test) => {
    const token = test.account("a").currentRefreshToken();
    const text = error(await test.pool.refresh(token));
    assert(!text.includes(token.slice(0, 20)), text);
  },
};

for (const via of VIAS) {
  for (const [what, check] of Object.entries(CASES)) {
    Deno.test(`by the ${via}: ${what}`, async () => {
      await using test = await openTestPool(via);
      assertEquals(test.pool.via, via);
      await check(test);
    });
  }
}

Deno.test("a replaced sign-in is kept in the trash, and comes back", async () => {
  await using test = await openTestPool("folder");
  value(await test.pool.refresh("a"));
  const alive = test.account("a").currentRefreshToken();
  const dead = { ...signIn(test.account("a")), refreshToken: "rt_sim_dead" };
  value(await test.pool.add(dead));
  assertEquals(value(await test.pool.refresh("a")).kind, "dead");
  const kept = [];
  for (const name of await test.files("trash")) {
    kept.push((await test.read(`trash/${name}`))["refresh_token"]);
  }
  assert(kept.includes(alive));
  const back = value(await test.pool.add({ refreshToken: alive }));
  assertEquals([back.account.id, back.disposition], ["a", "signed_in"]);
  assertEquals(
    value(await test.pool.refresh(back.account.id)).kind,
    "refreshed",
  );
});

Deno.test("pools and a gateway on one folder use no token twice", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  const folder = configOf([
    `--accounts-dir=${test.dir}`,
    `--auth-issuer=${test.simulator.issuer}`,
    `--admin-listen=${nobodyListens()}`,
  ]);
  const gateway = configOf([
    `--accounts-dir=${test.dir}`,
    `--admin-listen=${new URL(test.gateway.adminOrigin).host}`,
  ]);
  const pools = [];
  for (const config of [folder, folder, gateway]) {
    pools.push(value(await openPool(config, testRuntime())));
  }
  for (let round = 0; round < 5; round++) {
    const all = pools.flatMap((pool) =>
      ["a", "b"].map((id) => pool.refresh(id))
    );
    for (const done of await Promise.all(all)) {
      assertEquals(value(done).kind, "refreshed");
    }
  }
  for (const pool of pools) await pool.close();
  assertEquals(test.simulator.violations, []);
});

Deno.test("openPool() refuses a gateway of another folder, if one was named", async () => {
  await using test = await startTestGateway();
  const other = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    const { host } = new URL(test.gateway.adminOrigin);
    const flags = [`--admin-listen=${host}`];
    const named = configOf([...flags, `--accounts-dir=${other}`]);
    const text = error(await openPool(named, testRuntime()));
    assertStringIncludes(text, `The gateway on ${host} serves "${test.dir}"`);
    assertStringIncludes(text, `not "${other}"`);

    const link = join(other, "link");
    await Deno.symlink(test.dir, link);
    const linked = configOf([...flags, `--accounts-dir=${link}`]);
    assertEquals(value(await openPool(linked, testRuntime())).via, "gateway");

    const unnamed = value(await openPool(configOf(flags), testRuntime()));
    assertEquals(value(await unnamed.find("a")).label, "a");
  } finally {
    await Deno.remove(other, { recursive: true });
  }
});

const STRANGERS: Readonly<Record<string, () => Response>> = {
  "a page": () => new Response("<html>hello</html>"),
  "a 404": () => new Response("{}", { status: 404 }),
  "other JSON": () => Response.json({ accounts: "many" }),
  "accounts of somebody else": () => Response.json({ accounts: [{ id: 1 }] }),
  "a redirect": () => Response.redirect("http://127.0.0.1:1/"),
};

for (const [what, answer] of Object.entries(STRANGERS)) {
  Deno.test(`openPool() does not take ${what} for Codaze`, async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      answer,
    );
    const address = `127.0.0.1:${server.addr.port}`;
    const config = configOf([`--admin-listen=${address}`]);
    assertEquals(
      error(await openPool(config, testRuntime())),
      `What listens on ${address} is not Codaze: stop it, or name the right port with --admin-listen`,
    );
  });
}

/** What a listener that speaks no HTTP does to who connects. */
const RAW: Readonly<
  Record<string, [does: (conn: Deno.Conn) => void, words: string]>
> = {
  "hangs up": [(conn) => conn.close(), "is not Codaze"],
  "greets like a mail server": [
    (conn) => void conn.write(new TextEncoder().encode("220 hello\r\n")),
    "is not Codaze",
  ],
  "says nothing": [() => {}, "gives no answer"],
};

for (const [what, [does, words]] of Object.entries(RAW)) {
  Deno.test(`openPool() gives up on one that ${what}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const config = configOf([`--admin-listen=127.0.0.1:${listener.addr.port}`]);
    const opened = openPool(config, testRuntime(200));
    const conn = await listener.accept();
    does(conn);
    assertStringIncludes(error(await opened), words);
    close(conn);
  });
}

Deno.test("a gateway that stops meanwhile is said to have stopped", async () => {
  const test = await startTestGateway();
  const { host } = new URL(test.gateway.adminOrigin);
  const config = configOf([`--admin-listen=${host}`]);
  const pool = value(await openPool(config, testRuntime()));
  await test[Symbol.asyncDispose]();
  assertStringIncludes(
    error(await pool.list()),
    `The gateway on ${host} has stopped`,
  );
});

Deno.test("a refresh without rotation is a refresh", async () => {
  await using test = await openTestPool("folder");
  const before = test.account("a").currentRefreshToken();
  test.account("a").fault(refreshWithoutRotation());
  assertEquals(value(await test.pool.refresh("a")).kind, "refreshed");
  assertEquals((await test.read("a.json"))["refresh_token"], before);
});

Deno.test("nothing is told to what merely listens at the usual address", async () => {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const asked: string[] = [];
  // It answers as a gateway of the very same folder would.
  await using impostor = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, async (request) => {
    asked.push(await request.text());
    return Response.json({
      accounts: [],
      invalid_files: [],
      accounts_dir: await Deno.realPath(dir),
    });
  });
  const config = {
    ...configOf([`--accounts-dir=${dir}`]),
    adminListen: impostor.addr,
  };
  const pool = value(await openPool(config, testRuntime()));
  assertEquals(pool.via, "folder");
  value(await pool.add({ refreshToken: "rt_1" }));
  await pool.close();
  assertEquals(asked, []);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a gateway of another folder does not stand in the way", async () => {
  await using test = await startTestGateway();
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const { hostname, port } = new URL(test.gateway.adminOrigin);
  const config = {
    ...configOf([`--accounts-dir=${dir}`]),
    adminListen: { hostname, port: Number(port) },
  };
  const pool = value(await openPool(config, testRuntime()));
  assertEquals([pool.via, value(await pool.list()).accounts], ["folder", []]);
  await pool.close();
  await Deno.remove(dir, { recursive: true });
});

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { stripAnsiCode } from "@std/fmt";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import { refreshServerError } from "../../lib/simulator/faults/token_faults.ts";
import { type Ended, runCodaze } from "../support/codaze.ts";
import { startTestGateway } from "../support/gateway.ts";
import { openTestPool, type TestPool, VIAS } from "./pool_support.ts";

/** Runs `codaze accounts` with these words on the test's accounts. */
function accounts(test: TestPool, ...words: readonly string[]): Promise<Ended> {
  return runCodaze(["accounts", ...words, ...test.flags]);
}

for (const via of VIAS) {
  Deno.test(`by the ${via}, codaze accounts shows the pool`, async () => {
    await using test = await openTestPool(via, ["ada", "grace"]);
    await test.pool.refresh("ada");
    const { code, stdout, stderr } = await accounts(test);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^LABEL +PLAN +STATE +WEEK +5H +IN FLIGHT +ID\n/);
    assertMatch(stdout, /^ada +plus +ready +– +– +0 +ada$/m);
    assertMatch(stdout, /^grace +cold +– +– +0 +grace$/m);
    assertMatch(stdout, /^2 accounts/m);
    assertEquals(stdout.includes("2 can serve"), via === "gateway");
    assertEquals(stripAnsiCode(stdout), stdout);
    assertEquals(stdout.includes("no gateway runs"), via === "folder");
  });

  Deno.test(`by the ${via}, codaze accounts --json is the admin's`, async () => {
    await using test = await openTestPool(via);
    await Deno.writeTextFile(join(test.dir, "half.json"), "{");
    const { code, stdout, stderr } = await accounts(test, "--json");
    assertEquals(code, 0);
    // A gateway of the tests has no log here; the folder's is not shown.
    assertEquals(stderr, "");
    const listed = await test.pool.list();
    assert(listed.ok);
    if (via === "folder") assertEquals(JSON.parse(stdout), listed.value);
    assertEquals(Object.keys(JSON.parse(stdout)), [
      "accounts",
      "invalid_files",
      "accounts_dir",
      "pool",
    ]);
    assertEquals(JSON.parse(stdout).accounts[0].label, "a");
  });

  Deno.test(`by the ${via}, codaze accounts refresh says until when`, async () => {
    await using test = await openTestPool(via);
    const fresh = await accounts(test, "refresh", "a");
    assertEquals([fresh.code, fresh.stderr], [0, ""]);
    assertMatch(fresh.stdout, /^Refreshed: a .*good until 20\d\d-.*Z\n$/);

    test.account("a").faultAt("token", refreshServerError());
    const later = await accounts(test, "refresh", "a");
    assertEquals([later.code, later.stdout], [1, ""]);
    assertStringIncludes(later.stderr, "Cannot refresh a (a@example.test) now");

    test.account("a").revoke();
    const dead = await accounts(test, "refresh", "a");
    assertEquals([dead.code, dead.stdout], [1, ""]);
    assertStringIncludes(dead.stderr, "is dead, run codaze login");
    assertEquals(test.simulator.violations, []);
  });

  Deno.test(`by the ${via}, codaze accounts remove asks, or removes nothing`, async () => {
    await using test = await openTestPool(via);
    const { code, stdout, stderr } = await accounts(test, "remove", "a");
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "Cannot ask before a is removed: pass --yes");
    assertEquals(await test.files(), ["a.json"]);
  });

  Deno.test(`by the ${via}, codaze accounts remove says what it did`, async () => {
    await using test = await openTestPool(via, ["a", "b"]);
    const removed = await accounts(test, "remove", "a", "--yes");
    assertEquals([removed.code, removed.stderr], [0, ""]);
    assertStringIncludes(
      removed.stdout,
      "Removed: a. Its file is in trash/",
    );
    assertEquals(await test.files(), ["b.json"]);

    const again = await accounts(test, "remove", "a", "--yes");
    assertEquals([again.code, again.stdout], [1, ""]);
    assertStringIncludes(again.stderr, 'No account "a": expected');
    assertStringIncludes(again.stderr, "of b\n");
  });
}

Deno.test("codaze accounts wake ends cooldowns of a gateway", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
  });
  const flags = [`--admin-listen=${new URL(test.gateway.adminOrigin).host}`];
  const run = (...words: readonly string[]) =>
    runCodaze(["accounts", ...words, ...flags]);
  const now = Date.now();
  for (const name of ["a", "b"]) {
    const fault = usageLimitReached({ now, resetsAt: now + 7_500_000 });
    test.account(name).fault(fault);
  }
  await (await test.turn()).text();
  const spent = await run();
  assertMatch(
    spent.stdout,
    /^a +plus +out of quota +\d+% +0% .* 0 +in 2 h \d min +a$/m,
  );
  const states = async () =>
    Object.values(await test.views()).map((view) => view["routing_state"]);
  const one = await run("wake", "b@example.test");
  assertEquals([one.code, one.stdout], [0, "Woken: b (b@example.test)\n"]);
  assertEquals(await states(), ["cooldown", "ready"]);
  const all = await run("wake", "--all");
  assertEquals([all.code, all.stdout.split("\n").length], [0, 3]);
  assertEquals(await states(), ["ready", "ready"]);
});

Deno.test("codaze accounts wake on a folder has nothing to do", async () => {
  await using test = await openTestPool("folder");
  for (const who of ["a", "--all"]) {
    const { code, stdout } = await accounts(test, "wake", who);
    assertEquals([code, stdout.startsWith("Nothing to wake")], [0, true]);
  }
});

Deno.test("codaze accounts wake --all asks once, and fails when the gateway does", async () => {
  const asked: string[] = [];
  const accounts = ["a", "b"].map((id) => ({ id, routing_state: "ready" }));
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ method, url }) => {
      const line = `${method} ${new URL(url).pathname}`;
      asked.push(line);
      return line === "GET /admin/accounts"
        ? Response.json({ accounts, invalid_files: [], accounts_dir: "/x" })
        : Response.json({ error: { message: "I stop" } }, { status: 503 });
    },
  );
  const { code, stdout, stderr } = await runCodaze([
    ...["accounts", "wake", "--all"],
    `--admin-listen=127.0.0.1:${server.addr.port}`,
  ], { env: { HOME: "/nowhere" } });
  assertEquals([code, stdout, stderr], [1, "", "codaze: I stop\n"]);
  assertEquals(asked, ["GET /admin/accounts", "POST /admin/accounts/wake"]);
});

Deno.test("no terminal obeys what a gateway says of an account", async () => {
  const account = {
    id: "a",
    label: "a\x1b[2J",
    routing_state: "ready",
    access_token_expires_at: "soon\n\x1b[3J",
  };
  const others = new Map<string, unknown>([
    ["/admin/accounts", {
      accounts: [account],
      invalid_files: [],
      accounts_dir: "/x\x1b[4J",
    }],
    ["/admin/accounts/a/refresh", { account }],
    ["/admin/accounts/wake", {
      accounts: [{ disposition: "woken", account }],
    }],
  ]);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => Response.json(others.get(new URL(url).pathname)),
  );
  const admin = `--admin-listen=127.0.0.1:${server.addr.port}`;
  const run = (...words: readonly string[]) =>
    runCodaze(["accounts", ...words, admin], { env: { HOME: "/nowhere" } });
  assertEquals(
    (await run("refresh", "a")).stdout,
    "Refreshed: a\\u{1b}[2J, access token good until soon\\u{a}\\u{1b}[3J\n",
  );
  assertEquals((await run("wake", "--all")).stdout, "Woken: a\\u{1b}[2J\n");
  const elsewhere = await run("--accounts-dir=/y");
  assertStringIncludes(elsewhere.stderr, 'serves "/x\\u{1b}[4J", not "/y"');
});

Deno.test("an empty pool says how to fill it", async () => {
  await using test = await openTestPool("folder", []);
  const { code, stdout } = await accounts(test);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "codaze login");
});

const USAGE: ReadonlyArray<[words: readonly string[], says: string]> = [
  [["wake"], "Name one account to wake"],
  [["remove", "--all"], "Cannot use --all with remove"],
  [["pose", "b"], 'Cannot use "pose": expected one of wake, remove'],
  [["wake", "a", "b"], 'Cannot use "b": expected one account'],
  [["pause"], "Name the accounts to pause"],
  [["resume", "--all"], "Cannot use --all with resume"],
  [["prefer"], "Name one account to prefer"],
  [["prefer", "a", "10"], '"10": expected a whole number from -9 to 9'],
  [["prefer", "a", "first"], '"first": expected a whole number'],
  [["prefer", "a", "1", "2"], "Name one account to prefer"],
  [["keep", "a"], "Name one account, and the percent"],
  [["keep", "a", "100%"], '"100": expected a whole number from 0 to 99'],
  [["keep", "a", "-1"], '"-1": expected a whole number from 0 to 99'],
  [["rename", "a"], "Name one account to rename, and its new label"],
  [["a", "--yes"], "Cannot use --yes here"],
  [["reset-credit"], "Name one account for reset-credit"],
  [["reset-credit", "a", "b"], 'Cannot use "b": expected one account'],
  [["reset-credit", "a", "--json"], "Cannot use --json with reset-credit"],
  [["wake", "a", "--confirm=x"], "Cannot use --confirm without reset-credit"],
  [["--all"], "Cannot use --all here"],
  [["wake", "a", "--json"], "Cannot use --json with wake"],
  [["--colour"], 'Cannot use "--colour"'],
  [["--admin-listen=0.0.0.0:1"], "loopback"],
];

Deno.test("codaze accounts exits with 2 for what it cannot make out", async () => {
  const ends = await Promise.all(
    USAGE.map(([words]) =>
      runCodaze(["accounts", ...words], { env: { HOME: "/nowhere" } })
    ),
  );
  for (const [at, { code, stdout, stderr }] of ends.entries()) {
    const [, says = ""] = USAGE[at] ?? [];
    assertEquals([code, stdout], [2, ""], says);
    assertStringIncludes(stderr, says);
  }
});

Deno.test("no proxy of the environment sees the admin port", async () => {
  await using test = await openTestPool("gateway");
  using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxyUrl = `http://127.0.0.1:${proxy.addr.port}`;
  const adminHost = test.flags[0]?.replace("--admin-listen=", "") ?? "none";
  let seen = 0;
  const watching = (async () => {
    for await (const conn of proxy) {
      // Another test may still try a port that it had before.
      if ((await firstText(conn)).includes(adminHost)) seen++;
      conn.close();
    }
  })();
  const env = {
    HTTP_PROXY: proxyUrl,
    ALL_PROXY: proxyUrl,
    http_proxy: proxyUrl,
    NODE_USE_ENV_PROXY: "1",
  };
  const { code, stdout, stderr } = await runCodaze(
    ["accounts", ...test.flags],
    { env },
  );
  proxy.close();
  await watching.catch(() => {});
  assertEquals([code, stderr, seen], [0, "", 0]);
  assertMatch(stdout, /^a +cold/m);
});

async function firstText(conn: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(1024);
  const count = await conn.read(bytes).catch(() => 0) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count));
}

Deno.test("codaze accounts says who listens there if it is not Codaze", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  const address = `127.0.0.1:${server.addr.port}`;
  const { code, stderr } = await runCodaze(
    ["accounts", `--admin-listen=${address}`],
    { env: { HOME: "/nowhere" } },
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, `What listens on ${address} is not Codaze`);
});

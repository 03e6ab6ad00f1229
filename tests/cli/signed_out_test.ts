/** An account whose sign-in has ended, from the row to the way back. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { type Ended, runCodaze, startCodaze } from "../support/codaze.ts";
import {
  restartGateway,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { openTestPool, type TestPool, VIAS } from "./pool_support.ts";

function run(test: TestPool, ...words: readonly string[]): Promise<Ended> {
  return runCodaze([...words, ...test.flags]);
}

/** A sign-in that the server has ended, as the gateway's own run left it. */
async function endSignIn(test: TestPool, name: string): Promise<void> {
  await test.pool.refresh(name);
  test.account(name).revoke();
  const ended = await run(test, "accounts", "refresh", name);
  assertEquals(ended.code, 1, ended.stderr);
}

/** Of the account's person, as Codex would keep it. */
async function newSignIn(test: TestPool, name: string): Promise<string> {
  const tokens = test.account(name).signInTokens();
  const path = join(test.dir, "outside.txt");
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      refresh_token: tokens.refreshToken,
      access_token: tokens.accessToken,
    }),
  );
  return path;
}

async function refresh(test: TestGateway, name: string): Promise<void> {
  const answer = await test.admin(`/admin/accounts/${name}/refresh`, {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  await answer.text();
}

for (const via of VIAS) {
  Deno.test(`by the ${via}, an account that is signed out stays a row`, async () => {
    await using test = await openTestPool(via, ["a", "b"]);
    await endSignIn(test, "a");
    const { code, stdout, stderr } = await run(test, "accounts");
    assertEquals([code, stderr], [0, ""]);
    assertMatch(
      stdout,
      /^a .* signed out, \d+ [A-Z][a-z]{2}: codaze login +– +– +0 /m,
    );
    assertStringIncludes(stdout, "codaze accounts remove takes it off");
  });

  Deno.test(`by the ${via}, a new sign-in brings name and label back`, async () => {
    await using test = await openTestPool(via, ["a"]);
    await endSignIn(test, "a");
    const path = await newSignIn(test, "a");
    const ended = await run(test, "import", path);
    assertEquals(ended.code, 0, ended.stderr);
    assertStringIncludes(ended.stdout, "signed in again: a (a@example.test)");
    assertEquals(await test.files(), ["a.json"]);
    assertEquals((await test.read("a.json"))["label"], "a");
    const listed = await run(test, "accounts");
    assert(!listed.stdout.includes("signed out"), listed.stdout);
  });

  Deno.test(`by the ${via}, codaze accounts remove ends the row`, async () => {
    await using test = await openTestPool(via, ["a", "b"]);
    await endSignIn(test, "a");
    const removed = await run(test, "accounts", "remove", "a", "--yes");
    assertEquals(removed.code, 0, removed.stderr);
    assertEquals(await test.files("trash"), []);
    const { stdout } = await run(test, "accounts");
    assert(!stdout.includes("signed out"), stdout);
    const report = await run(test, "doctor");
    assert(!report.stdout.includes("signed out"), report.stdout);
  });

  Deno.test(`by the ${via}, a dead import leaves nothing behind`, async () => {
    await using test = await openTestPool(via, []);
    const path = join(test.dir, "dead.txt");
    await Deno.writeTextFile(path, "rt_sim_never_was");
    for (let round = 0; round < 3; round++) {
      const ended = await run(test, "import", path);
      assertEquals(ended.code, 1, ended.stdout);
      assertStringIncludes(ended.stderr, "its sign-in is dead");
    }
    assertEquals([await test.files(), await test.files("trash")], [[], []]);
    const report = await run(test, "doctor");
    assert(!report.stdout.includes("signed out"), report.stdout);
  });
}

Deno.test("the admin port lists an account that is signed out after a restart", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  await (await test.turn()).text();
  test.account("a").revoke();
  await refresh(test, "a");
  await using later = await restartGateway(test);
  for (const seen of [test, later]) {
    const view = (await seen.views())["a"];
    assertEquals(view?.["label"], "a");
    assertEquals(view?.["routing_state"], "auth_invalid");
    assertEquals(view?.["blocked_reason"], "auth_invalid");
    assertMatch(String(view?.["signed_out_at"]), /^20\d\d-\d\d-\d\dT.*Z$/);
    assertEquals((await seen.views())["b"]?.["signed_out_at"], null);
  }
  const turn = await later.turn();
  assertEquals([turn.status, (await turn.text()) !== ""], [200, true]);
});

Deno.test("a gateway that was restarted knows whose the new sign-in is", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  await (await test.turn()).text();
  test.account("a").revoke();
  await refresh(test, "a");
  await using later = await restartGateway(test);
  const { refreshToken, accessToken } = test.account("a").signInTokens();
  const answer = await later.admin("/admin/accounts/import", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      refresh_token: refreshToken,
      access_token: accessToken,
    }),
  });
  const { account, disposition } = await answer.json();
  assertEquals([account.id, account.label, disposition], [
    "a",
    "a",
    "signed_in",
  ]);
  assertEquals([account.routing_state, account.signed_out_at], ["ready", null]);
  assertEquals(Object.keys(await later.views()), ["a"]);
});

Deno.test("the start of a gateway names who is signed out", async () => {
  await using test = await openTestPool("folder", ["a"]);
  await endSignIn(test, "a");
  await using codaze = startCodaze([
    ...test.flags,
    "--listen=127.0.0.1:0",
    `--upstream=${test.simulator.upstream}`,
  ]);
  const line = await codaze.printed(/^.*warn {2}a is signed out .*$/m);
  assertMatch(line, / since \w+ \d+ \w+, \d\d:\d\d: .+; run codaze login/);
  await codaze.printed(/no account is signed in: run codaze login/);
});

/** Accounts are kept apart, and what mixes them up is noticed. */

import { assertEquals } from "@std/assert";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import captures from "../fixtures/captures/B4-refresh-answers.json" with {
  type: "json",
};
import {
  post,
  startWithAccount,
  turn,
  turnBody,
  userMessage,
} from "./support.ts";

Deno.test("a turn is counted for the account whose token it carries", async () => {
  await using simulator = await startSimulator();
  const alpha = simulator.addAccount({ name: "alpha" });
  const beta = simulator.addAccount({ name: "beta" });
  await turn(simulator, { account: beta, body: turnBody("hi") });
  assertEquals([alpha.turns, beta.turns], [0, 1]);
  assertEquals(simulator.requests[0]?.account, "beta");
  assertEquals(simulator.violations, []);
});

Deno.test("a fault meets its own account only", async () => {
  await using simulator = await startSimulator();
  const alpha = simulator.addAccount({ name: "alpha" });
  const beta = simulator.addAccount({ name: "beta" });
  alpha.fault({ kind: "end", after: 0 }, Infinity);
  const body = turnBody("hi");
  assertEquals(await turn(simulator, { account: alpha, body }), []);
  assertEquals(
    (await turn(simulator, { account: beta, body })).length > 0,
    true,
  );
  assertEquals(await turn(simulator, { account: alpha, body }), []);

  simulator.clearFaults();
  assertEquals(
    (await turn(simulator, { account: alpha, body })).length > 0,
    true,
  );
});

Deno.test("a blob made for one account is refused by another", async () => {
  await using simulator = await startSimulator();
  const alpha = simulator.addAccount({ name: "alpha" });
  const beta = simulator.addAccount({ name: "beta" });
  const events = await turn(simulator, {
    account: alpha,
    body: turnBody("", { input: [{ type: "compaction_trigger" }] }),
  });
  const made = JSON.stringify(events).match(/gAAAAA\w+/)?.[0];
  const body = turnBody("", {
    input: [{ type: "compaction", encrypted_content: made }, userMessage("hi")],
  });

  const refused = await post(simulator, { account: beta, body });
  assertEquals(refused.status, 400);
  const { error } = await refused.json();
  assertEquals(error.code, "invalid_encrypted_content");
  assertEquals(beta.turns, 0);

  const accepted = await post(simulator, { account: alpha, body });
  assertEquals(accepted.status, 200);
  await accepted.body?.cancel();
});

Deno.test("bound headers of another account are violations", async () => {
  await using simulator = await startSimulator();
  const alpha = simulator.addAccount({ name: "alpha" });
  const beta = simulator.addAccount({ name: "beta" });
  const body = turnBody("hi");
  const first = await post(simulator, { account: alpha, body });
  await first.body?.cancel();
  const turnState = first.headers.get("x-codex-turn-state") ?? "";
  const cookie = first.headers.getSetCookie().map((line) => line.split(";")[0]);
  const known = cookie.slice(0, 2).join("; ");
  const headers = { "x-codex-turn-state": turnState, cookie: known };

  await turn(simulator, { account: alpha, body, headers });
  assertEquals(simulator.violations, []);

  await turn(simulator, { account: beta, body, headers });
  assertEquals(simulator.violations, [
    'cookie "__cf_bm" belongs to another account, sent by "beta"',
    'cookie "_cfuvid" belongs to another account, sent by "beta"',
    'turn state of another account, sent by "beta"',
  ]);
});

Deno.test("a cookie that nobody should keep is a violation", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const first = await post(simulator, { account, body: turnBody("hi") });
  await first.body?.cancel();
  const [cookie = ""] = first.headers.getSetCookie().at(-1)?.split(";") ?? [];
  const headers = { cookie };
  await turn(simulator, { account, body: turnBody("hi"), headers });
  assertEquals(simulator.violations, [
    'cookie "other" is not one to send back, sent by "alpha"',
  ]);
});

Deno.test("a bearer token that is not ours is refused and noticed", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const response = await post(simulator, {
    account,
    body: turnBody("hi"),
    headers: { authorization: "Bearer nobody" },
  });
  assertEquals(response.status, 401);
  assertEquals(await response.json(), { detail: "Unauthorized" });
  assertEquals(simulator.violations.length, 1);
});

Deno.test("an expired access token is refused as captured", async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ now: () => now });
  const account = simulator.addAccount({ name: "a", tokenLifetimeMs: 5_000 });
  const headers = { authorization: `Bearer ${account.issueAccessToken()}` };
  const send = () =>
    post(simulator, { account, body: turnBody("hi"), headers });
  now += 4_999;
  const early = await send();
  await early.body?.cancel();
  now += 1;
  const late = await send();

  assertEquals([early.status, late.status], [200, 401]);
  assertEquals(await late.json(), captures["B4-ws-401-refresh"].body);
  assertEquals(simulator.violations, []);
});

Deno.test("expireAccessTokens() and revoke() refuse what was given out", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const headers = { authorization: `Bearer ${account.issueAccessToken()}` };
  const sent = { account, body: turnBody("hi"), headers };
  account.expireAccessTokens();
  const expired = await post(simulator, sent);
  assertEquals((await expired.json()).error.code, "token_expired");
  account.revoke();
  const revoked = await post(simulator, sent);
  assertEquals((await revoked.json()).error.code, "token_invalidated");
});

Deno.test("a token with another chatgpt-account-id is refused", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const send = (id: string) =>
    post(simulator, {
      account,
      body: turnBody("hi"),
      headers: { "chatgpt-account-id": id },
    });
  const right = await send(account.accountId);
  await right.body?.cancel();
  const wrong = await send("acct-other");
  await wrong.body?.cancel();
  assertEquals([right.status, wrong.status], [200, 403]);
  assertEquals(simulator.violations.length, 1);
});

Deno.test("a token carries the claims that the client reads", async () => {
  await using simulator = await startSimulator({ now: () => 2_000_000 });
  const account = simulator.addAccount({
    name: "alpha",
    plan: "pro",
    email: "a@example.test",
    accountId: "acct_123",
    userId: "user_1",
    fedramp: true,
  });
  const [, payload = ""] = account.issueAccessToken(10_000).split(".");
  const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
  const claims = JSON.parse(new TextDecoder().decode(bytes));
  assertEquals(claims.exp, 2_010);
  assertEquals(claims.email, "a@example.test");
  assertEquals(claims["https://api.openai.com/auth"], {
    chatgpt_account_id: "acct_123",
    chatgpt_plan_type: "pro",
    chatgpt_user_id: "user_1",
    chatgpt_account_is_fedramp: true,
  });
});

/** Rotation, reuse detection and the faults of the token endpoint. */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import {
  refreshAnswerLost,
  refreshForbidden,
  refreshRateLimited,
  refreshServerError,
  refreshWithoutRotation,
  undecodableAccessToken,
} from "../../lib/simulator/faults/token_faults.ts";
import captures from "../fixtures/captures/B4-refresh-answers.json" with {
  type: "json",
};
import { refresh, startWithAccount } from "./support.ts";

Deno.test("token rotates the refresh token at every use", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const first = account.currentRefreshToken();
  const response = await refresh(simulator, first);
  const tokens = await response.json();

  assertEquals(Object.keys(tokens), [
    "id_token",
    "access_token",
    "refresh_token",
  ]);
  assertNotEquals(tokens.refresh_token, first);
  assertEquals(tokens.refresh_token, account.currentRefreshToken());
  assertEquals(account.accessTokenState(tokens.access_token), "valid");
  assertEquals(account.accessTokenState(tokens.id_token), "unknown");
  assertEquals(account.refreshCount, 1);
  assertEquals(simulator.requests[0]?.account, "alpha");
});

Deno.test("token revokes the whole family when a token is reused", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const first = account.currentRefreshToken();
  await (await refresh(simulator, first)).body?.cancel();
  assertEquals(account.familyRevoked, false);

  const reused = await refresh(simulator, first);
  const captured = captures["B4c-ws-401-refresh-reused"];
  assertEquals(reused.status, captured.status);
  assertEquals(await reused.json(), captured.body);
  assertEquals(account.familyRevoked, true);
  assertEquals(simulator.violations, ['refresh token of "alpha" used twice']);

  const current = await refresh(simulator, account.currentRefreshToken());
  assertEquals(current.status, 401);
  assertEquals(await current.json(), captures["B4h-refresh-invalidated"].body);
});

Deno.test("token accepts a new sign-in after the family was revoked", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const old = account.currentRefreshToken();
  account.revoke();
  const response = await refresh(simulator, account.signIn());
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const late = await refresh(simulator, old);
  assertEquals((await late.json()).error.code, "refresh_token_invalidated");
  assertEquals(account.familyRevoked, false);
});

type Misuse = (account: SimulatedAccount) => string;

const MISUSES: ReadonlyArray<[keyof typeof captures, Misuse]> = [
  ["B4f-refresh-400-invalid_grant", () => "rt_nobody"],
  ["B4b-ws-401-refresh-fails-expired", (account) => {
    account.expireRefreshToken();
    return account.currentRefreshToken();
  }],
  ["B4h-refresh-invalidated", (account) => {
    account.revoke();
    return account.currentRefreshToken();
  }],
];

for (const [name, misuse] of MISUSES) {
  Deno.test(`token refuses as in ${name}`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    const response = await refresh(simulator, misuse(account));
    assertEquals(response.status, captures[name].status);
    assertEquals(await response.text(), JSON.stringify(captures[name].body));
    assertEquals(account.refreshCount, 0);
  });
}

const REFUSALS: ReadonlyArray<[keyof typeof captures, Fault]> = [
  ["B4e-refresh-500", refreshServerError()],
  ["B4k-refresh-403", refreshForbidden()],
  ["B4l-refresh-429", refreshRateLimited()],
];

for (const [name, fault] of REFUSALS) {
  Deno.test(`token fails as in ${name} and leaves the token good`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    account.faultAt("token", fault);
    const refreshToken = account.currentRefreshToken();
    const failed = await refresh(simulator, refreshToken);
    assertEquals(failed.status, captures[name].status);
    assertEquals(await failed.json(), captures[name].body);
    const again = await refresh(simulator, refreshToken);
    assertEquals(again.status, 200);
    await again.body?.cancel();
  });
}

Deno.test("token refuses another client and another grant", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const token = account.currentRefreshToken();
  for (const change of [{ client_id: "app_x" }, { grant_type: "password" }]) {
    const response = await refresh(simulator, token, change);
    await response.body?.cancel();
    assertEquals(response.status, 400);
  }
  assertEquals(account.currentRefreshToken(), token);
});

Deno.test("refreshAnswerLost() rotates and sends nothing", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const first = account.currentRefreshToken();
  account.fault(refreshAnswerLost());
  await assertRejects(() => refresh(simulator, first));
  assertNotEquals(account.currentRefreshToken(), first);
  assertEquals(account.familyRevoked, false);
  assertEquals(simulator.requests[0]?.finished, false);
});

Deno.test("refreshWithoutRotation() answers an access token only", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const first = account.currentRefreshToken();
  account.fault(refreshWithoutRotation());
  const response = await refresh(simulator, first);
  assertEquals(
    Object.keys(await response.json()),
    Object.keys(captures["B4g-refresh-access-token-only"].body),
  );
  assertEquals(account.currentRefreshToken(), first);
});

Deno.test("undecodableAccessToken() rotates all the same", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(undecodableAccessToken());
  const response = await refresh(simulator, account.currentRefreshToken());
  const tokens = await response.json();
  assertEquals(tokens.access_token.split(".").length, 1);
  assertEquals(tokens.refresh_token, account.currentRefreshToken());
});

Deno.test("revoke ends the sign-in, and no other", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const earlier = account.currentRefreshToken();
  account.signIn();
  const response = await fetch(`${simulator.issuer}/oauth/revoke`, {
    method: "POST",
    body: JSON.stringify({ token: account.currentRefreshToken() }),
  });
  assertEquals(await response.json(), {});
  assertEquals(account.familyRevoked, true);
  const other = await refresh(simulator, earlier);
  await other.body?.cancel();
  assertEquals(other.status, 200);
});

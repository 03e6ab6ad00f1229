/** From a code to the tokens of a new sign-in, and on to an API key (H2). */

import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import { challengeOf } from "../../lib/simulator/auth/pkce.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import {
  refreshAnswerLost,
  refreshRateLimited,
  refreshServerError,
  refreshWithoutRotation,
} from "../../lib/simulator/faults/token_faults.ts";
import {
  assertRefused,
  browser,
  captured,
  type Changes,
  exchange,
  newCode,
  sendForm,
} from "./login_support.ts";
import { authorization, refresh, shape, startWithAccount } from "./support.ts";

/** A simulator where "alpha" signs in whenever anyone is asked. */
async function startApproved() {
  const started = await startWithAccount();
  started.simulator.signIn.approveAs(started.account);
  return started;
}

Deno.test("challengeOf() agrees with the captured client", async () => {
  const verifier = new URLSearchParams(browser.grant.body).get("code_verifier");
  assertEquals(
    await challengeOf(verifier ?? ""),
    new URL(browser.authorize).searchParams.get("code_challenge"),
  );
});

Deno.test("challengeOf() agrees with RFC 7636, appendix B", async () => {
  assertEquals(
    await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
});

Deno.test("a code gives the tokens of a new sign-in", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  const before = account.currentRefreshToken();
  const response = await exchange(simulator, await newCode(simulator));
  const tokens = await response.json();

  assertEquals(response.status, browser.grant.answer.status);
  assertEquals(Object.keys(tokens), browser.granted);
  assertNotEquals(tokens.refresh_token, before);
  assertEquals(tokens.refresh_token, account.currentRefreshToken());
  assertEquals(account.accessTokenState(tokens.access_token), "valid");
  assertEquals(account.idTokenState(tokens.id_token), "valid");
  assertEquals(simulator.requests.map(({ account }) => account), [
    "alpha",
    "alpha",
  ]);
  assertEquals(simulator.violations, []);
});

Deno.test("tokens of a sign-in work beside those of an earlier one", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  const earlier = account.currentRefreshToken();
  const response = await exchange(simulator, await newCode(simulator));
  const { refresh_token } = await response.json();
  for (const token of [earlier, refresh_token]) {
    const refreshed = await refresh(simulator, token);
    await refreshed.body?.cancel();
    assertEquals(refreshed.status, 200);
  }
});

Deno.test("a code used twice ends the sign-in of its first use, and no other", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  const earlier = account.currentRefreshToken();
  const headers = authorization(account);
  const code = await newCode(simulator);
  const first = await (await exchange(simulator, code)).json();
  account.signIn();
  const refreshed = await (await refresh(simulator, first.refresh_token))
    .json();

  await assertRefused(await exchange(simulator, code), "invalid_grant");
  assertEquals(simulator.violations, [
    'authorization code of "alpha" used twice',
  ]);
  for (const token of [first.access_token, refreshed.access_token]) {
    assertEquals(account.accessTokenState(token), "revoked");
  }
  assertEquals(account.idTokenState(first.id_token), "revoked");
  const ended = await refresh(simulator, refreshed.refresh_token);
  assertEquals((await ended.json()).error.code, "refresh_token_invalidated");

  const other = await refresh(simulator, earlier);
  await other.body?.cancel();
  const usage = await fetch(`${simulator.origin}/backend-api/wham/usage`, {
    headers,
  });
  await usage.body?.cancel();
  assertEquals([other.status, usage.status], [200, 200]);
});

type Misuse = readonly [
  name: string,
  changes: Changes,
  error: string,
  violations: readonly string[],
];

const MISUSES: readonly Misuse[] = [
  ["a wrong verifier", { code_verifier: "a".repeat(43) }, "invalid_grant", [
    'authorization code of "alpha" presented with a wrong code_verifier',
  ]],
  [
    "another redirect_uri",
    { redirect_uri: "http://localhost:1455/auth/callback" },
    "invalid_grant",
    ['authorization code of "alpha" presented with another redirect_uri'],
  ],
  ["a code of nobody's", { code: "ac_nobody" }, "invalid_grant", [
    "authorization code that is not ours was presented",
  ]],
  ["another client", { client_id: "app_x" }, "invalid_client", [
    "a grant was asked for by another client",
  ]],
  ["another grant", { grant_type: "password" }, "unsupported_grant_type", []],
  ["no code", { code: undefined }, "invalid_request", []],
  ["no redirect_uri", { redirect_uri: undefined }, "invalid_request", []],
  ["no code_verifier", { code_verifier: "" }, "invalid_request", []],
];

for (const [name, changes, error, violations] of MISUSES) {
  Deno.test(`token refuses ${name} and leaves the code good`, async () => {
    await using started = await startApproved();
    const { simulator, account } = started;
    const before = account.currentRefreshToken();
    const code = await newCode(simulator);
    await assertRefused(await exchange(simulator, code, changes), error);
    assertEquals(simulator.violations, violations);
    assertEquals(account.currentRefreshToken(), before);

    const response = await exchange(simulator, code);
    await response.body?.cancel();
    assertEquals(response.status, 200);
  });
}

Deno.test("a code is good for ten minutes", async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ now: () => now });
  simulator.signIn.approveAs(simulator.addAccount({ name: "alpha" }));
  const [early, late] = [await newCode(simulator), await newCode(simulator)];
  now += 599_999;
  const response = await exchange(simulator, early);
  await response.body?.cancel();
  assertEquals(response.status, 200);
  now += 1;
  await assertRefused(await exchange(simulator, late), "invalid_grant");
  assertEquals(simulator.violations, []);
});

const REFUSALS: ReadonlyArray<[status: number, Fault]> = [
  [500, refreshServerError()],
  [429, refreshRateLimited()],
];

for (const [status, fault] of REFUSALS) {
  Deno.test(`token may answer a code with ${status} and leaves it good`, async () => {
    await using started = await startApproved();
    const { simulator } = started;
    const code = await newCode(simulator);
    simulator.signIn.fault("code", fault);
    const failed = await exchange(simulator, code);
    const again = await exchange(simulator, code);
    await failed.body?.cancel();
    await again.body?.cancel();
    assertEquals([failed.status, again.status], [status, 200]);
  });
}

Deno.test("refreshAnswerLost() spends the code and sends nothing", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  const before = account.currentRefreshToken();
  const code = await newCode(simulator);
  simulator.signIn.fault("code", refreshAnswerLost());
  await assertRejects(() => exchange(simulator, code));
  assertNotEquals(account.currentRefreshToken(), before);
  await assertRefused(await exchange(simulator, code), "invalid_grant");
});

Deno.test("refreshWithoutRotation() leaves the refresh token out", async () => {
  await using started = await startApproved();
  const { simulator } = started;
  const code = await newCode(simulator);
  simulator.signIn.fault("code", refreshWithoutRotation());
  const response = await exchange(simulator, code);
  assertEquals(
    Object.keys(await response.json()),
    browser.granted.filter((name) => name !== "refresh_token"),
  );
});

Deno.test("a fault of the code grant does not meet a refresh", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  simulator.signIn.fault("code", refreshServerError(), Infinity);
  const refreshed = await refresh(simulator, account.currentRefreshToken());
  await refreshed.body?.cancel();
  assertEquals(refreshed.status, 200);

  simulator.clearFaults();
  const response = await exchange(simulator, await newCode(simulator));
  await response.body?.cancel();
  assertEquals(response.status, 200);
});

async function idToken(
  { simulator }: Awaited<ReturnType<typeof startApproved>>,
): Promise<string> {
  const response = await exchange(simulator, await newCode(simulator));
  const { id_token } = await response.json();
  return id_token;
}

Deno.test("an id token gives an API key as captured", async () => {
  await using started = await startApproved();
  const { simulator } = started;
  const response = await sendForm(simulator, browser.exchange, {
    subject_token: await idToken(started),
  });
  const body = await response.json();
  assertEquals(response.status, browser.exchange.answer.status);
  assertEquals(shape(body), shape(captured(browser.exchange)));
  assertMatch(body.access_token, /^sk-sim-/);
  assertEquals(simulator.requests.at(-1)?.account, "alpha");
  assertEquals(simulator.violations, []);
});

Deno.test("an access token gives no API key", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  const changes = { subject_token: account.issueAccessToken() };
  await assertRefused(
    await sendForm(simulator, browser.exchange, changes),
    "invalid_grant",
  );
  assertEquals(simulator.violations, [
    "an id token that is not ours was presented",
  ]);
});

Deno.test("an id token that is too old gives no API key", async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ now: () => now });
  const account = simulator.addAccount({ name: "a", tokenLifetimeMs: 5_000 });
  const subject_token = account.signInTokens().idToken;
  now += 5_000;
  await assertRefused(
    await sendForm(simulator, browser.exchange, { subject_token }),
    "invalid_grant",
  );
  assertEquals(simulator.violations, []);
});

const WRONG_EXCHANGES: readonly Changes[] = [
  { requested_token: "other" },
  { subject_token_type: "urn:ietf:params:oauth:token-type:access_token" },
];

for (const changes of WRONG_EXCHANGES) {
  const [name = ""] = Object.keys(changes);
  Deno.test(`token refuses an exchange with another ${name}`, async () => {
    await using started = await startApproved();
    const { simulator } = started;
    const subject_token = await idToken(started);
    await assertRefused(
      await sendForm(simulator, browser.exchange, {
        subject_token,
        ...changes,
      }),
      "invalid_request",
    );
  });
}

Deno.test("the exchange can fail and leave the sign-in good", async () => {
  await using started = await startApproved();
  const { simulator, account } = started;
  const subject_token = await idToken(started);
  simulator.signIn.fault("api_key", refreshServerError());
  const failed = await sendForm(simulator, browser.exchange, { subject_token });
  await failed.body?.cancel();
  assertEquals(failed.status, 500);
  assertEquals(account.idTokenState(subject_token), "valid");
});

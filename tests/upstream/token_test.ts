/** Credentials and refreshes, over real sockets and the simulator. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { OutgoingRequest } from "../../lib/runtime.ts";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import * as tokenFaults from "../../lib/simulator/faults/token_faults.ts";
import { completed } from "../support/answers.ts";
import {
  startFillFirst,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { FakeClock } from "../support/clock.ts";
import { grants } from "../support/grants.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { system } from "../support/system.ts";

function gateway(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({ warm: false, ...options });
}

async function fileOf(test: TestGateway, name: string) {
  return JSON.parse(await Deno.readTextFile(join(test.dir, `${name}.json`)));
}

async function trashed(test: TestGateway, name: string) {
  return JSON.parse(
    await Deno.readTextFile(join(test.dir, "trash", `${name}.json`)),
  );
}

Deno.test("50 first turns on a cold account are one refresh", async () => {
  await using test = await gateway({ accounts: ["a"] });
  const turns = Array.from({ length: 50 }, () => test.turn());
  await Promise.all(turns.map(async (turn) => await completed(await turn)));
  assertEquals(grants(test), 1);
  assertEquals(test.account("a").refreshCount, 1);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

for (const [lifetimeMs, expected] of [[7000, 1], [20_000, 0]] as const) {
  Deno.test(`${expected} refreshes for a token with ${lifetimeMs} ms left`, async () => {
    await using test = await gateway({ accounts: ["a"] });
    const file = {
      refresh_token: test.account("a").currentRefreshToken(),
      access_token: test.account("a").issueAccessToken(lifetimeMs),
    };
    await Deno.writeTextFile(
      join(test.dir, "a.json"),
      JSON.stringify(file),
    );
    while (test.gateway.registry.get("a")?.credential === undefined) {
      await pause(20);
    }
    await completed(await test.turn());
    assertEquals(grants(test), expected);
    await assertQuiet(test);
  });
}

Deno.test("new tokens are on disk before upstream sees them", async () => {
  const onDisk: unknown[] = [];
  let dir = "";
  const fetch = (request: OutgoingRequest) => {
    const bearer = request.headers.find(([name]) => name === "authorization");
    if (bearer) {
      const text = Deno.readTextFileSync(join(dir, "a.json"));
      onDisk.push([bearer[1], JSON.parse(text)]);
    }
    return system.fetch(request);
  };
  await using test = await gateway({ accounts: ["a"], runtime: { fetch } });
  dir = test.dir;
  await completed(await test.turn());
  test.account("a").expireAccessTokens();
  await completed(await test.turn());
  assertEquals(grants(test), 2);
  // Cold, rejected, renewed: the third carries what the second refresh gave.
  assertEquals(onDisk.length, 3);
  for (
    const [index, [bearer, file]]
      of (onDisk as [string, Record<string, unknown>][]).entries()
  ) {
    assertEquals(`Bearer ${file["access_token"]}`, bearer, `send ${index}`);
  }
  assertEquals(
    (await fileOf(test, "a"))["refresh_token"],
    test.account("a").currentRefreshToken(),
  );
  await assertQuiet(test);
});

Deno.test("a late 401 for an old token costs nobody a newer one", async () => {
  const late = Promise.withResolvers<void>();
  let turns = 0;
  const fetch = async (request: OutgoingRequest) => {
    const held = request.url.pathname.endsWith("/responses") && turns++ === 0;
    const response = await system.fetch(request);
    // The first 401 arrives when the second turn has long been refreshed.
    if (held) await late.promise;
    return response;
  };
  await using test = await gateway({
    accounts: ["a"],
    warm: true,
    runtime: { fetch },
  });
  test.account("a").expireAccessTokens();
  const first = test.turn();
  await test.simulator.waitFor((requests) => requests.length === 1);
  await completed(await test.turn());
  assertEquals(grants(test), 1);
  late.resolve();
  await completed(await first);
  assertEquals(grants(test), 1);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

/** What the token endpoint says when the account may yet be good. */
const FOR_NOW: ReadonlyArray<[what: string, fault: Fault, seconds: number]> = [
  ["500", tokenFaults.refreshServerError(), 1],
  ["403", tokenFaults.refreshForbidden(), 1],
  ["429", tokenFaults.refreshRateLimited(), 1],
  [
    "429 with retry-after",
    refusals.refusal(429, {}, [["retry-after", "9"]]),
    9,
  ],
  [
    "400 of another kind",
    refusals.refusal(400, { error: "invalid_scope" }),
    1,
  ],
  [
    "200 that is a page",
    refusals.refusal(200, "<html>", [["content-type", "text/html"]]),
    1,
  ],
  ["200 with nothing in it", refusals.refusal(200, {}), 1],
  [
    "401 that is a page",
    refusals.refusal(401, "<html>", [["content-type", "text/html"]]),
    1,
  ],
  ["lost", tokenFaults.refreshAnswerLost(), 1],
  ["reset", { kind: "reset" }, 1],
];

for (const [what, fault, seconds] of FOR_NOW) {
  Deno.test(`refresh answer ${what}: cools down, the next account serves`, async () => {
    // The gateway's clock stands still: a slow machine must not end a cooldown.
    const before = Date.now();
    await using test = await gateway({
      runtime: new FakeClock({ now: before }).read,
    });
    test.account("a").faultAt("token", fault);
    await completed(await test.turn());
    await assertQuiet(test);
    assertEquals(
      test.simulator.requests.map(({ account }) => account),
      ["a", "b", "b"],
    );
    const { a, b } = await test.views();
    assertEquals(a?.["blocked_reason"], "temporarily_unavailable");
    const off = Date.parse(String(a?.["blocked_until"])) - before -
      seconds * 1000;
    // Shown in whole seconds.
    assert(off > -1000 && off <= 0, `off by ${off} ms`);
    assertEquals(b?.["last_error"], null);
    assert(await Deno.stat(join(test.dir, "a.json")));
  });
}

const DEAD: ReadonlyArray<
  [what: string, fault: Fault | "revoke" | "expire" | "reuse", word: string]
> = [
  ["reused", "reuse", "refresh_token_reused"],
  ["expired", "expire", "refresh_token_expired"],
  ["invalidated", "revoke", "refresh_token_invalidated"],
  [
    "invalid_grant",
    refusals.refusal(400, { error: "invalid_grant" }),
    "invalid_grant",
  ],
  [
    "app_session_terminated",
    refusals.refusal(400, {
      error: { code: "app_session_terminated", message: "over" },
    }),
    "app_session_terminated",
  ],
  [
    "a 401 of another kind",
    refusals.refusal(401, { error: { code: "odd" } }),
    "401 odd",
  ],
];

for (const [what, how, word] of DEAD) {
  Deno.test(`refresh token ${what}: auth_invalid, trash, next account`, async () => {
    await using test = await gateway();
    const account = test.account("a");
    const refreshToken = account.currentRefreshToken();
    if (how === "revoke") account.revoke();
    else if (how === "expire") account.expireRefreshToken();
    else if (how === "reuse") account.refresh(refreshToken);
    else account.faultAt("token", how);
    await completed(await test.turn());
    await idleButViolations(test);

    const { a, b } = await test.views();
    assertEquals(a?.["routing_state"], "auth_invalid");
    assertStringIncludes(String(a?.["last_error"]), word);
    assertEquals(b?.["last_error"], null);
    const file = await trashed(test, "a");
    assertEquals(file["refresh_token"], refreshToken);
    assertStringIncludes(file["codaze_reason"], word);
    // Tried once: a dead token is not asked for again.
    await completed(await test.turn());
    assertEquals(account.takeFault("token"), undefined);
    assertEquals(
      test.simulator.requests.filter(({ account, target }) =>
        account === "a" && target === "/oauth/token"
      ).length,
      1,
    );
  });
}

for (const status of [400, 403]) {
  Deno.test(`a token that a ${status} quotes back shows nowhere`, async () => {
    const secret = "odd+token/of=no:known~shape.1234567890";
    // Takes everything for a token request: there is no access token to use.
    const fetch = (request: OutgoingRequest) => {
      const sent = JSON.parse(new TextDecoder().decode(request.body));
      assertEquals(sent.refresh_token, secret);
      return Promise.resolve(Response.json({
        error: "invalid_" + (status === 400 ? "grant" : "else"),
        error_description: `${secret} is no token`,
      }, { status }));
    };
    await using test = await gateway({ accounts: [], runtime: { fetch } });
    await Deno.writeTextFile(
      join(test.dir, "z.json"),
      JSON.stringify({ refresh_token: secret }),
    );
    while (test.gateway.registry.accounts().length === 0) await pause(20);
    const response = await test.turn();
    assert(!(await response.text()).includes(secret));
    const { z } = await test.views();
    assertStringIncludes(String(z?.["last_error"]), "is no token");
    assert(!String(z?.["last_error"]).includes(secret));
    assert(!JSON.stringify(test.log).includes(secret), "in the log");
    if (status === 400) {
      const reason = (await trashed(test, "z"))["codaze_reason"];
      assert(!reason.includes(secret), "in the reason");
    }
  });
}

Deno.test("a newer token in the file is adopted instead of a funeral", async () => {
  await using test = await gateway({ accounts: ["a"] });
  const account = test.account("a");
  // As another process would: it refreshes, and writes a moment later.
  const stale = account.currentRefreshToken();
  account.expireRefreshToken();
  const fresh = account.signIn();
  assert(fresh !== stale);
  const path = join(test.dir, "a.json");
  await Deno.writeTextFile(
    path,
    JSON.stringify({ refresh_token: fresh, label: "a" }),
  );
  await completed(await test.turn());
  assertEquals((await test.views())["a"]?.["routing_state"], "ready");
  assertEquals(
    (await fileOf(test, "a"))["refresh_token"],
    account.currentRefreshToken(),
  );
  await assertQuiet(test);
});

Deno.test("an access token that cannot be read still saves the rotation", async () => {
  await using test = await gateway();
  const account = test.account("a");
  account.fault(tokenFaults.undecodableAccessToken());
  await completed(await test.turn());
  assertEquals(account.refreshCount, 1);
  assertEquals(
    (await fileOf(test, "a"))["refresh_token"],
    account.currentRefreshToken(),
  );
  assertEquals(
    (await test.views())["a"]?.["blocked_reason"],
    "temporarily_unavailable",
  );
  assertEquals(test.gateway.registry.wake("a"), "woken");
  await completed(await test.turn());
  assertEquals(account.refreshCount, 2);
  await assertQuiet(test);
});

Deno.test("a refresh without rotation keeps the refresh token", async () => {
  await using test = await gateway({ accounts: ["a"] });
  const before = test.account("a").currentRefreshToken();
  test.account("a").fault(tokenFaults.refreshWithoutRotation());
  await completed(await test.turn());
  assertEquals((await fileOf(test, "a"))["refresh_token"], before);
  assertEquals(test.account("a").currentRefreshToken(), before);
  await assertQuiet(test);
});

/** Violations are the point of these tests; all else must be quiet. */
async function idleButViolations(test: TestGateway): Promise<void> {
  const views = Object.values(await test.views());
  for (const view of views) assertEquals(view["in_flight_requests"], 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The real Codex and a gateway share one `auth.json`: no refresh token is
 * spent twice, and each takes over what the other has got.
 *
 * `CODAZE_SHARED` is the number of expiries in all; a note tells what came of
 * them.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Load, until } from "../support/load.ts";
import { SharedHome } from "./support/shared_home.ts";

const EXPIRIES = Number(Deno.env.get("CODAZE_SHARED") ?? 12);
/** Each of the four ways to expire gets its part. */
const PART = Math.ceil(EXPIRIES / 4);

function load({ base }: SharedHome): Load {
  return new Load({ base, callers: 2, pauseMs: 20 });
}

async function assertServed(
  shared: SharedHome,
  text: string,
): Promise<void> {
  const { code, stdout, stderr } = await shared.exec(text);
  assertEquals([code, stdout], [0, `${text}\n`], stderr);
}

/** Nobody lost anything, and the file was fit for Codex all the time. */
async function assertUnharmed(
  shared: SharedHome,
  loads: readonly Load[],
): Promise<void> {
  const { account, test, guard } = shared;
  for (const { failures, completed } of loads) {
    assertEquals([...new Set(failures)], []);
    assert(completed > 0);
  }
  assertEquals(test.simulator.violations, []);
  assert(!account.familyRevoked);
  const current = account.currentRefreshToken();
  assertEquals(await shared.refreshTokenInFile(), current);
  assertEquals([...guard.faults], []);
  const status = await shared.loginStatus();
  assertEquals(status.code, 0);
  assertStringIncludes(
    `${status.stdout}${status.stderr}`,
    "Logged in using ChatGPT",
  );
}

interface Note {
  readonly way: string;
  readonly expiries: number;
  readonly shared: SharedHome;
  readonly loads: readonly Load[];
}

function note({ way, expiries, shared, loads }: Note): void {
  const { byCodex, byGateway } = shared.grantsSince(0);
  const turns = loads.reduce((sum, { completed }) => sum + completed, 0);
  const { looks, versions } = shared.guard;
  // deno-lint-ignore no-console
  console.log(
    `${way}: ${expiries} expiries, refreshed by Codex ${byCodex}, by the ` +
      `gateway ${byGateway}, used twice ${shared.test.simulator.violations.length}, ` +
      `${turns} other turns, ${versions.size} files in ${looks} looks`,
  );
}

Deno.test("Codex finds what the gateway has refreshed, and refreshes nothing", async () => {
  await using shared = await SharedHome.signedIn();
  const { account } = shared;
  await using turns = load(shared);
  for (let n = 1; n <= PART; n++) {
    account.expireAccessTokens();
    await until(() => account.refreshCount === n, "the gateway refreshes");
    await shared.gatewayHasCurrent();
    await assertServed(shared, `turn ${n}`);
  }
  await turns.stop();
  const grants = shared.grantsSince(0);
  assertEquals(grants, { byCodex: 0, byGateway: PART });
  await assertUnharmed(shared, [turns]);
  note({ way: "gateway first", expiries: PART, shared, loads: [turns] });
});

Deno.test("the gateway adopts what Codex has refreshed at its start", async () => {
  await using shared = await SharedHome.signedIn();
  const { account } = shared;
  const loads: Load[] = [];
  for (let n = 1; n <= PART; n++) {
    account.expireAccessTokens();
    await shared.expireOnDisk();
    await assertServed(shared, `turn ${n}`);
    await using turns = load(shared);
    loads.push(turns);
    await shared.gatewayHasCurrent();
    await turns.openTurns();
  }
  const grants = shared.grantsSince(0);
  assertEquals(grants, { byCodex: PART, byGateway: 0 });
  await assertUnharmed(shared, loads);
  note({ way: "Codex first", expiries: PART, shared, loads });
});

Deno.test("tokens that are rejected while Codex runs are refreshed by the gateway", async () => {
  await using shared = await SharedHome.signedIn();
  const { account } = shared;
  await using turns = load(shared);
  let expiries = 0;
  while (expiries < PART) {
    const turn = assertServed(shared, `turn ${expiries}`);
    let isOver = false;
    turn.finally(() => isOver = true).catch(() => {});
    while (!isOver) {
      account.expireAccessTokens();
      expiries++;
      await until(() => account.refreshCount === expiries, "a refresh");
      await shared.gatewayHasCurrent();
      await turns.openTurns();
      // No turn of Codex meets two expiries.
      const { completed } = turns;
      await until(() => turns.completed >= completed + 10, "some turns");
    }
    await turn;
  }
  await turns.stop();
  const grants = shared.grantsSince(0);
  assertEquals(grants, { byCodex: 0, byGateway: expiries });
  await assertUnharmed(shared, [turns]);
  note({ way: "rejected under way", expiries, shared, loads: [turns] });
});

Deno.test("tokens that grow old while Codex starts are refreshed by the gateway", async () => {
  // Each new token is an hour old but for six minutes and a second, so that
  // every second one comes to the point where the gateway replaces it.
  let skewMs = 0;
  const aged = () => Date.now() + skewMs;
  await using shared = await SharedHome.signedIn(aged);
  const { account } = shared;
  skewMs = -(54 * 60_000 - 1000);
  account.expireAccessTokens();
  await using turns = load(shared);
  let runs = 0;
  while (account.refreshCount < PART) {
    await assertServed(shared, `turn ${++runs}`);
  }
  await turns.stop();
  const { byCodex } = shared.grantsSince(0);
  assertEquals(byCodex, 0);
  await assertUnharmed(shared, [turns]);
  const expiries = account.refreshCount;
  note({ way: "grown old", expiries, shared, loads: [turns] });
});

Deno.test("after a sign-out of Codex the gateway goes on without, and sends nothing", async () => {
  await using shared = await SharedHome.signedIn();
  const { account, test } = shared;
  const { simulator } = test;
  shared.guard.mayBeGone = true;
  const { code } = await shared.logout();
  assertEquals(code, 0);
  assert(simulator.requests.some(({ target }) => target === "/oauth/revoke"));
  await using turns = load(shared);
  await until(() => shared.held === undefined, "the account is gone");
  await until(() => turns.completed > 5, "turns are served");
  assertEquals(shared.grantsSince(0), { byCodex: 0, byGateway: 0 });

  const signedIn = account.signIn();
  await shared.write(signedIn, account.issueAccessToken());
  await shared.gatewayHasCurrent();
  await assertServed(shared, "back again");
  await turns.stop();
  await assertUnharmed(shared, [turns]);
});

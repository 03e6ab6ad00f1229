/**
 * Gateways as processes of their own on one folder: under load, and when the
 * one that holds a token's lock dies or hangs in the middle of a refresh.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { neverAnswers } from "../../lib/simulator/faults/faults.ts";
import { flagsFor, publicBase, turnAt } from "../support/killable.ts";
import { type Codaze, startCodaze } from "../support/codaze.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { grants } from "../support/grants.ts";
import { Load, until } from "../support/load.ts";
import { sideFiles, tokenIn } from "../support/one_login.ts";
import { after } from "../support/system.ts";

/** Of three accounts each; every one is met by both gateways. */
const ROUNDS = 34;

const IS_WINDOWS = Deno.build.os === "windows";

function startChild(test: TestGateway, ...flags: string[]): Codaze {
  return startCodaze([...flagsFor(test.simulator, test.dir), ...flags]);
}

/** Whether turns of both loads have shown a token that is still good. */
function bothServe(
  { simulator }: TestGateway,
  account: SimulatedAccount,
  from: number,
): boolean {
  const served = simulator.requests.slice(from).filter(({ headers }) => {
    const bearer = new Map(headers).get("authorization") ?? "";
    return account.accessTokenState(bearer.slice("Bearer ".length)) === "valid";
  }).map((request) => JSON.stringify(request.json()));
  return ["one", "two"].every((prompt) =>
    served.some((body) => body?.includes(`say: ${prompt}`))
  );
}

Deno.test("two processes on one folder refresh each expired token once", async () => {
  // Its own gateway is idle; it only makes the files.
  await using test = await startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
  });
  await using one = startChild(test, "--routing-policy=round_robin");
  await using two = startChild(test, "--routing-policy=round_robin");
  const bases = await Promise.all([one, two].map(publicBase));
  const load = (i: number, prompt: string) =>
    new Load({ base: bases[i] ?? "", callers: 2, prompt, pauseMs: 5 });
  await using first = load(0, "one");
  await using second = load(1, "two");
  const loads = [first, second];
  const { accounts } = test.simulator;
  for (let round = 1; round <= ROUNDS; round++) {
    const from = test.simulator.requests.length;
    for (const account of accounts) account.expireAccessTokens();
    for (const account of accounts) {
      await until(
        () => bothServe(test, account, from),
        `expiry ${round} of ${account.name} is over`,
      );
      assertEquals(account.refreshCount, round);
    }
    // No turn meets two expiries.
    for (const load of loads) await load.openTurns();
  }
  for (const load of loads) await load.stop();

  for (const load of loads) assertEquals(load.failures, []);
  for (const account of accounts) {
    assert(!account.familyRevoked);
    const current = account.currentRefreshToken();
    assertEquals(await tokenIn(test.dir, account.name), current);
  }
  assertEquals(test.simulator.violations, []);
  assertEquals(await sideFiles(test.dir), []);
  for (const child of [one, two]) {
    child.kill("SIGTERM");
    const { code, stderr } = await child.ended;
    assertEquals(code, 0);
    assertEquals(stderr.match(/^.* (warn|error) .*$/gm), null);
  }
});

Deno.test("who waits for a refresh takes over when the other is killed", async () => {
  await using test = await startTestGateway({ accounts: ["a"] });
  const account = test.account("a");
  await using child = startChild(test);
  const base = await publicBase(child);
  account.faultAt("token", neverAnswers());
  const lost = turnAt(base);
  await test.simulator.waitFor(() => grants(test) === 1);
  const turn = test.turn();
  await until(
    () => test.gateway.registry.get("a")?.refreshInFlight === true,
    "the other waits",
  );
  child.kill("SIGKILL");
  const response = await turn;
  assertEquals(response.status, 200);
  assertStringIncludes(await response.text(), "response.completed");
  assert(!await lost);
  assertEquals([grants(test), account.refreshCount], [2, 1]);
  assertEquals(test.simulator.violations, []);
  assertEquals(await sideFiles(test.dir), []);
  const told = test.log.find(({ level }) => level === "warn");
  assertEquals(told?.fields["account"], "a");
  assertStringIncludes(told?.message ?? "", "refresh was interrupted");
});

Deno.test({
  name: "who waits for a refresh that hangs gives up, and the turn fails over",
  ignore: IS_WINDOWS,
  async fn() {
    await using test = await startTestGateway({
      accounts: ["a", "b"],
      flags: ["--routing-policy=fill_first"],
      // The 45 s for which a lock is waited for pass in less than one.
      runtime: { after: (ms, task) => after(ms === 50 ? 0 : ms, task) },
    });
    const account = test.account("a");
    await using child = startChild(test, "--routing-policy=fill_first");
    const base = await publicBase(child);
    account.faultAt("token", neverAnswers());
    const hung = turnAt(base);
    await test.simulator.waitFor(() => grants(test) === 1);
    child.kill("SIGSTOP");

    const response = await test.turn();
    assertEquals(response.status, 200);
    await response.text();
    assertEquals(account.refreshCount, 0);
    const { a, b } = await test.views();
    assertStringIncludes(String(a?.["last_error"]), "another process");
    assertEquals(b?.["last_error"], null);

    child.kill("SIGCONT");
    child.kill("SIGKILL");
    await hung;
    test.gateway.registry.wake("a");
    const turn = await test.turn();
    assertEquals(turn.status, 200);
    await turn.text();
    assertEquals(account.refreshCount, 1);
    assertEquals(test.simulator.violations, []);
  },
});

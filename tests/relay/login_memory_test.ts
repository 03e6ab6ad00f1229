/** What is remembered of a login, when files change their contents and names. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import { refusal } from "../../lib/simulator/faults/refusals.ts";
import { Caller, idOf, said } from "../support/caller.ts";
import {
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";

function gateway(options: TestOptions = {}): Promise<TestGateway> {
  return startTestGateway({ accounts: ["a"], warm: true, ...options });
}

/** A turn of one session; what it gives back is its turn state. */
async function turn(
  test: TestGateway,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const response = await test.turn({}, {
    headers: { "session-id": "one", ...headers },
  });
  assertStringIncludes(await response.text(), "response.completed");
  return response.headers.get("x-codex-turn-state") ?? "";
}

/** Puts the login of another person into a file, as its only contents. */
async function replaceLogin(
  test: TestGateway,
  name: string,
  login: SimulatedAccount,
): Promise<void> {
  const refreshToken = login.currentRefreshToken();
  await Deno.writeTextFile(
    join(test.dir, name),
    JSON.stringify({
      refresh_token: refreshToken,
      access_token: login.issueAccessToken(),
    }),
  );
  await until(
    test,
    (accounts) => accounts.some((one) => one.refreshToken === refreshToken),
  );
}

async function until(
  { gateway }: TestGateway,
  holds: (
    accounts: ReturnType<TestGateway["gateway"]["registry"]["accounts"]>,
  ) => boolean,
): Promise<void> {
  for (let left = 1000; !holds(gateway.registry.accounts()); left--) {
    assert(left > 0, "the gateway has not seen the change");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Who was asked, with which cookies and which turn state. */
function sent(test: TestGateway) {
  return test.simulator.requests
    .filter(({ target }) => target.endsWith("/responses"))
    .map(({ account, headers }) => {
      const value = (name: string) =>
        headers.find(([one]) => one.toLowerCase() === name)?.[1];
      const key = account && test.account(account).ownerKey;
      return [
        account,
        value("cookie")?.replaceAll(key ?? "", "OWN"),
        value("x-codex-turn-state")?.replaceAll(key ?? "", "OWN"),
      ];
    });
}

/** The second turn goes to `a` with the cookie and the state of its first. */
async function assertRemembered(
  test: TestGateway,
  state: string,
): Promise<void> {
  await turn(test, { "x-codex-turn-state": state });
  const [, [account, cookie, again] = []] = sent(test);
  assertEquals(account, "a");
  assertStringIncludes(String(cookie), "__cf_bm=bm_OWN_");
  assertStringIncludes(String(again), "ts_OWN_");
  await assertQuiet(test);
}

Deno.test("nothing of a login goes out with another's in the same file", async () => {
  await using test = await gateway();
  const other = test.simulator.addAccount({ name: "other" });
  const state = await turn(test);
  await replaceLogin(test, "a.json", other);
  await turn(test, { "x-codex-turn-state": state });
  await turn(test);
  assertEquals(sent(test), [
    ["a", undefined, undefined],
    ["other", undefined, undefined],
    ["other", sent(test)[2]?.[1], undefined],
  ]);
  assertStringIncludes(String(sent(test)[2]?.[1]), "__cf_bm=bm_OWN_");
  await assertQuiet(test);
});

Deno.test("nothing of a login goes out with one that got its file's name", async () => {
  await using test = await gateway({
    accounts: ["a", "b"],
    flags: ["--routing-policy=fill_first"],
  });
  const state = await turn(test);
  await Deno.rename(join(test.dir, "b.json"), join(test.dir, "a.json"));
  await until(test, (accounts) => accounts.map(({ id }) => id).join() === "a");
  await turn(test, { "x-codex-turn-state": state });
  assertEquals(sent(test), [
    ["a", undefined, undefined],
    ["b", undefined, undefined],
  ]);
  await assertQuiet(test);
});

Deno.test("what is known of a login stays with it when its file is renamed", async () => {
  await using test = await gateway();
  const state = await turn(test);
  await Deno.rename(join(test.dir, "a.json"), join(test.dir, "z.json"));
  await until(test, (accounts) => accounts.map(({ id }) => id).join() === "z");
  await assertRemembered(test, state);
});

Deno.test("what is known of a person stays through a new sign-in", async () => {
  await using test = await gateway();
  const state = await turn(test);
  test.account("a").signIn();
  await replaceLogin(test, "a.json", test.account("a"));
  await assertRemembered(test, state);
});

Deno.test("a session forgets its account when another person takes the file", async () => {
  await using test = await gateway({
    accounts: ["a", "b"],
    flags: ["--routing-policy=fill_first"],
  });
  const other = test.simulator.addAccount({ name: "other" });
  await turn(test);
  await replaceLogin(test, "a.json", other);
  // Whoever chooses freely now takes the other of the two.
  test.gateway.registry.policy = "least_in_flight";
  await turn(test);
  assertEquals(sent(test).map(([account]) => account), ["a", "b"]);
  await assertQuiet(test);
});

Deno.test("a connection of a login serves nobody who took its file", async () => {
  await using test = await gateway({ websockets: true });
  const other = test.simulator.addAccount({ name: "other" });
  using caller = await Caller.open(test);
  const first = await caller.turn();
  assertEquals(said(first), "hello");
  await replaceLogin(test, "a.json", other);
  const [event] = await caller.turn({ previous_response_id: idOf(first) });
  assertEquals(
    [
      event?.type,
      JSON.stringify(event).includes("previous_response_not_found"),
    ],
    ["error", true],
  );
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "other",
  ]);
  await assertQuiet(test);
});

const PLAIN = refusal(400, { detail: "not now" });

/** What the third of three turns brings back of `lines`, set by the first. */
async function broughtBack(
  lines: readonly string[],
  second: Fault,
): Promise<unknown> {
  await using test = await gateway();
  const key = test.account("a").ownerKey;
  test.account("a").fault(refusal(
    400,
    { detail: "not now" },
    lines.map((line) => ["set-cookie", line.replace("OWN", `bm_${key}_1`)]),
  ));
  test.account("a").fault(second);
  for (let n = 0; n < 2; n++) await (await test.turn()).body?.cancel();
  const before = sent(test).length;
  await turn(test);
  await assertQuiet(test);
  return sent(test)[before]?.[1];
}

Deno.test("a cookie goes back until upstream deletes it", async () => {
  const kept = "__cf_bm=OWN; path=/";
  const deletion = (line: string) =>
    refusal(400, { detail: "gone" }, [["set-cookie", line]]);
  assertEquals(await broughtBack([kept], PLAIN), "__cf_bm=bm_OWN_1");
  for (
    const line of [
      "__cf_bm=; Max-Age=0; path=/",
      "__cf_bm=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ]
  ) {
    assertEquals(await broughtBack([kept], deletion(line)), undefined);
  }
});

Deno.test("a cookie of 20 kB never goes back", async () => {
  const line = `__cf_bm=OWN${"x".repeat(20_000)}`;
  assertEquals(await broughtBack([line], PLAIN), undefined);
});

for (const status of [400, 431]) {
  Deno.test(`a page with ${status} costs a login its cookies`, async () => {
    const page = refusal(status, "<html><h1>Bad Request</h1></html>");
    await using test = await gateway();
    test.account("a").fault(refusal(400, { detail: "not now" }, [
      ["set-cookie", `__cf_bm=bm_${test.account("a").ownerKey}_1`],
    ]));
    await (await test.turn()).body?.cancel();
    test.account("a").fault(page);
    const before = sent(test).length;
    // Asked again at once, without what the edge may have taken amiss.
    await turn(test);
    await assertQuiet(test);
    const [refused, again, ...others] = sent(test).slice(before);
    assertEquals([refused?.[1], again?.[1], others], [
      "__cf_bm=bm_OWN_1",
      undefined,
      [],
    ]);
    await assertNobodyBlamed(test);
  });
}

/** Signing in by browser, up to the code at the callback (H2). */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { authorize, browser, type Changes, newCode } from "./login_support.ts";
import { onlyRequest, startWithAccount } from "./support.ts";

const STATE = new URL(browser.authorize).searchParams.get("state");

Deno.test("authorize sends the captured request back to its callback", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  const { response, location } = await authorize(simulator);

  assertEquals([response.status, await response.text()], [302, ""]);
  const { pathname, searchParams } = new URL(
    browser.callback,
    "http://127.0.0.1:1455",
  );
  assertEquals(location?.origin, "http://127.0.0.1:1455");
  assertEquals(location?.pathname, pathname);
  assertEquals([...location?.searchParams.keys() ?? []], [
    ...searchParams.keys(),
  ]);
  assertEquals(location?.searchParams.get("state"), STATE);
  assertMatch(location?.searchParams.get("code") ?? "", /^ac_sim_\w+$/);
  assertEquals(onlyRequest(simulator).account, "alpha");
  assertEquals(simulator.violations, []);
});

Deno.test("authorize gives another code each time", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  const codes = [await newCode(simulator), await newCode(simulator)];
  assertNotEquals(codes[0], codes[1]);
});

Deno.test("authorize tells the callback that the person said no", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  simulator.signIn.deny("not today & not tomorrow");
  const { response, location } = await authorize(simulator);
  await response.body?.cancel();
  assertEquals(response.status, 302);
  assertEquals([...location?.searchParams ?? []], [
    ["error", "access_denied"],
    ["error_description", "not today & not tomorrow"],
    ["state", STATE],
  ]);
  assertEquals(simulator.violations, []);
});

Deno.test("authorize shows a page while nobody has decided", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  simulator.signIn.hesitate();
  const { response } = await authorize(simulator);
  assertEquals(response.status, 200);
  assertMatch(await response.text(), /Nobody has decided yet/);
  assertEquals(simulator.violations, []);
});

const WRONG: readonly Changes[] = [
  { response_type: "token" },
  { client_id: "app_x" },
  { redirect_uri: "http://127.0.0.1:1456/auth/callback" },
  { redirect_uri: "http://127.0.0.1:1455/callback" },
  { redirect_uri: "https://127.0.0.1:1455/auth/callback" },
  { redirect_uri: "http://example.test:1455/auth/callback" },
  { redirect_uri: "http://127.0.0.1:1455/auth/callback?a=1" },
  { redirect_uri: "http://127.0.0.1:01455/auth/callback" },
  { redirect_uri: "http://127.0.0.1/auth/callback" },
  { code_challenge: "a".repeat(42) },
  { code_challenge: "a".repeat(44) },
  { code_challenge: "a".repeat(42) + "=" },
  { code_challenge_method: "plain" },
  { state: "" },
  { scope: "openid profile email" },
  { scope: "offline_access_not" },
];

const ABSENT: readonly Changes[] = [
  "response_type",
  "client_id",
  "redirect_uri",
  "code_challenge",
  "code_challenge_method",
  "state",
  "scope",
].map((name) => ({ [name]: undefined }));

for (const changes of [...WRONG, ...ABSENT]) {
  const [[name = "", value] = []] = Object.entries(changes);
  Deno.test(`authorize refuses ${name} ${JSON.stringify(value) ?? "absent"}`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    simulator.signIn.approveAs(account);
    const { response, location } = await authorize(simulator, changes);
    assertEquals([response.status, location], [400, undefined]);
    assertMatch(await response.text(), new RegExp(`wrong: ${name}<`));
    assertEquals(simulator.violations, [
      `authorize request with wrong ${name}`,
    ]);
  });
}

Deno.test("authorize refuses a parameter that comes twice", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  const { pathname, search } = new URL(browser.authorize);
  const response = await fetch(
    `${simulator.issuer}${pathname}${search}&state=other`,
    { redirect: "manual" },
  );
  await response.body?.cancel();
  assertEquals(response.status, 400);
  assertEquals(simulator.violations, ["authorize request with wrong state"]);
});

Deno.test("authorize accepts the callback's other name and port", async () => {
  await using simulator = await startSimulator();
  simulator.signIn.approveAs(simulator.addAccount({ name: "alpha" }));
  const redirect_uri = "http://localhost:1457/auth/callback";
  const { response, location } = await authorize(simulator, { redirect_uri });
  await response.body?.cancel();
  assertEquals(location?.origin, "http://localhost:1457");
});

Deno.test("callbackPorts are the only ones that a callback may have", async () => {
  await using simulator = await startSimulator({ callbackPorts: [40001] });
  simulator.signIn.approveAs(simulator.addAccount({ name: "alpha" }));
  const statusOf = async (port: number) => {
    const redirect_uri = `http://127.0.0.1:${port}/auth/callback`;
    const { response } = await authorize(simulator, { redirect_uri });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await statusOf(40001), await statusOf(1455)], [302, 400]);
  simulator.signIn.callbackPorts = [1455];
  assertEquals([await statusOf(40001), await statusOf(1455)], [400, 302]);
});

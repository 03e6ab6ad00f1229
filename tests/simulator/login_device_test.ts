/** Signing in by device code (H1, H1b). */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { refreshServerError } from "../../lib/simulator/faults/token_faults.ts";
import {
  askForDeviceCode,
  assertRefused,
  captured,
  device,
  sendForm,
  sendJson,
} from "./login_support.ts";
import { shape, startWithAccount } from "./support.ts";

async function refusalOf(response: Response): Promise<readonly unknown[]> {
  const { error } = await response.json();
  return [response.status, error.code];
}

Deno.test("usercode answers as captured", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  const response = await sendJson(simulator, device.usercode);
  const body = await response.json();
  assertEquals(response.status, device.usercode.answer.status);
  assertEquals(shape(body), shape(captured(device.usercode)));
  assertMatch(body.device_auth_id, /^devauth_sim_\w+$/);
  assertMatch(body.user_code, /^[A-Z]{4}-\d{5}$/);
  assertEquals([body.interval, body.expires_in], ["1", 900]);
});

Deno.test("usercode tells the interval and the life that are set", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  simulator.signIn.deviceInterval = 0.05;
  simulator.signIn.deviceExpiresIn = 60;
  const response = await sendJson(simulator, device.usercode);
  const { interval, expires_in } = await response.json();
  assertEquals([interval, expires_in], ["0.05", 60]);
});

Deno.test("usercode is refused with 404 when device login is off", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  simulator.signIn.deviceLoginEnabled = false;
  const response = await sendJson(simulator, device.usercode);
  await response.body?.cancel();
  assertEquals(response.status, device.disabled.status);
  assertEquals(simulator.signIn.pendingDeviceCodes, []);
  assertEquals(simulator.violations, []);
});

Deno.test("usercode refuses another client", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  const changes = { client_id: "app_x" };
  const response = await sendJson(simulator, device.usercode, changes);
  assertEquals(await refusalOf(response), [400, "invalid_client"]);
  assertEquals(simulator.violations, [
    "device code asked for by another client",
  ]);
});

Deno.test("a device code is pending as captured until its approval", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.deviceInterval = 0;
  const { userCode, poll } = await askForDeviceCode(simulator);
  assertEquals(simulator.signIn.pendingDeviceCodes, [userCode]);
  const pending = await poll();
  assertEquals(pending.status, device.pending.answer.status);
  assertEquals(await pending.json(), captured(device.pending));

  simulator.signIn.approveDevice(userCode, account);
  assertEquals(simulator.signIn.pendingDeviceCodes, []);
  const approved = await poll();
  assertEquals(approved.status, device.approved.answer.status);
  assertEquals(
    shape(await approved.json()),
    shape(captured(device.approved)),
  );
  assertEquals(simulator.violations, []);
});

Deno.test("an approved device code ends in a new sign-in", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const { userCode, poll } = await askForDeviceCode(simulator);
  simulator.signIn.approveDevice(userCode, account);
  const { authorization_code, code_verifier } = await (await poll()).json();
  const redirect_uri = `${simulator.issuer}/deviceauth/callback`;
  const grant = { code: authorization_code, code_verifier };

  await assertRefused(
    await sendForm(simulator, device.grant, grant),
    "invalid_grant",
  );
  const response = await sendForm(simulator, device.grant, {
    ...grant,
    redirect_uri,
  });
  const tokens = await response.json();
  assertEquals(Object.keys(tokens), device.granted);
  assertEquals(tokens.refresh_token, account.currentRefreshToken());
  assertEquals(simulator.violations, [
    'authorization code of "alpha" presented with another redirect_uri',
  ]);
  assertEquals(
    simulator.requests.map(({ target, account }) => [target, account]),
    [
      [device.usercode.target, undefined],
      [device.pending.target, "alpha"],
      [device.grant.target, "alpha"],
      [device.grant.target, "alpha"],
    ],
  );
});

Deno.test("approveAs() approves a device code at its next poll", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const { userCode, poll } = await askForDeviceCode(simulator);
  assertEquals(simulator.signIn.pendingDeviceCodes, [userCode]);
  simulator.signIn.approveAs(account);
  assertEquals(simulator.signIn.pendingDeviceCodes, []);
  const approved = await poll();
  await approved.body?.cancel();
  assertEquals(approved.status, 200);
});

Deno.test("a device code is decided apart from the others", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const [first, second] = [
    await askForDeviceCode(simulator),
    await askForDeviceCode(simulator),
  ];
  simulator.signIn.approveAs(account);
  simulator.signIn.denyDevice(second.userCode);
  const approved = await first.poll();
  await approved.body?.cancel();
  assertEquals(approved.status, 200);
  assertEquals(await refusalOf(await second.poll()), [400, "access_denied"]);
});

Deno.test("deny() refuses a device code at its next poll", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  const { poll } = await askForDeviceCode(simulator);
  simulator.signIn.deny();
  assertEquals(await refusalOf(await poll()), [400, "access_denied"]);
  assertEquals(simulator.signIn.pendingDeviceCodes, []);
});

Deno.test("a device code expires by the simulator's clock", async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ now: () => now });
  const { poll } = await askForDeviceCode(simulator);
  now += 899_999;
  assertEquals((await refusalOf(await poll()))[0], 403);
  now += 1_000;
  assertEquals(await refusalOf(await poll()), [400, "expired_token"]);
  assertEquals(simulator.signIn.pendingDeviceCodes, []);
  assertEquals(simulator.violations, []);
});

Deno.test("expireDevice() ends an approved device code, too", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const { userCode, poll } = await askForDeviceCode(simulator);
  simulator.signIn.approveAs(account);
  simulator.signIn.expireDevice(userCode);
  assertEquals(await refusalOf(await poll()), [400, "expired_token"]);
});

Deno.test("a device code gives one authorization code", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.deviceInterval = 0;
  simulator.signIn.approveAs(account);
  const { poll } = await askForDeviceCode(simulator);
  await (await poll()).body?.cancel();
  assertEquals(await refusalOf(await poll()), [400, "invalid_grant"]);
});

Deno.test("both halves of a device code are needed", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  const asked = await sendJson(simulator, device.usercode);
  const { device_auth_id } = await asked.json();
  const other = await askForDeviceCode(simulator);
  for (const user_code of ["ABCD-1234", other.userCode]) {
    const body = { device_auth_id, user_code };
    const response = await sendJson(simulator, device.pending, body);
    assertEquals(await refusalOf(response), [400, "invalid_grant"]);
  }
  const nothing = await sendJson(simulator, { ...device.pending, body: {} });
  assertEquals((await refusalOf(nothing))[0], 400);
  assertEquals(simulator.violations.length, 3);
});

Deno.test("a poll before the interval is over is a violation", async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ now: () => now });
  const { poll } = await askForDeviceCode(simulator);
  const pollAfter = async (ms: number) => {
    now += ms;
    await (await poll()).body?.cancel();
    return simulator.violations.length;
  };
  assertEquals(await pollAfter(0), 0);
  assertEquals(await pollAfter(1_000), 0);
  assertEquals(await pollAfter(900), 1);
  assertEquals(simulator.violations, [
    "device code asked about before its interval",
  ]);
});

Deno.test("usercode and polls can be told to fail", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  simulator.signIn.fault("usercode", refreshServerError());
  simulator.signIn.fault("device_token", refreshServerError());
  const failed = await sendJson(simulator, device.usercode);
  await failed.body?.cancel();
  const { poll } = await askForDeviceCode(simulator);
  const statuses = [failed.status];
  for (let times = 0; times < 2; times++) {
    const response = await poll();
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [500, 500, 200]);
  assertEquals(simulator.violations, []);
});

Deno.test("a device code that never was cannot be decided about", async () => {
  await using started = await startWithAccount();
  const { signIn } = started.simulator;
  assertThrows(() => signIn.denyDevice("ABCD-12345"), Error, "ABCD-12345");
});

Deno.test("the page for device codes is there", async () => {
  await using started = await startWithAccount();
  const response = await fetch(`${started.simulator.issuer}/codex/device`);
  assertEquals(response.status, 200);
  assertMatch(response.headers.get("content-type") ?? "", /^text\/html/);
  await response.body?.cancel();
});

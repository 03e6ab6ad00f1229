/** Whatever secret the simulator gives out is found where it has leaked. */

import { assert, assertEquals } from "@std/assert";
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import {
  askForDeviceCode,
  browser,
  device,
  exchange,
  newCode,
  sendForm,
  sendJson,
} from "./login_support.ts";
import { type Json, startWithAccount } from "./support.ts";

/** Every secret there is, by its name on the wire. */
async function secretsOf(simulator: Simulator): Promise<Json> {
  const usercode = await (await sendJson(simulator, device.usercode)).json();
  const { poll } = await askForDeviceCode(simulator);
  const polled = await (await poll()).json();
  const code = await newCode(simulator);
  const tokens = await (await exchange(simulator, code)).json();
  const changes = { subject_token: tokens.id_token };
  const key = await sendForm(simulator, browser.exchange, changes);
  const { access_token: api_key } = await key.json();
  const { device_auth_id } = usercode;
  const { authorization_code, code_verifier } = polled;
  return {
    ...tokens,
    device_auth_id,
    authorization_code,
    code_verifier,
    code,
    api_key,
  };
}

Deno.test("CANARY matches every secret, whole, in text and cut short", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  simulator.signIn.approveAs(account);
  const secrets = Object.entries(await secretsOf(simulator));
  assertEquals(secrets.length, 8);
  for (const [name, secret] of secrets) {
    assert(typeof secret === "string", name);
    const texts = [
      secret,
      JSON.stringify({ detail: `refused: "${secret}"` }),
      encodeURIComponent(`a=${secret}&b`),
      secret.slice(0, -20),
    ];
    assertEquals(texts.map((text) => CANARY.test(text)), [
      true,
      true,
      true,
      // Of an opaque one enough is left; a token ends in its payload.
      true,
    ], name);
  }
});

Deno.test("CANARY matches a token whose header was cut off", async () => {
  await using started = await startWithAccount();
  const [, ...rest] = started.account.issueAccessToken().split(".");
  assert(CANARY.test(rest.join(".")));
});

Deno.test("CANARY matches nothing that may be shown", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const { userCode } = await askForDeviceCode(simulator);
  const [header = "", payload = ""] = account.issueAccessToken().split(".");
  const texts = [
    userCode,
    browser.authorize,
    account.accountId,
    account.identity.email,
    account.ownerKey,
    header,
    payload,
    "rt_sim_… and sk-sim-…",
    "the account was simulated. Then it was simulated",
    'use of a refresh token "rt_1" (.simulated)',
  ];
  assertEquals(texts.filter((text) => CANARY.test(text)), []);
});

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import { connectionReset } from "../../lib/simulator/faults/faults.ts";
import {
  refreshAnswerLost,
  refreshServerError,
} from "../../lib/simulator/faults/token_faults.ts";
import {
  assertNoSecrets,
  headersOf,
  ignore,
  type Setting,
  startSetting,
} from "./login_support.ts";

/** The user code, once the server has given it. */
async function pendingCode({ simulator }: Setting): Promise<string> {
  await simulator.waitFor(() =>
    simulator.signIn.pendingDeviceCodes.length === 1
  );
  return simulator.signIn.pendingDeviceCodes[0] ?? "";
}

/** Requests as `METHOD path`, with their bodies. */
function wire(simulator: Simulator): readonly (readonly [string, string])[] {
  return simulator.requests.map(({ method, target, body }) => [
    `${method} ${target}`,
    new TextDecoder().decode(body),
  ]);
}

Deno.test("a person signs in with a device code, as in capture H1", async () => {
  await using setting = await startSetting();
  const { simulator, ada, dir } = setting;
  await using codaze = setting.login(["--device", "--label=phone"]);
  const userCode = await pendingCode(setting);
  await simulator.waitFor((requests) => requests[1]?.finished === true);
  simulator.signIn.approveDevice(userCode, ada);
  const ended = await codaze.ended;

  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(ended.stderr, "");
  assertStringIncludes(ended.stdout, `\n  ${simulator.issuer}/codex/device\n`);
  assertStringIncludes(ended.stdout, `\n  ${userCode}\n`);
  assertStringIncludes(ended.stdout, "good for 15 min");
  assertStringIncludes(ended.stdout, "Go on only if you began this sign-in");
  assertMatch(
    ended.stdout,
    /\nSigned in as ada@example\.test \(plus\); account /,
  );
  assertStringIncludes(ended.stdout, `saved in ${dir}\n`);
  assertNoSecrets(ended);
  const [file, ...more] = await setting.files();
  assertEquals(more, []);
  assertEquals(file?.["refresh_token"], ada.currentRefreshToken());
  assertEquals(file?.["label"], "phone");

  const [begin, ...rest] = wire(simulator);
  assertEquals(begin, [
    "POST /api/accounts/deviceauth/usercode",
    '{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann"}',
  ]);
  const grant = rest.at(-1);
  const polls = rest.slice(0, -1);
  assert(polls.length >= 2, `${polls.length} polls`);
  for (const [line, body] of polls) {
    assertEquals(line, "POST /api/accounts/deviceauth/token");
    assertEquals(Object.keys(JSON.parse(body)), [
      "device_auth_id",
      "user_code",
    ]);
    assertEquals(JSON.parse(body).user_code, userCode);
  }
  const form = [...new URLSearchParams(grant?.[1])];
  assertEquals(grant?.[0], "POST /oauth/token");
  assertEquals(form.map(([name]) => name), [
    "grant_type",
    "client_id",
    "code",
    "redirect_uri",
    "code_verifier",
  ]);
  assertEquals(form[3]?.[1], `${simulator.issuer}/deviceauth/callback`);
  for (const request of simulator.requests) {
    assertEquals(headersOf(request), ["content-type", "accept"]);
  }
  assertEquals(simulator.violations, []);
});

interface FailureCase {
  readonly arrange: (setting: Setting) => void;
  readonly says: RegExp;
  /** Once the code is there. */
  readonly then?: (simulator: Simulator, userCode: string) => void;
}

const FAILURES: Readonly<Record<string, FailureCase>> = {
  "a server without device codes (H1b)": {
    arrange: ({ simulator }) => simulator.signIn.deviceLoginEnabled = false,
    says:
      /^codaze: Device code login is not enabled on this server: run codaze login without --device/,
  },
  "a server that gives no code": {
    arrange: ({ simulator }) =>
      simulator.signIn.fault("usercode", refreshServerError()),
    says: /gave no device code: answer 500 boom/,
  },
  "a server that cannot be asked": {
    arrange: ({ simulator }) =>
      simulator.signIn.fault("usercode", connectionReset()),
    says: /gave no device code \(.+\); check the connection/,
  },
  "a person who says no": {
    arrange: ({ simulator }) => simulator.signIn.deny(),
    says: /was denied in the browser; run codaze login --device to try again/,
  },
  "a code that is too old for the server": {
    arrange: () => {},
    then: ({ signIn }, userCode) => signIn.expireDevice(userCode),
    says: /The sign-in has expired: .+; run codaze login again/,
  },
  "a code that nobody enters": {
    arrange: ({ simulator }) => simulator.signIn.deviceExpiresIn = 1,
    says: /The sign-in has expired: .+; run codaze login again/,
  },
  "an exchange that is refused": {
    arrange: ({ simulator, ada }) => {
      simulator.signIn.approveAs(ada);
      simulator.signIn.fault("code", refreshServerError());
    },
    says: /did not accept the sign-in: token endpoint answered 500/,
  },
  "an exchange whose answer is lost": {
    arrange: ({ simulator, ada }) => {
      simulator.signIn.approveAs(ada);
      simulator.signIn.fault("code", refreshAnswerLost());
    },
    says: /gave no answer, so this sign-in is lost/,
  },
};

for (const [what, { arrange, then, says }] of Object.entries(FAILURES)) {
  Deno.test(`--device: ${what} ends the sign-in with 1 and clear words`, async () => {
    await using setting = await startSetting();
    arrange(setting);
    await using codaze = setting.login(["--device"]);
    if (then) then(setting.simulator, await pendingCode(setting));
    const ended = await codaze.ended;
    assertEquals(ended.code, 1, ended.stderr);
    assertMatch(ended.stderr, says);
    assertNoSecrets(ended);
    assertEquals(await setting.names(), []);
    assertEquals(setting.simulator.violations, []);
  });
}

Deno.test("--device: a server that stumbles is asked again, and told of once", async () => {
  await using setting = await startSetting();
  const { simulator, ada } = setting;
  simulator.signIn.approveAs(ada);
  simulator.signIn.fault("device_token", refreshServerError());
  simulator.signIn.fault("device_token", connectionReset());
  await using codaze = setting.login(["--device"]);
  const ended = await codaze.ended;
  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(ended.stderr.match(/still trying/g)?.length, 1);
  assertEquals(simulator.violations, []);
});

Deno.test({
  name: "--device: Ctrl-C ends it with 130 and the folder empty",
  ignore,
  async fn() {
    await using setting = await startSetting();
    await using codaze = setting.login(["--device"]);
    await codaze.printed(await pendingCode(setting).then(RegExp));
    codaze.kill("SIGINT");
    const { code, stderr } = await codaze.ended;
    assertEquals([code, stderr], [
      130,
      "codaze: Cancelled: nothing was saved\n",
    ]);
    assertEquals(await setting.names(), []);
  },
});

import { assertEquals } from "@std/assert";
import {
  buildPoll,
  buildUserCode,
  type DeviceCode,
  devicePage,
  deviceRedirectUri,
  type PollOutcome,
  readPoll,
  readUserCode,
} from "../../lib/upstream/auth/device_code.ts";
import type { UpstreamRequest } from "../../lib/upstream/request.ts";

const ISSUER = new URL("https://auth.openai.com");
const SERVER = { authIssuer: ISSUER, codexVersion: "0.171.0" };

const DEVICE: DeviceCode = {
  deviceAuthId: "devauth_1",
  userCode: "ABCD-12345",
  intervalMs: 5000,
  expiresInMs: 900_000,
};

function answer(status: number, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = new Headers();
  return { status, headers, body: new TextEncoder().encode(text) };
}

const REQUESTS: ReadonlyArray<[string, UpstreamRequest, string, string]> = [
  [
    "buildUserCode()",
    buildUserCode(SERVER),
    "https://auth.openai.com/api/accounts/deviceauth/usercode",
    '{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann"}',
  ],
  [
    "buildPoll()",
    buildPoll(SERVER, DEVICE),
    "https://auth.openai.com/api/accounts/deviceauth/token",
    '{"device_auth_id":"devauth_1","user_code":"ABCD-12345"}',
  ],
];

for (const [name, attempt, url, body] of REQUESTS) {
  Deno.test(`${name} is that of H1, byte for byte`, () => {
    assertEquals([attempt.method, attempt.url.href], ["POST", url]);
    assertEquals(attempt.headers, [
      ["content-type", "application/json"],
      ["accept", "*/*"],
      ["user-agent", ""],
      ["accept-encoding", "zstd,gzip"],
    ]);
    assertEquals(new TextDecoder().decode(attempt.body), body);
  });
}

Deno.test("the page and the redirect address are below the issuer", () => {
  assertEquals(devicePage(ISSUER), "https://auth.openai.com/codex/device");
  assertEquals(
    deviceRedirectUri(new URL("http://127.0.0.1:1/sub")),
    "http://127.0.0.1:1/sub/deviceauth/callback",
  );
});

const CODES: ReadonlyArray<[string, Record<string, unknown>, DeviceCode]> = [
  ["that of H1", {
    device_auth_id: "devauth_1",
    user_code: "ABCD-12345",
    interval: "1",
    expires_in: 900,
  }, { ...DEVICE, intervalMs: 1000 }],
  ["the older spelling, and no times", {
    device_auth_id: "devauth_1",
    usercode: "ABCD-12345",
  }, DEVICE],
  ["times that make no sense", {
    device_auth_id: "devauth_1",
    user_code: "ABCD-12345",
    interval: "soon",
    expires_in: {},
  }, DEVICE],
  ["times out of bounds", {
    device_auth_id: "devauth_1",
    user_code: "ABCD-12345",
    interval: 0,
    expires_in: 1e9,
  }, { ...DEVICE, intervalMs: 1000, expiresInMs: 3_600_000 }],
];

for (const [what, body, value] of CODES) {
  Deno.test(`readUserCode() reads ${what}`, () => {
    assertEquals(readUserCode(answer(200, body)), { ok: true, value });
  });
}

const NO_CODES: ReadonlyArray<[string, number, unknown, string]> = [
  [
    // As in H1b: its body looks like success.
    "404",
    404,
    { device_auth_id: "devauth_1", user_code: "ABCD-12345" },
    "Device code login is not enabled on this server: run codaze login without --device, or check --auth-issuer",
  ],
  [
    "an error with words",
    400,
    { error: { code: "bad", message: "no such client" } },
    "The server gave no device code: answer 400 bad: no such client",
  ],
  [
    "an error without",
    502,
    "<html>",
    "The server gave no device code: answer 502",
  ],
  [
    "half a code",
    200,
    { user_code: "ABCD-12345" },
    "The server gave a device code that cannot be read",
  ],
  [
    "a code that would move the cursor",
    200,
    { device_auth_id: "d", user_code: "AB\x1b[2K" },
    "The server gave a device code that cannot be read",
  ],
];

for (const [what, status, body, error] of NO_CODES) {
  Deno.test(`readUserCode() refuses ${what}`, () => {
    assertEquals(readUserCode(answer(status, body)), { ok: false, error });
  });
}

const POLLS: ReadonlyArray<[string, number, unknown, PollOutcome]> = [
  ["403", 403, {
    error: { code: "deviceauth_authorization_pending", message: "pending" },
  }, { kind: "pending" }],
  ["404", 404, "", { kind: "pending" }],
  ["200 (H1)", 200, {
    authorization_code: "authcode_1",
    code_challenge: "chal_1",
    code_verifier: "verif_1",
  }, { kind: "authorized", code: "authcode_1", verifier: "verif_1" }],
  ["200 without a verifier", 200, { authorization_code: "c" }, {
    kind: "refused",
    message: "the answer cannot be read",
  }],
  ["access_denied", 400, { error: { code: "access_denied" } }, {
    kind: "denied",
  }],
  ["expired_token", 400, { error: "expired_token" }, { kind: "expired" }],
  ["another 400", 400, { error: "odd", error_description: "no devauth_1" }, {
    kind: "refused",
    message: "answer 400 odd: no [redacted]",
  }],
  ["429", 429, "", { kind: "unavailable", message: "answer 429" }],
  ["500", 500, "", { kind: "unavailable", message: "answer 500" }],
];

for (const [what, status, body, outcome] of POLLS) {
  Deno.test(`readPoll() takes ${what} for ${outcome.kind}`, () => {
    assertEquals(readPoll(answer(status, body), DEVICE), outcome);
  });
}

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  authorizeUrl,
  buildCodeGrant,
  newSecrets,
  readCodeGrant,
  signInHeaders,
} from "../../lib/upstream/auth/authorization.ts";
import device from "../fixtures/captures/H1-login-device-auth-0.171.0.json" with {
  type: "json",
};
import browser from "../fixtures/captures/H2-login-browser-0.171.0.json" with {
  type: "json",
};

const ISSUER = new URL("https://auth.openai.com");
const CALLBACK = "http://127.0.0.1:1455/auth/callback";

/** As capture H2 has them. */
const VERIFIER =
  "ruR0bpSj--ms2p2pzYiOVspqWXrm4la1OL5VkWe7xhojg1LyN1dK8VwoG6dhUYnGYQuQljaIzII0lBygIySHbw";
const STATE = "nzFRuTnai0jueuZI055uSSpDSyQ4UuYEFATEnYOfyUg";

Deno.test("authorizeUrl() is the official client's, byte for byte", () => {
  const url = authorizeUrl(ISSUER, {
    secrets: { verifier: VERIFIER, state: STATE },
    redirectUri: CALLBACK,
  });
  assertEquals(
    url.href,
    "https://auth.openai.com/oauth/authorize?response_type=code" +
      "&client_id=app_EMoamEEZ73f0CkXaXp7hrann" +
      "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback" +
      "&code_challenge=1tmPlo9X0-noLqpQ2RIsqTIyo9cVvPtTQiQ9q80TODU" +
      "&code_challenge_method=S256" +
      "&state=nzFRuTnai0jueuZI055uSSpDSyQ4UuYEFATEnYOfyUg" +
      "&scope=openid+profile+email+offline_access+api.connectors.read" +
      "+api.connectors.invoke&id_token_add_organizations=true" +
      "&codex_cli_simplified_flow=true&originator=codex_cli_rs",
  );
});

Deno.test("newSecrets() are as long as the official client's, and new", () => {
  const all = Array.from({ length: 3 }, newSecrets);
  for (const { verifier, state } of all) {
    assertMatch(verifier, /^[\w-]{86}$/);
    assertMatch(state, /^[\w-]{43}$/);
  }
  const texts = all.flatMap(({ verifier, state }) => [verifier, state]);
  assertEquals(new Set(texts).size, 6);
});

interface GrantCase {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string;
  readonly body: string;
}

const GRANTS: Readonly<Record<string, GrantCase>> = {
  "H2": {
    code: "browsercode_1",
    redirectUri: CALLBACK,
    verifier: VERIFIER,
    body: "grant_type=authorization_code" +
      "&client_id=app_EMoamEEZ73f0CkXaXp7hrann&code=browsercode_1" +
      "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback" +
      `&code_verifier=${VERIFIER}`,
  },
  "H1": {
    code: "authcode_1",
    redirectUri: "https://auth.openai.com/deviceauth/callback",
    verifier: "verif_1",
    body: "grant_type=authorization_code" +
      "&client_id=app_EMoamEEZ73f0CkXaXp7hrann&code=authcode_1" +
      "&redirect_uri=https%3A%2F%2Fauth.openai.com%2Fdeviceauth%2Fcallback" +
      "&code_verifier=verif_1",
  },
};

for (const [name, { body, ...grant }] of Object.entries(GRANTS)) {
  Deno.test(`buildCodeGrant() is that of ${name}, byte for byte`, () => {
    const attempt = buildCodeGrant(
      { authIssuer: ISSUER, codexVersion: "0.171.0" },
      grant,
    );
    assertEquals(attempt.method, "POST");
    assertEquals(attempt.url.href, "https://auth.openai.com/oauth/token");
    assertEquals(attempt.headers, [
      ["content-type", "application/x-www-form-urlencoded"],
      ["accept", "*/*"],
      ["user-agent", ""],
      ["accept-encoding", "zstd,gzip"],
    ]);
    assertEquals(new TextDecoder().decode(attempt.body), body);
  });
}

Deno.test("every request of a sign-in has the lines of 0.171.0, and one that fetch insists on", () => {
  const server = { authIssuer: ISSUER, codexVersion: "0.171.0" };
  const grant = { code: "c", redirectUri: CALLBACK, verifier: VERIFIER };
  const ours = signInHeaders("application/json", server.codexVersion);
  const form = buildCodeGrant(server, grant).headers;
  for (
    const [sent, captured] of [
      [ours, device.usercode],
      [ours, device.approved],
      [form, device.grant],
      [form, browser.grant],
    ] as const
  ) {
    const names = captured.headers.map(([name]) => name);
    assertEquals(
      sent.filter(([name]) => name !== "user-agent").map(([name]) => name),
      names.filter((name) => name !== "host" && name !== "content-length"),
    );
  }
});

Deno.test("a sign-in as an older version says nothing of encodings", () => {
  const names = signInHeaders("application/json", "0.169.0").map(([name]) =>
    name
  );
  assertEquals(names, ["content-type", "accept", "user-agent"]);
});

function read(status: number, body: string) {
  return readCodeGrant({
    status,
    headers: new Headers(),
    body: new TextEncoder().encode(body),
  }, { code: "c0de-of-mine", redirectUri: CALLBACK, verifier: VERIFIER });
}

Deno.test("readCodeGrant() gives the tokens, the missing ones undefined", () => {
  const whole = { refresh_token: "r", access_token: "a", id_token: "i" };
  assertEquals(read(200, JSON.stringify(whole)), {
    ok: true,
    value: { refreshToken: "r", accessToken: "a", idToken: "i" },
  });
  assertEquals(read(200, '{"refresh_token":" r "}'), {
    ok: true,
    value: { refreshToken: "r", accessToken: undefined, idToken: undefined },
  });
});

const REFUSED: ReadonlyArray<[number, string, string]> = [
  [200, '{"access_token":"a"}', "token endpoint gave no refresh token"],
  [200, '{"refresh_token":" "}', "token endpoint gave no refresh token"],
  [200, "<html>", "token endpoint answered 200"],
  [
    400,
    '{"error":"invalid_grant","error_description":"code c0de-of-mine is used"}',
    "token endpoint answered 400 invalid_grant: code [redacted] is used",
  ],
  [
    403,
    `{"error":{"code":"no","message":"verifier ${VERIFIER}"}}`,
    "token endpoint answered 403 no: verifier [redacted]",
  ],
  [500, "", "token endpoint answered 500"],
];

for (const [status, body, error] of REFUSED) {
  Deno.test(`readCodeGrant() of ${status} ${body.slice(0, 24)} is an error without its secrets`, () => {
    const outcome = read(status, body);
    assert(!outcome.ok);
    assertEquals(outcome.error, error);
  });
}

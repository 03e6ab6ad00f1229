import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  buildGrant,
  type GrantOutcome,
  readGrant,
} from "../../lib/upstream/auth/grant.ts";
import { identityOf } from "../../lib/upstream/auth/identity.ts";
import captured from "../fixtures/captures/requests-0.171.0.json" with {
  type: "json",
};

const NOW = Date.parse("2026-11-22T12:00:00Z");

function read(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): GrantOutcome {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readGrant({
    status,
    headers: new Headers(headers),
    body: new TextEncoder().encode(text),
  }, NOW);
}

Deno.test("buildGrant writes what the official client writes", () => {
  // Capture B3; the last line is of 0.171.0.
  const attempt = buildGrant(new URL("https://auth.openai.com"), "rt_fake_1", {
    reason: "proactive_expiry",
    identity: [
      ["accept-encoding", "zstd,gzip"],
      ["user-agent", "u"],
      ["originator", "codex_exec"],
    ],
  });
  assertEquals(attempt.url.href, "https://auth.openai.com/oauth/token");
  assertEquals(
    new TextDecoder().decode(attempt.body),
    '{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann","grant_type":"refresh_token",' +
      '"refresh_reason":"proactive_expiry","refresh_token":"rt_fake_1"}',
  );
  // The length that the capture shows.
  assertEquals(attempt.body?.length, 137);
  assertEquals(
    attempt.headers,
    [
      ["content-type", "application/json"],
      ["originator", "codex_exec"],
      ["user-agent", "u"],
      ["accept", "*/*"],
      ["accept-encoding", "zstd,gzip"],
    ],
  );
});

Deno.test("buildGrant has the lines of 0.171.0 in their order", () => {
  const { short } = identityOf("0.171.0", { os: "linux", arch: "x86_64" });
  const attempt = buildGrant(new URL("https://auth.openai.com"), "rt_fake_1", {
    reason: "proactive_expiry",
    identity: short,
  });
  const names = captured["B3-expired-token-refresh"].split("\r\n").slice(1)
    .map((line) => line.slice(0, line.indexOf(":")));
  assertEquals(
    attempt.headers.map(([name]) => name),
    names.filter((name) => name !== "host" && name !== "content-length"),
  );
});

Deno.test("buildGrant keeps a token with any characters", () => {
  const odd = 'a"b\\c\u2028é';
  const attempt = buildGrant(new URL("http://127.0.0.1:1/"), odd, {
    reason: "forced",
    identity: [],
  });
  assertEquals(attempt.url.href, "http://127.0.0.1:1/oauth/token");
  const sent = JSON.parse(new TextDecoder().decode(attempt.body));
  assertEquals(sent.refresh_token, odd);
});

const all = { access_token: "a", refresh_token: "r", id_token: "i" };

const GRANTED: ReadonlyArray<
  [body: unknown, tokens: readonly (string | undefined)[]]
> = [
  [all, ["a", "r", "i"]],
  [{ access_token: "a" }, ["a", undefined, undefined]],
  [{ ...all, refresh_token: "" }, ["a", undefined, "i"]],
  [{ ...all, refresh_token: null }, ["a", undefined, "i"]],
  [{ ...all, refresh_token: 7 }, ["a", undefined, "i"]],
  [{}, [undefined, undefined, undefined]],
  [{ ...all, expires_in: 5, error: null }, ["a", "r", "i"]],
];

for (const [body, tokens] of GRANTED) {
  Deno.test(`readGrant grants what is in ${JSON.stringify(body)}`, () => {
    const outcome = read(200, body);
    assert(outcome.kind === "granted");
    const { accessToken, refreshToken, idToken } = outcome.tokens;
    assertEquals([accessToken, refreshToken, idToken], [...tokens]);
  });
}

/** The rows of C13, and what lies between them. */
const REFUSED: ReadonlyArray<
  [
    status: number,
    body: unknown,
    kind: "dead" | "refused" | "unclear",
    word: string,
  ]
> = [
  [401, { error: { code: "refresh_token_expired" } }, "dead", "expired"],
  [401, { error: { code: "refresh_token_reused" } }, "dead", "reused"],
  [
    401,
    { error: { code: "refresh_token_invalidated" } },
    "dead",
    "invalidated",
  ],
  [401, { error: { code: "something_else" } }, "dead", "something_else"],
  [401, {}, "dead", "401"],
  // A page of something in front of the auth server ends no login.
  [401, "", "refused", "401"],
  [401, "<html>", "refused", "401"],
  [400, { error: "invalid_grant" }, "dead", "invalid_grant"],
  [400, { error: { code: "invalid_grant" } }, "dead", "invalid_grant"],
  [400, { error: { type: "invalid_grant" } }, "dead", "invalid_grant"],
  [400, { error: { code: "app_session_terminated" } }, "dead", "terminated"],
  [400, { error: { code: "refresh_token_reused" } }, "dead", "reused"],
  [400, { error: "invalid_request" }, "refused", "invalid_request"],
  [
    400,
    { error: "invalid_client", error_description: "who?" },
    "refused",
    "who?",
  ],
  // Words are not looked at, only codes.
  [400, { error: { code: "x", message: "invalid_grant" } }, "refused", "400 x"],
  [403, { detail: "forbidden" }, "refused", "403"],
  [404, "<html>", "refused", "404"],
  [429, { detail: "slow" }, "refused", "429"],
  [500, { error: "boom" }, "unclear", "boom"],
  [502, "bad gateway", "unclear", "502"],
  [200, "<html>", "unclear", "200"],
  [200, "[]", "unclear", "200"],
  [200, "", "unclear", "200"],
  [302, "", "refused", "302"],
];

for (const [status, body, kind, word] of REFUSED) {
  Deno.test(`readGrant: ${status} ${JSON.stringify(body)} is ${kind}`, () => {
    const outcome = read(status, body);
    assert(outcome.kind === kind, outcome.kind);
    assertStringIncludes(outcome.message, word);
  });
}

const HINTS: ReadonlyArray<[headers: Record<string, string>, ms?: number]> = [
  [{}],
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "Sun, 22 Nov 2026 12:01:00 GMT" }, 60_000],
  [{ "retry-after-ms": "1500" }, 1500],
];

for (const [headers, ms] of HINTS) {
  Deno.test(`readGrant waits as ${JSON.stringify(headers)} asks`, () => {
    const outcome = read(429, {}, headers);
    assert(outcome.kind === "refused");
    assertEquals(outcome.retryAfterMs, ms);
  });
}

Deno.test("readGrant cuts what an auth server says at great length", () => {
  const long = "x".repeat(1024 * 1024);
  const body = { error: long, error_description: long };
  const outcome = read(401, body);
  assert(outcome.kind === "dead");
  assert(outcome.message.length < 10_000, `${outcome.message.length}`);
});

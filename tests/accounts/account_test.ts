import { assert, assertEquals } from "@std/assert";
import { backoffMs } from "../../lib/accounts/pool/cooldown.ts";
import type { Status } from "../../lib/accounts/pool/status.ts";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";
import { accessToken, account, accountFile, NOW } from "../support/accounts.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const answer: UpstreamError = {
  at: "answer",
  status: 429,
  headers: new Headers(),
  body: new Uint8Array(),
};
const message = "boom";
const none = undefined;

function cooling(
  reason: string,
  source: string,
  ms: number,
): readonly [string, string, string, number] {
  return ["cooling", reason, source, ms];
}

function gist(status: Status): readonly unknown[] {
  if (status.state !== "cooling") return [status.state];
  const { state, reason, source, until } = status;
  return [state, reason, source, until - NOW];
}

const COOLDOWNS: ReadonlyArray<readonly [Failure, readonly unknown[]]> = [
  [
    { kind: "rate_limited", message, retryAfterMs: none, answer },
    cooling("rate_limited", "local_backoff", SECOND),
  ],
  [
    { kind: "rate_limited", message, retryAfterMs: 7000, answer },
    cooling("rate_limited", "upstream_retry_after", 7000),
  ],
  [
    { kind: "quota_exhausted", message, retryAfterMs: none, answer },
    cooling("quota_exhausted", "fixed_policy", 5 * MINUTE),
  ],
  [
    { kind: "quota_exhausted", message, retryAfterMs: 7000, answer },
    cooling("quota_exhausted", "upstream_retry_after", 7000),
  ],
  [
    { kind: "risk_controlled", message, answer },
    cooling("risk_controlled", "fixed_policy", 30 * MINUTE),
  ],
  [
    { kind: "account_refused", refused: "plan", message, answer },
    cooling("temporarily_unavailable", "fixed_policy", 30 * MINUTE),
  ],
  [
    { kind: "account_refused", refused: "workspace", message, answer },
    cooling("temporarily_unavailable", "fixed_policy", 30 * MINUTE),
  ],
  [{ kind: "account_refused", refused: "model", message, answer }, ["serving"]],
  [
    { kind: "account_refused", refused: "encrypted_content", message, answer },
    ["serving"],
  ],
  [
    { kind: "unavailable", message, retryAfterMs: none, answer },
    cooling("temporarily_unavailable", "local_backoff", SECOND),
  ],
  [
    { kind: "edge_refused", message, answer },
    cooling("temporarily_unavailable", "local_backoff", SECOND),
  ],
  [
    { kind: "no_answer", message },
    cooling("temporarily_unavailable", "local_backoff", SECOND),
  ],
  [{ kind: "timeout", message }, ["serving"]],
  [{ kind: "no_websocket", message, everywhere: true }, ["serving"]],
  [{ kind: "too_large", message }, ["serving"]],
  [
    { kind: "not_refreshed", message, retryAfterMs: 3000 },
    cooling("temporarily_unavailable", "upstream_retry_after", 3000),
  ],
  [
    { kind: "unavailable", message, retryAfterMs: 60 * MINUTE, answer },
    cooling("temporarily_unavailable", "upstream_retry_after", MINUTE),
  ],
  [
    { kind: "access_token_rejected", message, answer },
    cooling("temporarily_unavailable", "fixed_policy", MINUTE),
  ],
  [{ kind: "account_invalid", message }, ["invalid"]],
  [{ kind: "request_rejected", message, answer }, ["serving"]],
  [{ kind: "transport", message }, ["serving"]],
  [{ kind: "no_account", pool: { state: "empty" } }, ["serving"]],
  [{ kind: "caller_gone" }, ["serving"]],
];

for (const [failure, expected] of COOLDOWNS) {
  const name = JSON.stringify({ ...failure, answer: none, message: none });
  Deno.test(`Account after ${name} is ${expected.join(" ")}`, () => {
    const one = account("a");
    one.failed(failure, NOW);
    assertEquals(gist(one.status(NOW)), expected);
  });
}

const BLAMELESS: readonly Failure[] = [
  { kind: "transport", message },
  { kind: "timeout", message },
  { kind: "no_websocket", message, everywhere: true },
  { kind: "too_large", message },
  { kind: "caller_gone" },
  // It may quote the prompt, and is no fault of the account's.
  { kind: "request_rejected", message, answer },
  { kind: "account_refused", refused: "encrypted_content", message, answer },
];

for (const failure of BLAMELESS) {
  Deno.test(`Account is not blamed for ${failure.kind}`, () => {
    const one = account("a");
    one.failed(failure, NOW);
    assertEquals(one.history.lastError, undefined);
    assertEquals(one.history.lastErrorAt, undefined);
  });
}

const LIMITED: Failure = {
  kind: "rate_limited",
  message,
  retryAfterMs: undefined,
  answer,
};

Deno.test("Account backs off in doubling steps until a success", () => {
  const one = account("a");
  let now = NOW;
  for (const seconds of [1, 2, 4, 8]) {
    one.failed(LIMITED, now);
    assertEquals(one.status(now + seconds * SECOND - 1).state, "cooling");
    now += seconds * SECOND;
    assertEquals(one.status(now).state, "serving");
  }
  one.succeeded(now);
  one.failed(LIMITED, now);
  assertEquals(one.status(now + SECOND).state, "serving");
});

Deno.test("Account takes failures that meet one limit for one step", () => {
  const one = account("a");
  for (let n = 0; n < 50; n++) one.failed(LIMITED, NOW);
  assertEquals(one.status(NOW + 2 * SECOND).state, "serving");
});

Deno.test("Account backs off in steps although the clock was turned back", () => {
  const one = account("a");
  const day = 24 * 60 * MINUTE;
  const fail = (now: number) =>
    one.failed(LIMITED, now, { startedAt: now, sideRoute: undefined });
  fail(NOW + day);
  fail(NOW);
  assertEquals(one.status(NOW + 2 * SECOND - 1).state, "cooling");
  assertEquals(one.status(NOW + 2 * SECOND).state, "serving");
});

Deno.test("backoffMs() doubles up to a minute and stays a number", () => {
  const waits = [0, 1, 2, 5, 6, 5000].map((level) =>
    backoffMs("rate_limited", level)
  );
  assertEquals(waits, [1000, 2000, 4000, 32_000, MINUTE, MINUTE]);
});

const DOWN: Failure = {
  kind: "unavailable",
  message,
  retryAfterMs: undefined,
  answer,
};

Deno.test("an outage without a hint: 1, 2, 4 … 60 s, and always only a guess", () => {
  const one = account("a");
  let now = NOW;
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    one.failed(DOWN, now, { startedAt: now, sideRoute: undefined });
    assertEquals(gist(one.status(now)).at(-1), now - NOW + seconds * SECOND);
    assertEquals(one.readiness(now), "doubtful");
    // Asked all the same, before that time is over.
    now += 1;
  }
  one.succeeded(now);
  assertEquals(one.readiness(now), "ready");
  one.failed(DOWN, now);
  assertEquals(gist(one.status(now)).at(-1), now - NOW + SECOND);
});

Deno.test("fifty requests under way that meet one outage are one step", () => {
  const one = account("a");
  const attempted = { startedAt: NOW, sideRoute: undefined };
  for (let n = 1; n <= 50; n++) one.failed(DOWN, NOW + n, attempted);
  one.failed(DOWN, NOW + 60, { ...attempted, startedAt: NOW + 55 });
  assertEquals(gist(one.status(NOW + 60)).at(-1), 60 + 2 * SECOND);
});

Deno.test("what upstream has said stands before what we guess", () => {
  const hint: Failure = { ...LIMITED, retryAfterMs: 5 * SECOND };
  const one = account("a");
  one.failed(hint, NOW);
  for (let n = 0; n < 6; n++) one.failed(DOWN, NOW + n);
  assertEquals(gist(one.status(NOW + 6)), [
    ...cooling("rate_limited", "upstream_retry_after", 5 * SECOND),
  ]);
  assertEquals(one.readiness(NOW + 6), "away");

  const other = account("b");
  for (let n = 0; n < 6; n++) other.failed(DOWN, NOW + n);
  other.failed(hint, NOW + 6);
  assertEquals(other.readiness(NOW + 6), "away");
  assertEquals(other.readiness(NOW + 6 + 5 * SECOND), "ready");
});

Deno.test("an outage with a hint keeps it away only where another serves", () => {
  const one = account("a");
  one.failed({ ...DOWN, retryAfterMs: 30 * SECOND }, NOW);
  assertEquals(one.readiness(NOW), "told");
  one.succeeded(NOW + 1);
  assertEquals(one.readiness(NOW + 1), "ready");
});

const SIDE = { startedAt: NOW, sideRoute: "images/generations" };

Deno.test("a side route's trouble keeps nobody from turns", () => {
  for (const failure of [DOWN, LIMITED, { ...LIMITED, retryAfterMs: 9000 }]) {
    const one = account("a");
    one.failed(failure, NOW, SIDE);
    assertEquals(one.readiness(NOW), "ready");
    assertEquals(one.history.lastError, undefined);
    assert(one.readiness(NOW, SIDE) !== "ready");
    assertEquals(one.readiness(NOW, { sideRoute: "alpha/search" }), "ready");
    one.succeeded(NOW);
    assert(one.readiness(NOW, SIDE) !== "ready");
    assertEquals(one.wake(), true);
    assertEquals(one.readiness(NOW, SIDE), "ready");
  }
});

const OF_ACCOUNT: readonly Failure[] = [
  { kind: "quota_exhausted", message, retryAfterMs: undefined, answer },
  { kind: "access_token_rejected", message, answer },
  { kind: "risk_controlled", message, answer },
  { kind: "account_refused", refused: "workspace", message, answer },
  // The token endpoint failed, not the route.
  { kind: "not_refreshed", message, retryAfterMs: undefined },
];

Deno.test("what a side route says of the account counts for turns too", () => {
  for (const failure of OF_ACCOUNT) {
    const one = account("a");
    one.failed(failure, NOW, SIDE);
    assert(one.readiness(NOW) !== "ready", failure.kind);
    assert(one.readiness(NOW, SIDE) !== "ready", failure.kind);
  }
});

Deno.test("Account keeps its own tokens out of last_error", () => {
  const token = accessToken("ann");
  const one = account("a", { refreshToken: "odd token", accessToken: token });
  const text = `refused ${token} and odd token ${"x".repeat(900)}`;
  one.failed({ kind: "risk_controlled", message: text, answer }, NOW);
  const { lastError = "", lastErrorAt } = one.history;
  assert(lastError.startsWith("429: refused [redacted] and [redacted] x"));
  assertEquals(lastError.length, 512);
  assertEquals(lastErrorAt, NOW);
});

Deno.test("Account drops a rejected access token, but no newer one", () => {
  const one = account("a", { accessToken: accessToken("ann") });
  const old = one.credential;
  assert(old !== undefined);
  const newer = accessToken("ann", 7200);
  one.refreshed(accountFile({ accessToken: newer }), NOW);
  one.dropCredential(old);
  assertEquals(one.credential?.accessToken, newer);
  assertEquals(one.history.lastRefreshAt, NOW);
});

Deno.test("Account does not take a rejected access token from disk again", () => {
  const file = accountFile({ accessToken: accessToken("ann") });
  const one = account("a", file);
  const rejected = one.credential;
  assert(rejected !== undefined);
  one.dropCredential(rejected);
  one.reread(file);
  assertEquals(one.credential, undefined);
});

Deno.test("Account takes its email from the file, else from the token", () => {
  const token = accessToken("ann");
  assertEquals(account("a", { accessToken: token }).email, "ann@example.com");
  const named = account("a", { accessToken: token, email: "x@example.com" });
  assertEquals(named.email, "x@example.com");
});

Deno.test("a token that another process has got brings a dead account back", () => {
  const one = account("a");
  one.failed({ kind: "account_invalid", message: "dead" }, NOW);
  assert(one.isInvalid);
  one.rotatedElsewhere(accountFile({ refreshToken: "rt_newer" }));
  assertEquals(one.status(NOW).state, "serving");
});

Deno.test("a token that another process has got ends no cooldown", () => {
  const one = account("a");
  one.failed({ kind: "risk_controlled", message, answer }, NOW);
  const { state } = one.status(NOW);
  assertEquals(state, "cooling");
  one.rotatedElsewhere(accountFile({ refreshToken: "rt_newer" }));
  assertEquals(one.status(NOW).state, "cooling");
});

Deno.test("a new sign-in forgets the limits of side routes, too", () => {
  const one = account("a");
  const attempted = { startedAt: NOW, sideRoute: "images/edits" };
  one.failed(
    { kind: "rate_limited", message, retryAfterMs: MINUTE, answer },
    NOW,
    attempted,
  );
  assertEquals(one.status(NOW, { sideRoute: "images/edits" }).state, "cooling");
  one.signedIn(accountFile({ refreshToken: "rt_newer" }));
  assertEquals(one.status(NOW, { sideRoute: "images/edits" }).state, "serving");
});

Deno.test("a file whose tokens name another person begins another login", () => {
  const one = account("a", { accessToken: accessToken("a") });
  const { login } = one;
  one.reread(accountFile({ accessToken: accessToken("a", 7200) }));
  assert(one.login === login);
  one.reread(accountFile({ accessToken: accessToken("b", 7200) }));
  assert(one.login !== login);
});

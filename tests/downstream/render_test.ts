import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  answerHeaders,
  openaiCompaction,
} from "../../lib/downstream/answer.ts";
import { tooLarge } from "../../lib/downstream/failure.ts";
import {
  KEEPALIVE_EVENT,
  renderCallerError,
  renderFailure,
  renderStreamFailure,
} from "../../lib/downstream/render.ts";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";

const NOW = 1_800_000_000_000;
const CANARY = "rt_canary acct-canary eyJcanarycanary";

const encoder = new TextEncoder();

function answer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {
    "content-type": "application/json",
  },
): UpstreamError {
  const at = status === 200 ? "event" : "answer";
  return {
    at,
    status,
    headers: new Headers(headers),
    body: encoder.encode(body),
  };
}

/** Upstream's own words, of an account that must not show. */
const hidden = answer(429, `{"detail":"${CANARY}"}`, { "x-who": CANARY });

interface How {
  readonly dialect?: "codex" | "openai";
  readonly stream?: boolean;
  readonly isMended?: boolean;
  readonly unavailable?: "limits" | "overloaded";
}

async function shown(failure: Failure, how: How = {}) {
  const response = renderFailure(failure, {
    dialect: "codex",
    stream: true,
    isMended: false,
    unavailable: "limits",
    now: NOW,
    poolLines: () => [["x-codex-primary-used-percent", "32"]],
    ...how,
  });
  const text = await response.text();
  const type = response.headers.get("content-type");
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => type === "application/json" ? JSON.parse(text) : undefined,
  };
}

const pool = (
  state: "spent" | "busy",
  inMs: number,
): Failure => ({ kind: "no_account", pool: { state, readyAt: NOW + inMs } });
const EMPTY: Failure = { kind: "no_account", pool: { state: "empty" } };

/** Failures of one account, which a caller sees as a pool that is busy. */
const OF_ACCOUNTS: readonly Failure[] = [
  { kind: "access_token_rejected", message: CANARY, answer: hidden },
  {
    kind: "rate_limited",
    message: CANARY,
    retryAfterMs: 5_000_000,
    answer: hidden,
  },
  {
    kind: "quota_exhausted",
    message: CANARY,
    retryAfterMs: 5_000_000,
    answer: hidden,
  },
  { kind: "risk_controlled", message: CANARY, answer: hidden },
  { kind: "account_invalid", message: CANARY },
];

const OVERLOADED = {
  error: {
    message: "No account available right now. Try again later.",
    type: "server_error",
    param: null,
    code: "server_is_overloaded",
  },
};

for (const failure of [...OF_ACCOUNTS, pool("busy", 0)]) {
  Deno.test(`${failure.kind} is a busy pool to every caller`, async () => {
    for (const stream of [true, false]) {
      const codex = await shown(failure, { stream });
      assertEquals(codex.status, 429);
      assertEquals(codex.headers.get("retry-after"), "1");
      assertEquals(codex.json().error.code, "rate_limit_exceeded");

      const openai = await shown(failure, { stream, dialect: "openai" });
      assertEquals(openai.status, 429);
      assertEquals(openai.json(), codex.json());
      assertEquals(openai.headers.get("x-should-retry"), null);
      for (const { text, headers } of [codex, openai]) {
        const all = text + JSON.stringify([...headers]);
        assert(!all.includes("canary"), all);
        assert(!all.includes("5000"), all);
      }
    }
  });
}

Deno.test("a spent pool tells Codex when the first account is back", async () => {
  const { status, json, headers } = await shown(pool("spent", 90_500));
  assertEquals(status, 429);
  assertEquals(headers.get("retry-after"), null);
  assertEquals(json(), {
    error: {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      resets_at: NOW / 1000 + 91,
      resets_in_seconds: 91,
    },
  });
  const past = await shown(pool("spent", -5000));
  assertEquals(past.json().error.resets_in_seconds, 1);
});

/** An SDK waits in silence, so a long wait is told as the end. */
const WAITS: ReadonlyArray<
  [inMs: number, codex: string, openai: string, isFinal: boolean]
> = [
  [-1000, "1", "1", false],
  [1, "1", "1", false],
  [1001, "2", "2", false],
  [59_001, "60", "60", false],
  [60_001, "60", "61", true],
  [299_000, "60", "299", true],
  [301_000, "", "301", true],
];

for (const [inMs, forCodex, forSdk, isFinal] of WAITS) {
  Deno.test(`a pool busy for ${inMs} ms says when to come back`, async () => {
    const codex = await shown(pool("busy", inMs));
    assertEquals(codex.headers.get("retry-after") ?? "", forCodex);
    const openai = await shown(pool("busy", inMs), { dialect: "openai" });
    assertEquals(
      [openai.status, openai.json().error.code],
      [429, "rate_limit_exceeded"],
    );
    assertEquals(openai.headers.get("retry-after"), forSdk);
    assertEquals(
      openai.headers.get("x-should-retry"),
      isFinal ? "false" : null,
    );
  });
}

Deno.test("a spent pool is a spent quota to an SDK, which need not wait", async () => {
  const { status, headers, json } = await shown(pool("spent", 10_800_000), {
    dialect: "openai",
  });
  assertEquals(status, 429);
  assertEquals(json(), {
    error: {
      message:
        "Every account has reached its usage limit. The first is back at 2027-01-15T11:00:00Z.",
      type: "insufficient_quota",
      param: null,
      code: "insufficient_quota",
    },
  });
  assertEquals(headers.get("retry-after"), "10800");
  assertEquals(headers.get("x-should-retry"), "false");
});

/** Upstream's own trouble, when nobody else is left to ask. */
const OUTAGES: ReadonlyArray<
  [what: string, answer: UpstreamError, retryAfter: string | null]
> = [
  ["a 500", answer(500, '{"error":{"message":"boom"}}'), "1"],
  ["a page with 502", answer(502, "<html>"), "1"],
  ["a 503 with a hint", answer(503, "{}", { "retry-after": "7" }), "7"],
  ["a 529", answer(529, "{}"), "1"],
  [
    "a model at capacity",
    answer(503, '{"error":{"code":"server_is_overloaded"}}'),
    null,
  ],
  ["an event inside a 200", answer(200, "event: response.failed\n\n"), null],
];

for (const [what, upstream, retryAfter] of OUTAGES) {
  Deno.test(`${what} reaches Codex as it is`, async () => {
    const got = await shown({
      kind: "unavailable",
      message: "",
      retryAfterMs: undefined,
      answer: upstream,
    });
    assertEquals(got.status, upstream.status);
    assertEquals(got.text, new TextDecoder().decode(upstream.body));
    assertEquals(got.headers.get("retry-after"), retryAfter);
  });
}

Deno.test("upstream's own trouble is a 502 to an SDK, in its words", async () => {
  const trouble = (upstream: UpstreamError): Failure => ({
    kind: "unavailable",
    message: "",
    retryAfterMs: undefined,
    answer: upstream,
  });
  const dialect = "openai";
  const told = await shown(
    trouble(answer(500, '{"error":{"message":"boom","code":"c"}}')),
    { dialect },
  );
  assertEquals([told.status, told.headers.get("retry-after")], [502, "2"]);
  assertEquals(told.json().error, {
    message: "boom",
    type: "server_error",
    param: null,
    code: "c",
  });
  const later = answer(503, "{}", { "retry-after": "30" });
  const { headers } = await shown(trouble(later), { dialect });
  assertEquals(headers.get("retry-after"), "30");
  const page = await shown(trouble(answer(503, "<html>")), { dialect });
  assertEquals(page.json().error, {
    message: "Upstream answered 503",
    type: "server_error",
    param: null,
    code: "upstream_error",
  });
});

/** What upstream has not said itself. */
const OWN_WORDS: ReadonlyArray<
  [failure: Failure, status: number, code: string, retryAfter: string | null]
> = [
  [{ kind: "timeout", message: "no head" }, 504, "upstream_timeout", null],
  [{ kind: "no_answer", message: "a 302" }, 502, "upstream_error", "2"],
  [
    {
      kind: "not_refreshed",
      message: CANARY,
      retryAfterMs: undefined,
    },
    503,
    "token_not_refreshed",
    "1",
  ],
  [
    { kind: "no_websocket", message: CANARY, everywhere: true },
    426,
    "upgrade_required",
    null,
  ],
  [{ kind: "too_large", message: "too big" }, 413, "request_too_large", null],
];

for (const [failure, status, code, retryAfter] of OWN_WORDS) {
  Deno.test(`${failure.kind} is told with ${status} ${code}`, async () => {
    for (const dialect of ["codex", "openai"] as const) {
      const got = await shown(failure, { dialect });
      assertEquals([got.status, got.json().error.code], [status, code]);
      const upgrade = status === 426 ? "websocket" : null;
      assertEquals(got.headers.get("upgrade"), upgrade);
      assertEquals(got.headers.get("retry-after"), retryAfter);
      assert(!got.text.includes("canary"), got.text);
    }
  });
}

Deno.test("a pool that is away for longer than a client waits says so", async () => {
  const { status, headers, json } = await shown(pool("busy", 301_000));
  assertEquals([status, json().error.code], [400, "no_account_available"]);
  assertEquals(headers.get("retry-after"), null);
});

Deno.test("a pool without a usable account is a 400 that says what to do", async () => {
  const { status, json } = await shown(EMPTY);
  assertEquals([status, json().error.code], [400, "no_usable_account"]);
  assertStringIncludes(json().error.message, "codaze login");
  const openai = await shown(EMPTY, { dialect: "openai" });
  assertEquals([openai.status, openai.json()], [400, json()]);
});

for (const failure of [EMPTY, pool("spent", 1000), pool("busy", 1000)]) {
  const state = failure.kind === "no_account" ? failure.pool.state : "";
  Deno.test(`--unavailable overloaded shows ${state} as the original`, async () => {
    const unavailable = "overloaded";
    const unary = await shown(failure, { unavailable, stream: false });
    assertEquals([unary.status, unary.json()], [503, OVERLOADED]);

    const stream = await shown(failure, { unavailable });
    assertEquals(stream.status, 200);
    assertEquals(stream.headers.get("content-type"), "text/event-stream");
    const [event = "", data = ""] = stream.text.split("\n");
    assertEquals(event, "event: response.failed");
    assert(stream.text.endsWith("\n\n"));
    const { response } = JSON.parse(data.replace("data: ", ""));
    assertEquals(response.status, "failed");
    assertEquals(response.error, {
      code: "server_is_overloaded",
      message: OVERLOADED.error.message,
    });
  });
}

Deno.test("an unreachable upstream is a 503 to try again soon", async () => {
  const failure: Failure = { kind: "transport", message: CANARY };
  for (const dialect of ["codex", "openai"] as const) {
    const { status, headers, json, text } = await shown(failure, { dialect });
    assertEquals(status, 503);
    assertEquals(
      headers.get("retry-after"),
      dialect === "codex" ? "1" : "2",
    );
    assertEquals(json().error.code, "upstream_unreachable");
    assert(!text.includes("canary"));
  }
});

Deno.test("a caller that is gone gets an empty 499", async () => {
  const { status, text } = await shown({ kind: "caller_gone" });
  assertEquals([status, text], [499, ""]);
});

const rejected = (upstream: UpstreamError): readonly Failure[] => [
  { kind: "request_rejected", message: "", answer: upstream },
  {
    kind: "account_refused",
    refused: "model",
    message: "",
    answer: upstream,
  },
];

Deno.test("upstream's no reaches Codex with status, bytes and headers", async () => {
  const body = '{"detail": {"code" :"x"}, "n":1e400}\n';
  const upstream = answer(422, body, {
    "content-type": "application/json; charset=utf-8",
    "x-request-id": "req_1",
    "set-cookie": "a=b",
    "access-control-allow-origin": "*",
    "access-control-allow-credentials": "true",
    "connection": "x-hop",
    "x-hop": "1",
    "transfer-encoding": "chunked",
    "content-length": "999",
    "x-codex-primary-used-percent": "97.5",
    "x-codex-secondary-used-percent": "12",
    "x-codex-tertiary-reset-at": "1795349911",
    "x-codex-other-primary-used-percent": "1",
    "x-brand-new-secondary-reset-after-seconds": "1",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-over-secondary-limit-percent": "0",
    "x-codex-limit-name": "codex",
    "x-codex-other-limit-name": "gpt-x-spark",
    "x-codex-credits-has-credits": "True",
    "x-codex-credits-balance": "12.34",
    "x-codex-plan-type": "plus",
    "x-codex-active-limit": "codex",
    "x-codex-promo-message": "Buy more",
    "x-codex-rate-limit-reached-type": "rate_limit_reached",
    "x-codex-turn-state": "t",
    "x-primary": "1",
  });
  for (const failure of rejected(upstream)) {
    for (const stream of [true, false]) {
      const got = await shown(failure, { stream });
      assertEquals([got.status, got.text], [422, body]);
      assertEquals(Object.fromEntries(got.headers), {
        "content-type": "application/json; charset=utf-8",
        "x-request-id": "req_1",
        "x-codex-primary-used-percent": "32",
        "x-codex-turn-state": "t",
        "x-primary": "1",
      });
    }
  }
});

const HTML = "<html><head><title>403</title></head><body>sorry</body></html>";

/** Upstream's body, and the `error` that an SDK caller reads. */
const ENVELOPED: ReadonlyArray<
  [body: string, headers: Record<string, string>, error: unknown]
> = [
  [
    '{"error":{"message":"m","type":"t","code":"c","param":"p","x":1}}',
    {},
    { message: "m", type: "t", param: "p", code: "c" },
  ],
  [
    '{"detail":"Stream must be set to true"}',
    {},
    {
      message: "Stream must be set to true",
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  ],
  [
    '{"detail":{"code":"c","message":"m"}}',
    {},
    { message: "m", type: "invalid_request_error", param: null, code: "c" },
  ],
  [
    HTML,
    { "content-type": "text/html", "cf-ray": "ray1" },
    {
      message: "Upstream answered 403, request ray1",
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  ],
  [
    "",
    { "x-request-id": "req_1" },
    {
      message: "Upstream answered 403, request req_1",
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  ],
  [
    '{"error":5,"detail":[1]}',
    {},
    {
      message: "Upstream answered 403",
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  ],
];

for (const [body, headers, error] of ENVELOPED) {
  Deno.test(`an SDK caller reads ${body.slice(0, 40)} in the envelope`, async () => {
    const secret = { ...headers, "set-cookie": "a=b", "x-codex-plan": "pro" };
    for (const failure of rejected(answer(403, body, secret))) {
      const got = await shown(failure, { dialect: "openai" });
      assertEquals(got.status, 403);
      assertEquals(got.json(), { error });
      assertEquals([...got.headers], [["content-type", "application/json"]]);
    }
  });
}

/** Refusals whose words name the parameter. */
const NAMED: ReadonlyArray<
  [body: string, status: number, type: string, code: string, param: string]
> = [
  [
    '{"detail":"Unsupported parameter: top_k"}',
    400,
    "invalid_request_error",
    "unsupported_parameter",
    "top_k",
  ],
  [
    '{"error":{"message":"Unsupported parameter: top_k","type":"x","code":null}}',
    400,
    "x",
    "unsupported_parameter",
    "top_k",
  ],
  [
    `{"detail":"The 'm' model is not supported when using Codex with a ChatGPT account."}`,
    400,
    "invalid_request_error",
    "model_not_found",
    "model",
  ],
  [
    '{"detail":"Store must be set to false"}',
    500,
    "server_error",
    "gateway_bug",
    "store",
  ],
];

for (const [body, status, type, code, param] of NAMED) {
  Deno.test(`an SDK caller is told of ${param} by ${body.slice(0, 40)}`, async () => {
    for (const failure of rejected(answer(400, body))) {
      const got = await shown(failure, { dialect: "openai", isMended: true });
      const { message: _, ...error } = got.json().error;
      assertEquals([got.status, error], [status, { type, param, code }]);
    }
  });
}

Deno.test("an SDK caller is told when to ask a model at capacity again", async () => {
  const upstream = answer(503, '{"error":{"code":"server_is_overloaded"}}');
  const got = await shown({
    kind: "unavailable",
    message: "",
    retryAfterMs: undefined,
    answer: upstream,
  }, { dialect: "openai" });
  assertEquals([got.status, got.headers.get("retry-after")], [502, "2"]);
});

Deno.test("an in-band failure reaches a Codex caller as the bytes held", async () => {
  const body = 'event: response.failed\ndata: {"type":"response.failed"}\n\n';
  const held = answer(200, body, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-request-id": "req_1",
  });
  for (const failure of rejected(held)) {
    const codex = await shown(failure);
    assertEquals([codex.status, codex.text], [200, body]);
  }
});

Deno.test("an in-band failure reaches an SDK caller as a status", async () => {
  const said = answer(
    200,
    '{"type":"response.failed","response":{"error":{"code":"server_is_overloaded","message":"later"}}}',
    { "content-type": "text/event-stream" },
  );
  for (const failure of rejected(said)) {
    const openai = await shown(failure, { dialect: "openai" });
    assertEquals([openai.status, openai.json()], [503, {
      error: {
        message: "later",
        type: "server_error",
        param: null,
        code: "server_is_overloaded",
      },
    }]);
  }
});

Deno.test("answerHeaders gives an SDK caller two headers and no more", () => {
  const headers = new Headers({
    "content-type": "a",
    "cache-control": "b",
    "x-codex-plan": "c",
    "set-cookie": "d",
  });
  const kept = { ...answerHeaders(headers, "openai", () => []) };
  assertEquals(kept, { "cache-control": "b", "content-type": "a" });
});

Deno.test("a committed stream ends in the caller's own kind of event", () => {
  const [codex = "", openai = ""] = (["codex", "openai"] as const).map(
    (dialect) =>
      new TextDecoder().decode(renderStreamFailure(dialect, "cut", NOW)),
  );
  const read = (text: string) => {
    const [event = "", data = ""] = text.split("\n");
    assert(text.endsWith("\n\n"));
    return { event, data: JSON.parse(data.replace("data: ", "")) };
  };
  const failed = read(codex);
  assertEquals(failed.event, "event: response.failed");
  assertEquals(failed.data.response.error, {
    code: "server_error",
    message: "The stream was interrupted: cut",
  });
  assertEquals(failed.data.response.created_at, NOW / 1000);
  assertEquals(read(openai), {
    event: "event: error",
    data: {
      type: "error",
      code: "stream_interrupted",
      message: "The stream was interrupted: cut",
      param: null,
      sequence_number: 0,
    },
  });
});

Deno.test("the keepalive is an event and not a comment", () => {
  assertEquals(
    new TextDecoder().decode(KEEPALIVE_EVENT),
    'event: keepalive\ndata: {"type":"keepalive"}\n\n',
  );
});

Deno.test("a caller's own mistake is flat JSON with a length", async () => {
  const response = renderCallerError(tooLarge(10));
  assertEquals(response.status, 413);
  assertEquals(await response.json(), {
    error: {
      message: "Request body is larger than 10 bytes; raise --max-body-bytes",
      type: "invalid_request_error",
      param: null,
      code: "request_too_large",
    },
  });
});

Deno.test("openaiCompaction renames the item and no other byte", () => {
  const of = (text: string) =>
    new TextDecoder().decode(openaiCompaction(encoder.encode(text)));
  const item = '{"n":1e400,"type" : "compaction_summary","s":"ä"}';
  assertEquals(of(item), item.replace("compaction_summary", "compaction"));
  const quoted = '{"text":"\\"type\\":\\"compaction_summary\\""}';
  assertEquals(of(quoted), quoted);
});

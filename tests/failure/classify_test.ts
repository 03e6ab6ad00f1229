import { assert, assertEquals } from "@std/assert";
import {
  classifyAnswer,
  classifyEvent,
  endedWell,
} from "../../lib/failure/classify.ts";
import { MAX_ERROR_EVENT_CHARS } from "../../lib/limits.ts";
import type { Answer, Failure } from "../../lib/failure/failure.ts";

const NOW = Date.UTC(2026, 10, 22, 12);

function answer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Answer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers: new Headers(headers),
    body: new TextEncoder().encode(text),
  };
}

/** The kind and what else the arm says, without the answer. */
function gist(failure: Failure): readonly unknown[] {
  if (failure.kind === "account_refused") {
    return [failure.kind, failure.refused];
  }
  return "retryAfterMs" in failure && failure.retryAfterMs !== undefined
    ? [failure.kind, failure.retryAfterMs]
    : [failure.kind];
}

function error(type: string | null, code: string | null, message = "boom") {
  return { error: { type, code, message, param: null } };
}

const BAD = "invalid_request_error";

const ANSWERS: ReadonlyArray<
  readonly [string, Answer, readonly unknown[]]
> = [
  ["401", answer(401, error(BAD, "token_expired")), ["access_token_rejected"]],
  ["401 page", answer(401, "<html>"), ["access_token_rejected"]],
  [
    "429 usage limit",
    answer(429, {
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
        plan_type: "plus",
        resets_at: NOW / 1000 + 7200,
        resets_in_seconds: 60,
        eligible_promo: null,
      },
    }),
    ["quota_exhausted", 7_200_000],
  ],
  [
    "429 insufficient quota",
    answer(429, error("insufficient_quota", "insufficient_quota")),
    ["quota_exhausted"],
  ],
  [
    "429 rate limit with words",
    answer(
      429,
      error(BAD, "rate_limit_exceeded", "Limit. Please try again in 1.5s."),
    ),
    ["rate_limited", 1500],
  ],
  [
    "a code beats the words of its message",
    answer(429, error(BAD, "rate_limit_exceeded", "quota for org x")),
    ["rate_limited"],
  ],
  ["503 slow_down", answer(503, error(null, "slow_down")), ["rate_limited"]],
  ["429 alone", answer(429, ""), ["rate_limited"]],
  [
    "429 page that asks for a day",
    answer(429, "<html>", { "retry-after": "86400" }),
    ["rate_limited", 60_000],
  ],
  [
    "429 with a hint",
    answer(429, error("x", null), { "retry-after": "7" }),
    ["rate_limited", 7000],
  ],
  [
    "429 that speaks of a quota",
    answer(429, { detail: "You exceeded your current quota" }),
    ["quota_exhausted"],
  ],
  [
    "429 of a spent window",
    answer(429, error("usage_limit_reached", null), {
      "x-codex-primary-used-percent": "100",
      "x-codex-primary-reset-at": String(NOW / 1000 + 600),
    }),
    ["quota_exhausted", 600_000],
  ],
  [
    "403 that is a spent quota",
    answer(403, error("forbidden", null, "Usage limit reached")),
    ["quota_exhausted"],
  ],
  [
    "403 unusual activity",
    answer(403, { detail: "Unusual activity has been detected" }),
    ["risk_controlled"],
  ],
  [
    "403 arkose",
    answer(403, error(null, "arkose_required", "no")),
    ["risk_controlled"],
  ],
  ["403 turnstile", answer(403, error(null, null, "Turnstile failed")), [
    "risk_controlled",
  ]],
  ["403 page that names turnstile", answer(403, "<p>turnstile</p>"), [
    "edge_refused",
  ]],
  ["404 without a body", answer(404, ""), ["edge_refused"]],
  ["400 page", answer(400, "<html>"), ["edge_refused"]],
  ["431 page", answer(431, "<html>"), ["edge_refused"]],
  ["404 with JSON", answer(404, { detail: "Not Found" }), ["request_rejected"]],
  ["413 page", answer(413, "<html>"), ["request_rejected"]],
  ["502 page", answer(502, "<html>"), ["unavailable"]],
  ["403 other", answer(403, { detail: "Forbidden" }), ["unavailable"]],
  [
    "usage not included",
    answer(429, error("usage_not_included", null)),
    ["account_refused", "plan"],
  ],
  ["402", answer(402, error(null, null)), ["account_refused", "plan"]],
  [
    "402 deactivated workspace",
    answer(402, { detail: { code: "deactivated_workspace" } }),
    ["account_refused", "workspace"],
  ],
  [
    "404 model",
    answer(404, error(BAD, "model_not_found")),
    ["account_refused", "model"],
  ],
  [
    "400 model of another plan",
    answer(400, {
      detail:
        "The 'gpt-x' model is not supported when using Codex with a ChatGPT account.",
    }),
    ["account_refused", "model"],
  ],
  [
    "400 that only quotes that sentence",
    answer(
      400,
      error(
        BAD,
        null,
        "Bad input: \"The 'x' model is not supported when using Codex with a ChatGPT account.\"",
      ),
    ),
    ["request_rejected"],
  ],
  [
    "400 blob of another account",
    answer(400, error(BAD, "invalid_encrypted_content")),
    ["account_refused", "encrypted_content"],
  ],
  ["500", answer(500, error(BAD, "server_error")), ["unavailable"]],
  [
    "503 that speaks of a limit",
    answer(503, error(null, null, "You have hit your usage limit")),
    ["quota_exhausted"],
  ],
  ["529", answer(529, error(BAD, null, "overloaded")), ["unavailable"]],
  [
    "503 overloaded with a hint",
    answer(503, error(BAD, "server_is_overloaded"), { "retry-after": "3" }),
    ["unavailable", 3000],
  ],
  [
    "503 to an account with a spent window and credits",
    answer(503, error(BAD, "server_is_overloaded"), {
      "x-codex-secondary-used-percent": "100",
      "x-codex-secondary-reset-at": String(NOW / 1000 + 86_400),
    }),
    ["unavailable"],
  ],
  ["302", answer(302, ""), ["unavailable"]],
  [
    "400 that quotes the word quota",
    answer(400, error(BAD, "bad", "Unknown parameter: 'quota'; rate limit")),
    ["request_rejected"],
  ],
  [
    "400 with no code that quotes the word quota",
    answer(400, { detail: "quota exceeded? unusual activity? usage limit?" }),
    ["request_rejected"],
  ],
  [
    "400 context length",
    answer(400, error(BAD, "context_length_exceeded")),
    ["request_rejected"],
  ],
  [
    "503 with a code of the request",
    answer(503, error(null, "invalid_prompt")),
    ["request_rejected"],
  ],
  [
    "400 cyber policy",
    answer(400, error(BAD, "cyber_policy")),
    ["request_rejected"],
  ],
  ["404", answer(404, error(BAD, null, "nf")), ["request_rejected"]],
  ["413", answer(413, ""), ["request_rejected"]],
  ["422", answer(422, error(BAD, null)), ["request_rejected"]],
];

for (const [name, given, expected] of ANSWERS) {
  Deno.test(`classifyAnswer() judges ${name}`, () => {
    const failure = classifyAnswer(given, NOW);
    assertEquals(gist(failure), expected);
    if ("answer" in failure) {
      assertEquals(failure.answer, { ...given, at: "answer" });
    }
  });
}

function failed(code: string, message = "boom"): string {
  return JSON.stringify({
    type: "response.failed",
    response: { id: "r", status: "failed", error: { code, message } },
  });
}

const EVENTS: ReadonlyArray<
  readonly [string, string, string, readonly unknown[]]
> = [
  ["overload", "response.failed", failed("server_is_overloaded"), [
    "unavailable",
  ]],
  ["server error", "response.failed", failed("server_error"), ["unavailable"]],
  ["a code nobody knows", "response.failed", failed("xyzzy"), ["unavailable"]],
  ["slow down", "response.failed", failed("slow_down"), ["rate_limited"]],
  [
    "rate limit with words",
    "response.failed",
    failed("rate_limit_exceeded", "Please try again in 20ms."),
    ["rate_limited", 1000],
  ],
  ["quota", "response.failed", failed("insufficient_quota"), [
    "quota_exhausted",
  ]],
  ["plan", "response.failed", failed("usage_not_included"), [
    "account_refused",
    "plan",
  ]],
  ["context", "response.failed", failed("context_length_exceeded"), [
    "request_rejected",
  ]],
  ["prompt", "response.failed", failed("invalid_prompt"), ["request_rejected"]],
  ["a bad image", "response.failed", failed("invalid_base64_image"), [
    "request_rejected",
  ]],
  ["a large image", "response.failed", failed("image_file_too_large"), [
    "request_rejected",
  ]],
  [
    "lost previous response",
    "response.failed",
    failed("previous_response_not_found"),
    ["request_rejected"],
  ],
  ["no error at all", "response.failed", "{}", ["unavailable"]],
  ["no JSON at all", "error", "oops", ["unavailable"]],
  [
    "usage limit",
    "error",
    JSON.stringify({
      type: "error",
      status: 429,
      error: {
        type: "usage_limit_reached",
        message: "m",
        resets_at: NOW / 1000 + 90,
      },
    }),
    ["quota_exhausted", 90_000],
  ],
  [
    "usage limit without status",
    "error",
    JSON.stringify({
      type: "error",
      error: { type: "usage_limit_reached", resets_in_seconds: 30 },
    }),
    ["quota_exhausted", 30_000],
  ],
  [
    "rate limit with headers of its own",
    "error",
    JSON.stringify({
      type: "error",
      status: 429,
      error: { type: "tokens", code: "rate_limit_exceeded", message: "m" },
      headers: { "retry-after": "4", "bad name\n": "x" },
    }),
    ["rate_limited", 4000],
  ],
  [
    "401",
    "error",
    '{"type":"error","status":401,"error":{"code":"token_expired"}}',
    ["access_token_rejected"],
  ],
  [
    "403",
    "error",
    '{"type":"error","status":403,"error":{"type":"forbidden","message":"nope"}}',
    ["unavailable"],
  ],
  [
    "400",
    "error",
    '{"type":"error","status":400,"error":{"code":"unknown_parameter"}}',
    ["request_rejected"],
  ],
  [
    "500 under the alias status_code",
    "error",
    '{"type":"error","status_code":500,"error":{"type":"server_error"}}',
    ["unavailable"],
  ],
  [
    "a flat error",
    "error",
    '{"type":"error","code":"rate_limit_exceeded","message":"m","param":null}',
    ["rate_limited"],
  ],
  [
    "a bad request without status",
    "error",
    '{"type":"error","error":{"type":"invalid_request_error","message":"m"}}',
    ["request_rejected"],
  ],
  [
    "an answer cut short by a usage limit",
    "response.incomplete",
    '{"response":{"incomplete_details":{"reason":"usage_limit_reached"}}}',
    ["quota_exhausted"],
  ],
  [
    "an answer cut short with an error",
    "response.incomplete",
    JSON.stringify({
      response: {
        error: { code: "rate_limit_exceeded", resets_in_seconds: 12 },
        incomplete_details: null,
      },
    }),
    ["rate_limited", 12_000],
  ],
];

/** What an event that ends a turn says of it besides its name. */
const ENDS: ReadonlyArray<[type: string, data: unknown, well: boolean]> = [
  ["response.completed", { response: { status: "completed" } }, true],
  ["response.completed", "not even an object", true],
  ["response.done", { response: { status: "completed", error: null } }, true],
  ["response.done", { response: { error: { code: "slow_down" } } }, false],
  ["response.incomplete", {}, true],
  ["response.incomplete", cutShort("max_output_tokens"), true],
  ["response.incomplete", cutShort("content_filter"), true],
  ["response.incomplete", cutShort("brand_new"), true],
  ["response.incomplete", cutShort("usage_limit_reached"), false],
  ["response.incomplete", cutShort("insufficient_quota"), false],
  ["response.incomplete", cutShort("server_is_overloaded"), false],
  ["response.incomplete", { error: { type: "usage_limit_reached" } }, false],
  ["response.failed", { response: {} }, false],
  ["error", {}, false],
];

function cutShort(reason: string): unknown {
  return { response: { incomplete_details: { reason } } };
}

for (const [type, data, well] of ENDS) {
  const text = JSON.stringify(data);
  Deno.test(`${type} ${text} ends a turn ${well ? "well" : "badly"}`, () => {
    assertEquals(endedWell({ type, data: text }), well);
  });
}

for (const [name, type, data, expected] of EVENTS) {
  Deno.test(`classifyEvent() judges ${type}: ${name}`, () => {
    const failure = classifyEvent({ type, data }, answer(200, ""), NOW);
    assertEquals(gist(failure), expected);
  });
}

Deno.test("an event that is longer than any error is not parsed", () => {
  const data = JSON.stringify({
    type: "error",
    error: { code: "slow_down" },
    padding: "x".repeat(MAX_ERROR_EVENT_CHARS),
  });
  const failure = classifyEvent({ type: "error", data }, answer(200, ""), NOW);
  assertEquals(gist(failure), ["unavailable"]);
});

Deno.test("an event with a hundred thousand headers is read as far as one has", () => {
  const many = Array.from({ length: 100_000 }, (_, n) => [`h${n}`, "1"]);
  const headers = (hints: readonly (readonly string[])[]) =>
    JSON.stringify({
      type: "error",
      error: { code: "slow_down" },
      headers: Object.fromEntries(hints),
    });
  const hint = ["retry-after", "7"];
  for (
    const [hints, expected] of [
      [[hint, ...many], 7000],
      [[...many, hint], undefined],
    ] as const
  ) {
    const event = { type: "error", data: headers(hints) };
    const failure = classifyEvent(event, answer(200, ""), NOW);
    assertEquals(gist(failure), ["rate_limited", expected].filter(Boolean));
  }
});

Deno.test("classifyAnswer() keeps the upstream's message and answer", () => {
  const given = answer(400, error(BAD, "bad", "Unknown parameter: 'foo'."));
  assertEquals(classifyAnswer(given, NOW), {
    kind: "request_rejected",
    message: "Unknown parameter: 'foo'.",
    answer: { ...given, at: "answer" },
  });
});

Deno.test("classify never throws and never gives a delay out of range", () => {
  const seeds = [
    ...ANSWERS.map(([, { body }]) => new TextDecoder().decode(body)),
    ...EVENTS.map(([, , data]) => data),
  ];
  const random = lehmer(7);
  for (let round = 0; round < 4000; round++) {
    const text = mutate(seeds[random(seeds.length)] ?? "", random);
    const status = 200 + random(400);
    const given = answer(status, text, { "retry-after": mutate("7", random) });
    const type = ["error", "response.failed"][random(2)] ?? "";
    check(classifyAnswer(given, NOW));
    check(classifyEvent({ type, data: text }, given, NOW));
  }
});

function check(failure: Failure): void {
  if (!("retryAfterMs" in failure)) return;
  const delay = failure.retryAfterMs;
  if (delay === undefined) return;
  assert(delay >= 1000 && delay <= 8 * 86_400_000, String(delay));
}

/** Lehmer's generator: the same numbers in each run. */
function lehmer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = state * 48271 % 2147483647;
    return state % below;
  };
}

/** One to three printable characters changed, removed or doubled. */
function mutate(text: string, random: (below: number) => number): string {
  let out = text;
  for (let n = random(3) + 1; n > 0; n--) {
    const at = random(out.length + 1);
    const put = ["", String.fromCharCode(32 + random(95)), "9e99", "null"];
    out = out.slice(0, at) + (put[random(4)] ?? "") +
      out.slice(at + random(2));
  }
  return out;
}

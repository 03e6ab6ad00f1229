import { assert, assertEquals } from "@std/assert";
import {
  callerErrorFrame,
  KEEPALIVE_FRAME,
  renderFailureFrame,
  START_OVER,
} from "../../lib/downstream/render_frame.ts";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";

const NOW = 1_800_000_000_000;
const CANARY = "rt_canary acct-canary eyJcanarycanary";

function answer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): UpstreamError {
  return {
    at: status === 200 ? "event" : "answer",
    status,
    headers: new Headers(headers),
    body: new TextEncoder().encode(body),
  };
}

const HIDDEN = answer(429, `{"detail":"${CANARY}"}`, { "x-who": CANARY });

interface Case {
  readonly what: string;
  readonly failure: Failure;
  readonly dialect?: "codex" | "openai";
  readonly unavailable?: "limits" | "overloaded";
  readonly status: number;
  /** `error.code`, or else `error.type`. */
  readonly code: string;
  readonly retryAfter?: string;
}

function pool(state: "spent" | "busy", inMs: number): Failure {
  return { kind: "no_account", pool: { state, readyAt: NOW + inMs } };
}

const EMPTY: Failure = { kind: "no_account", pool: { state: "empty" } };

const CASES: readonly Case[] = [
  {
    what: "spent",
    failure: pool("spent", 60_000),
    status: 429,
    code: "usage_limit_reached",
  },
  {
    what: "busy",
    failure: pool("busy", 12_000),
    status: 429,
    code: "rate_limit_exceeded",
    retryAfter: "12",
  },
  {
    what: "busy for a while",
    failure: pool("busy", 120_000),
    status: 429,
    code: "rate_limit_exceeded",
    retryAfter: "60",
  },
  {
    what: "busy till tomorrow",
    failure: pool("busy", 86_400_000),
    status: 400,
    code: "no_account_available",
  },
  { what: "empty", failure: EMPTY, status: 400, code: "no_usable_account" },
  {
    what: "transport",
    failure: { kind: "transport", message: CANARY },
    status: 503,
    code: "upstream_unreachable",
    retryAfter: "1",
  },
  ...(["spent", "busy"] as const).flatMap((state): Case[] => [
    {
      what: `${state}, as the original`,
      failure: pool(state, 12_000),
      unavailable: "overloaded",
      status: 503,
      code: "server_is_overloaded",
      retryAfter: "12",
    },
    {
      what: `${state}, for an SDK`,
      failure: pool(state, 12_000),
      dialect: "openai",
      status: 429,
      code: state === "spent" ? "insufficient_quota" : "rate_limit_exceeded",
      retryAfter: "12",
    },
  ]),
  ...([
    { kind: "access_token_rejected", message: CANARY, answer: HIDDEN },
    { kind: "risk_controlled", message: CANARY, answer: HIDDEN },
    { kind: "account_invalid", message: CANARY },
    {
      kind: "quota_exhausted",
      message: CANARY,
      retryAfterMs: 1,
      answer: HIDDEN,
    },
    { kind: "rate_limited", message: CANARY, retryAfterMs: 1, answer: HIDDEN },
  ] as const satisfies readonly Failure[]).map((failure): Case => ({
    what: failure.kind,
    failure,
    status: 429,
    code: "rate_limit_exceeded",
    retryAfter: "1",
  })),
  ...([
    ["without a hint", {}, "1"],
    ["with a hint", { "retry-after": "7" }, "7"],
  ] as const).map(([what, headers, retryAfter]): Case => ({
    what: `upstream's own trouble ${what}`,
    failure: {
      kind: "unavailable",
      message: "down",
      retryAfterMs: undefined,
      answer: answer(502, "<html>", headers),
    },
    status: 502,
    code: "server_error",
    retryAfter,
  })),
  {
    what: "a refresh that failed for now",
    failure: {
      kind: "not_refreshed",
      message: CANARY,
      retryAfterMs: undefined,
    },
    status: 503,
    code: "token_not_refreshed",
    retryAfter: "1",
  },
  {
    what: "no answer in time",
    failure: { kind: "timeout", message: "no head within 600 s" },
    status: 504,
    code: "upstream_timeout",
  },
  {
    what: "an answer that is none",
    failure: { kind: "no_answer", message: "upstream answered 302" },
    status: 502,
    code: "upstream_error",
    retryAfter: "2",
  },
  {
    what: "a refused handshake",
    failure: {
      kind: "request_rejected",
      message: "no",
      answer: answer(
        400,
        '{"error":{"type":"t","code":"c","message":"m","param":null}}',
        { "retry-after": "7" },
      ),
    },
    status: 400,
    code: "c",
    retryAfter: "7",
  },
  {
    what: "a refused handshake with a detail",
    failure: {
      kind: "account_refused",
      refused: "model",
      message: "no",
      answer: answer(403, '{"detail":"not for you"}'),
    },
    status: 403,
    code: "invalid_request_error",
  },
  {
    what: "a refused handshake that is a page",
    failure: {
      kind: "request_rejected",
      message: "no",
      answer: answer(404, "<html>"),
    },
    status: 404,
    code: "invalid_request_error",
  },
];

for (const { what, failure, status, code, retryAfter, ...how } of CASES) {
  Deno.test(`${what}: a frame that the client understands`, () => {
    const text = renderFailureFrame(failure, {
      dialect: "codex",
      unavailable: "limits",
      now: NOW,
      ...how,
    });
    const frame = JSON.parse(text);
    assertEquals(frame.type, "error");
    assertEquals(frame.status, status);
    assertEquals(frame.error.code ?? frame.error.type, code);
    assertEquals(typeof frame.error.message, "string");
    assertEquals(frame.headers?.["retry-after"], retryAfter);
    assert(!text.includes("canary"), text);
    if (code === "usage_limit_reached") {
      assertEquals(frame.error.resets_at, NOW / 1000 + 60);
      assertEquals(frame.error.resets_in_seconds, 60);
    }
  });
}

Deno.test("an empty pool has no time of return, so the longest wait is told", () => {
  const text = renderFailureFrame(EMPTY, {
    dialect: "codex",
    unavailable: "overloaded",
    now: NOW,
  });
  const frame = JSON.parse(text);
  assertEquals(frame.status, 503);
  assertEquals(frame.headers["retry-after"], "60");
});

Deno.test("upstream's own frame is passed on as it is", () => {
  const text = '{ "type":"error","status":400, "n":1e400 }';
  const failure: Failure = {
    kind: "request_rejected",
    message: "no",
    answer: answer(200, text),
  };
  const options = { dialect: "codex", unavailable: "limits", now: 0 } as const;
  assertEquals(renderFailureFrame(failure, options), text);
});

Deno.test("the start-over signal is what the client looks for", () => {
  const frame = JSON.parse(START_OVER);
  assertEquals(
    [frame.type, frame.status, frame.error.code],
    ["error", 400, "previous_response_not_found"],
  );
});

Deno.test("an error of the caller's has a status too", () => {
  const message = 'a "quoted" message';
  const error = { status: 400, code: "c", message, param: "input[0]" };
  assertEquals(JSON.parse(callerErrorFrame(error)), {
    type: "error",
    status: 400,
    error: {
      type: "invalid_request_error",
      code: "c",
      message,
      param: "input[0]",
    },
  });
});

Deno.test("a keep-alive is an event of no known type", () => {
  assertEquals(JSON.parse(KEEPALIVE_FRAME), { type: "keepalive" });
});

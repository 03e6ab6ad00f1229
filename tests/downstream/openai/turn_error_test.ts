import { assertEquals } from "@std/assert";
import {
  interruptionError,
  turnError,
} from "../../../lib/downstream/openai/turn_error.ts";

/** What a failed turn means with this code. */
const CODES: ReadonlyArray<
  [code: string, status: number, type: string, retryAfter?: number]
> = [
  ["context_length_exceeded", 400, "invalid_request_error"],
  ["invalid_prompt", 400, "invalid_request_error"],
  ["invalid_encrypted_content", 400, "invalid_request_error"],
  ["image_too_large", 400, "invalid_request_error"],
  ["rate_limit_exceeded", 429, "rate_limit_error"],
  ["usage_limit_reached", 429, "insufficient_quota"],
  ["insufficient_quota", 429, "insufficient_quota"],
  ["server_is_overloaded", 503, "server_error", 5],
  ["slow_down", 503, "server_error", 5],
  ["server_error", 500, "server_error"],
  ["never_heard_of", 500, "server_error"],
];

for (const [code, status, type, retryAfter] of CODES) {
  Deno.test(`a turn that failed with ${code} is a ${status} ${type}`, () => {
    const error = { code, message: "why" };
    const expected = {
      status,
      error: { message: "why", type, param: null, code },
      retryAfter,
    };
    for (
      const event of [
        { type: "response.failed", response: { id: "resp_1", error } },
        { type: "error", error },
        { type: "error", ...error, sequence_number: 3 },
      ]
    ) assertEquals(turnError(JSON.stringify(event)), expected);
  });
}

const BARE = {
  status: 500,
  error: {
    message: "The turn failed upstream",
    type: "server_error",
    param: null,
    code: "server_error",
  },
  retryAfter: undefined,
};

for (
  const data of [
    "",
    "no JSON",
    "[]",
    '{"type":"response.failed"}',
    '{"type":"response.failed","response":{"error":null}}',
    '{"type":"error","error":5,"code":7}',
  ]
) {
  Deno.test(`turnError of ${data} still has all four members`, () => {
    assertEquals(turnError(data), BARE);
  });
}

Deno.test("a turn error keeps its parameter, and a request's type without a code", () => {
  const error = {
    type: "invalid_request_error",
    message: "no",
    param: "tools[0].name",
  };
  assertEquals(turnError(JSON.stringify({ type: "error", error })), {
    status: 400,
    error: { ...error, code: null },
    retryAfter: undefined,
  });
});

Deno.test("an interrupted turn is a 502", () => {
  const why = { code: "stream_interrupted", message: "cut" } as const;
  assertEquals(interruptionError(why), {
    status: 502,
    error: { ...why, type: "server_error", param: null },
    retryAfter: undefined,
  });
});

import { assertEquals } from "@std/assert";
import {
  describeFailure,
  type Failure,
  nextStep,
  type Refusal,
  subjectOf,
  type UpstreamError,
} from "../../lib/failure/failure.ts";
import { redact } from "../../lib/failure/redact.ts";

const answer: UpstreamError = {
  at: "answer",
  status: 429,
  headers: new Headers(),
  body: new Uint8Array(),
};
const message = "boom";
const retryAfterMs = undefined;

const STEPS: ReadonlyArray<readonly [Failure, string]> = [
  [{ kind: "access_token_rejected", message, answer }, "refresh"],
  [{ kind: "rate_limited", message, retryAfterMs, answer }, "fail_over"],
  [{ kind: "quota_exhausted", message, retryAfterMs, answer }, "fail_over"],
  [{ kind: "risk_controlled", message, answer }, "fail_over"],
  [
    { kind: "account_refused", refused: "model", message, answer },
    "fail_over",
  ],
  [
    { kind: "not_refreshed", message, retryAfterMs },
    "fail_over",
  ],
  [{ kind: "transport", message }, "fail_over"],
  [{ kind: "account_invalid", message }, "fail_over"],
  [{ kind: "request_rejected", message, answer }, "give_up"],
  [{ kind: "no_account", pool: { state: "empty" } }, "give_up"],
  [{ kind: "caller_gone" }, "give_up"],
];

for (const [failure, expected] of STEPS) {
  Deno.test(`nextStep() of ${failure.kind} is ${expected}`, () => {
    assertEquals(nextStep(failure), expected);
  });
}

Deno.test("describeFailure() puts the status before the message", () => {
  const failure: Failure = { kind: "risk_controlled", message, answer };
  assertEquals(describeFailure(failure), "429: boom");
});

Deno.test("describeFailure() knows no status of an event inside a 200", () => {
  const failure: Failure = {
    kind: "risk_controlled",
    message,
    answer: { ...answer, at: "event" },
  };
  assertEquals(describeFailure(failure), "boom");
});

Deno.test("describeFailure() has at most 512 characters", () => {
  const long = "x".repeat(510) + "😀".repeat(100);
  const text = describeFailure({ kind: "transport", message: long });
  assertEquals(text.length <= 512, true);
  assertEquals(text.isWellFormed(), true);
});

Deno.test("describeFailure() does not leave half a token at its end", () => {
  const secret = "opaque-secret-of-ours";
  for (let before = 480; before < 520; before++) {
    const text = describeFailure(
      { kind: "transport", message: "x".repeat(before) + secret },
      [secret],
    );
    assertEquals(text.includes("opaque"), false, text);
  }
});

const JWT = "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln";

const TEXTS: ReadonlyArray<readonly [string, string]> = [
  [`token ${JWT} expired`, "token [redacted] expired"],
  [`{"refresh_token":"rt_abc-DEF.1"}`, `{"refresh_token":"[redacted]"}`],
  ["rt.1.AAAA_b-c spent", "[redacted] spent"],
  ["authorization: bearer abc.def", "authorization: Bearer [redacted]"],
  ["Incorrect API key: sk-dummy123", "Incorrect API key: [redacted]"],
  ["own secret here", "own [redacted] here"],
  ["start_now, part.1, at-once", "start_now, part.1, at-once"],
  ["nothing to hide", "nothing to hide"],
];

for (const [text, expected] of TEXTS) {
  Deno.test(`redact() makes "${expected}"`, () => {
    assertEquals(redact(text, ["secret", ""]), expected);
  });
}

const SUBJECTS: ReadonlyArray<[refused: Refusal, subject: string]> = [
  ["plan", "account"],
  ["workspace", "account"],
  ["model", "account"],
  // The conversation holds what another account has encrypted.
  ["encrypted_content", "request"],
];

for (const [refused, subject] of SUBJECTS) {
  Deno.test(`subjectOf() a refusal of ${refused} is the ${subject}`, () => {
    const failure: Failure = {
      kind: "account_refused",
      refused,
      message,
      answer,
    };
    assertEquals(subjectOf(failure), subject);
  });
}

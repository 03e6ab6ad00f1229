/** Answers of upstream: error bodies, hints, cookies. */
import {
  classifyAnswer,
  classifyEvent,
} from "../../../lib/failure/classify.ts";
import { describeFailure } from "../../../lib/failure/failure.ts";
import { redact } from "../../../lib/failure/redact.ts";
import { retryAfterMs } from "../../../lib/failure/retry_after.ts";
import { parseObject } from "../../../lib/protocol/json.ts";
import type { Random } from "../../support/random.ts";
import {
  type Bytes,
  bytesOf,
  captured,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const DAY_MS = 86_400_000;
const NOW = 1_764_374_400_000;

/** Lines of `name: value`, then a body, as on the wire. */
function splitAnswer(input: Bytes): [headers: Headers, body: string] {
  const text = textOf(input);
  const at = text.indexOf("\n\n");
  const headers = new Headers();
  for (const line of text.slice(0, Math.max(0, at)).split("\n")) {
    const colon = line.indexOf(":");
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      // Not a header line.
    }
  }
  return [headers, text.slice(at + 2)];
}

const ERRORS: readonly string[] = [
  'retry-after: 7\n\n{"error":{"type":"usage_limit_reached","resets_at":1764374500}}',
  'retry-after-ms: 1500\n\n{"error":{"code":"rate_limit_exceeded","message":"Please try again in 1h 2m 3.5s"}}',
  'retry-after: Sun, 29 Nov 2026 00:00:00 GMT\n\n{"detail":{"code":"deactivated_workspace"}}',
  'x-codex-primary-used-percent: 100\nx-codex-primary-reset-at: 1764374500\nx-codex-secondary-reset-after-seconds: 9\n\n{"detail":"no"}',
  "content-type: text/html\n\n<!DOCTYPE html><title>Just a moment</title>",
  '\n\n{"type":"error","status":429,"error":{"message":"rt_sim_0123456789abcdef"},"headers":{"retry-after":"3"}}',
  '\n\n{"type":"response.incomplete","response":{"incomplete_details":{"reason":"usage_limit_reached"}}}',
];

const WORDS = [
  "retry-after: ",
  "resets_in_seconds",
  '"resets_at":',
  '"status":',
  '"error":',
  '"detail":',
  '"code":"server_is_overloaded"',
  '"type":"usage_limit_reached"',
  '"message":"try again in 3 days and 4 hours"',
  "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJlbWFpbCI6ImEifQ.simulated",
  "Bearer sk-sim-0123456789abcdef",
  "100",
  "GMT",
];

export const ERROR_BODIES: Target = {
  name: "error bodies",
  samples: [
    ...ERRORS.map(bytesOf),
    ...captured("C3-sse-http-status-reactions.json", ["body", "error"])
      .map((body) => bytesOf(`\n\n${textOf(body)}`)),
  ],
  words: WORDS,
  check: (input, random) => {
    const [headers, body] = splitAnswer(input);
    const bytes = bytesOf(body);
    const status = random.pick(STATUSES);
    const answer = { status, headers, body: bytes };
    const type = random.pick([
      "error",
      "response.failed",
      "response.incomplete",
    ]);
    const failures = [
      classifyAnswer(answer, NOW),
      classifyEvent({ type, data: body }, { ...answer, status: 200 }, NOW),
    ];
    for (const failure of failures) {
      const told = describeFailure(failure, ["s3cret-of-no-known-form"]);
      holds(told.length <= 512 && !/\s{2}|\n/.test(told), "not one line");
      checkRedacted(told);
      if ("retryAfterMs" in failure) checkDelay(failure.retryAfterMs);
    }
    checkDelay(retryAfterMs(headers, parseObject(body), body, NOW));
    checkRedacted(redact(body));
    same(redact(redact(body)), redact(body), "redacted twice");
  },
};

const STATUSES: readonly number[] = [
  400,
  401,
  402,
  403,
  404,
  429,
  500,
  503,
  529,
];

function checkDelay(ms: number | undefined): void {
  if (ms === undefined) return;
  holds(Number.isInteger(ms), `a delay of ${ms}`);
  holds(ms >= 1_000 && ms <= 8 * DAY_MS, `a delay of ${ms}`);
}

function checkRedacted(text: string): void {
  holds(!/eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0\.[\w-]{16}/.test(text), "a JWT");
  holds(
    !/sk-sim-[0-9a-f]{8}/.test(text.replace(/\w+sk-sim-\w+/g, "")),
    "a key",
  );
}

/** For other targets: a status, and header lines. */
export function randomStatus(random: Random): number {
  return random.pick(STATUSES);
}

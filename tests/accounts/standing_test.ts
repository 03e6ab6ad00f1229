/** What an account's status comes from: failures in a row, and their end. */
import { assertEquals } from "@std/assert";
import { Standing } from "../../lib/accounts/pool/standing.ts";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";
import { NOW } from "../support/accounts.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const answer: UpstreamError = {
  at: "answer",
  status: 500,
  headers: new Headers(),
  body: new Uint8Array(),
};

function limit(retryAfterMs?: number): Failure {
  return { kind: "rate_limited", message: "boom", retryAfterMs, answer };
}

/** How long the standing is blocked for, after a failure at `now`. */
function blockedMs(standing: Standing, now: number, failure = limit()): number {
  standing.failed(failure, now, now);
  const status = standing.status(now);
  return status.state === "cooling" ? status.until - now : 0;
}

/** Three limits in a row, each after the cooldown of the last. */
function doubled(): Standing {
  const standing = new Standing();
  const waits = [0, 10, 20].map((s) => blockedMs(standing, NOW + s * SECOND));
  assertEquals(waits, [1 * SECOND, 2 * SECOND, 4 * SECOND]);
  return standing;
}

const ENDS: ReadonlyArray<[what: string, end: (of: Standing) => void]> = [
  ["a success", (standing) => standing.succeeded()],
  ["a new sign-in", (standing) => standing.clear()],
  ["a person who wakes it", (standing) => void standing.wake()],
];

for (const [what, end] of ENDS) {
  Deno.test(`${what} ends a row of failures`, () => {
    const standing = doubled();
    end(standing);
    assertEquals(blockedMs(standing, NOW + 60 * SECOND), 1 * SECOND);
  });
}

Deno.test("a success does not end what upstream has told to wait for", () => {
  const standing = new Standing();
  standing.failed(limit(HOUR), NOW, NOW);
  standing.succeeded();
  assertEquals(standing.status(NOW + 1).state, "cooling");
});

Deno.test("attempts that met one limit at once are one step", () => {
  const standing = new Standing();
  for (let attempt = 0; attempt < 5; attempt++) {
    standing.failed(limit(), NOW, NOW - SECOND);
  }
  assertEquals(blockedMs(standing, NOW + 10 * SECOND), 2 * SECOND);
});

Deno.test("a clock that was turned back does not stop the steps", () => {
  const standing = new Standing();
  standing.failed(limit(), NOW + HOUR, NOW + HOUR);
  const waits = [0, 10].map((s) => blockedMs(standing, NOW + s * SECOND));
  assertEquals(waits, [2 * SECOND, 4 * SECOND]);
});

/** One account's standings: what a side route's failure says of turns. */
import { assertEquals } from "@std/assert";
import { routeOf, Standings } from "../../lib/accounts/pool/standings.ts";
import type { Failure } from "../../lib/failure/failure.ts";

const NOW = 1_800_000_000_000;
const message = "m";
const retryAfterMs = undefined;
const answer = {
  at: "answer",
  status: 503,
  headers: new Headers(),
  body: new Uint8Array(),
} as const;

const DOWN: Failure = { kind: "unavailable", message, retryAfterMs, answer };

const ROUTES: readonly [failure: Failure, isOfRoute: boolean][] = [
  [DOWN, true],
  [{ kind: "rate_limited", message, retryAfterMs, answer }, true],
  [{ kind: "quota_exhausted", message, retryAfterMs, answer }, false],
  [{ kind: "access_token_rejected", message, answer }, false],
  [{ kind: "account_invalid", message }, false],
  [{ kind: "not_refreshed", message, retryAfterMs }, false],
];

for (const [failure, isOfRoute] of ROUTES) {
  const about = isOfRoute ? "that route" : "turns";
  Deno.test(`${failure.kind} on a side route is about ${about}`, () => {
    assertEquals(routeOf(failure, "images"), isOfRoute ? "images" : undefined);
    assertEquals(routeOf(failure, undefined), undefined);
  });
}

Deno.test("a side route that fails leaves turns and other routes as they are", () => {
  const standings = new Standings();
  const failed = { now: NOW, startedAt: NOW, sideRoute: "images" };
  standings.failed(DOWN, failed);
  const states = (route?: string) => standings.status(NOW, route).state;
  assertEquals(
    [states("images"), states(), states("search")],
    ["cooling", "serving", "serving"],
  );
  standings.failed(DOWN, { ...failed, sideRoute: undefined });
  assertEquals([states(), states("search")], ["cooling", "cooling"]);
  assertEquals(standings.wake(), true);
  assertEquals([states("images"), states()], ["serving", "serving"]);
});

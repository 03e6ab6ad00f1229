/** Holds every refusal against the capture it is built from. */

import { assertEquals } from "@std/assert";
import {
  type Fault,
  usageLimitInStream,
} from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import {
  asForbidden,
  badGateway,
  badRequest,
  contextLengthExceeded,
  creditBalanceExhausted,
  deactivatedWorkspace,
  detailRefusal,
  forbiddenPage,
  insufficientQuota,
  modelNotSupported,
  notFound,
  rateLimitExceeded,
  riskControlled,
  serverError,
  serverIsOverloaded,
  siteOverloaded,
  spendLimitExceeded,
  tooLarge,
  unavailable,
  unprocessable,
  usageNotIncluded,
} from "../../lib/simulator/faults/refusals.ts";
import captures from "../fixtures/captures/C3-sse-http-status-reactions.json" with {
  type: "json",
};
import { connected } from "./socket_client.ts";
import { post, startWithAccount, turnBody } from "./support.ts";

const REFUSALS: ReadonlyArray<[keyof typeof captures, Fault]> = [
  ["C3-sse-400", badRequest()],
  ["C3-sse-400-ctx", contextLengthExceeded()],
  ["C3-sse-402", deactivatedWorkspace()],
  ["C3-sse-403", forbiddenPage()],
  ["C3-sse-404", notFound()],
  ["C3-sse-413", tooLarge()],
  ["C3-sse-422", unprocessable()],
  ["C3-sse-429-rate", rateLimitExceeded(2)],
  ["C3-sse-429-not-included", usageNotIncluded()],
  ["C3-sse-429-quota", insufficientQuota()],
  ["C3-sse-429-usage", usageLimitReached(atCapture())],
  ["C3-sse-500", serverError()],
  ["C3-sse-502", badGateway()],
  ["C3-sse-503", unavailable()],
  ["C3-sse-503-retry-after-once", unavailable(2)],
  ["C3-sse-503-overloaded", serverIsOverloaded()],
  ["C3-sse-529", siteOverloaded()],
];

/** The times of the captured refusal, in ms: two hours to its reset. */
function atCapture() {
  const { resets_at } = captures["C3-sse-429-usage"].body.error;
  const resetsAt = resets_at * 1000;
  return { now: resetsAt - 7_200_000, resetsAt };
}

/** Times of windows differ from run to run; their headers do not. */
function withoutTimes(headers: Iterable<readonly string[]>) {
  return [...headers].map(([name = "", value]) =>
    name.endsWith("-reset-at") ? [name] : [name, value]
  ).toSorted();
}

/** Lines that node:http adds of its own. */
const ADDED = ["connection", "content-length", "date", "keep-alive"];

for (const [name, fault] of REFUSALS) {
  Deno.test(`a refusal looks like ${name}`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    account.fault(fault);
    const response = await post(simulator, { account, body: turnBody("hi") });
    const text = await response.text();
    const headers = [...response.headers]
      .filter(([name]) => !ADDED.includes(name));

    const captured = captures[name];
    const body = typeof captured.body === "string"
      ? captured.body
      : JSON.stringify(captured.body);
    assertEquals(response.status, captured.status);
    assertEquals(text, body);
    assertEquals(withoutTimes(headers), withoutTimes(captured.headers));
  });
}

const UNCAPTURED: ReadonlyArray<[Fault, number, string]> = [
  [riskControlled(), 403, "Unusual activity has been detected"],
  [modelNotSupported("m"), 400, "The 'm' model is not supported"],
  [detailRefusal(418, "tea"), 418, "tea"],
];

for (const [fault, status, words] of UNCAPTURED) {
  Deno.test(`a refusal says "${words}" in its detail`, async () => {
    await using started = await startWithAccount();
    const { simulator, account } = started;
    account.fault(fault);
    const response = await post(simulator, { account, body: turnBody("hi") });
    const { detail } = await response.json();
    assertEquals(response.status, status);
    assertEquals(detail.startsWith(words), true);
  });
}

const SPENT: ReadonlyArray<[Fault, number, string]> = [
  [spendLimitExceeded(), 429, "organization_spend_limit_exceeded"],
  [spendLimitExceeded("project"), 429, "project_spend_limit_exceeded"],
  [creditBalanceExhausted(), 429, "credit_balance_exhausted"],
  [asForbidden(insufficientQuota()), 403, "insufficient_quota"],
  [asForbidden(usageNotIncluded()), 403, "usage_not_included"],
  [asForbidden(usageLimitReached(atCapture())), 403, "usage_limit_reached"],
];

for (const [fault, status, type] of SPENT) {
  Deno.test(`a refusal may be ${type} with ${status}, over either transport`, async () => {
    await using parts = await connected();
    const { simulator, account, client } = parts;
    account.fault(fault, 2);
    const response = await post(simulator, { account, body: turnBody("hi") });
    const { error } = await response.json();
    const [event] = await client.turn("hi");
    assertEquals([response.status, error.type], [status, type]);
    assertEquals([event?.status, event?.error], [status, error]);
  });
}

Deno.test("usageLimitInStream() ends a turn that has begun", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(usageLimitInStream(3));
  const events = await client.turn("hi");
  assertEquals(events.length, 4);
  const { type, response } = events.at(-1) ?? {};
  assertEquals(type, "response.incomplete");
  assertEquals(
    Object(response).incomplete_details,
    { reason: "The usage limit has been reached" },
  );
});

Deno.test("rateLimitExceeded() without seconds sends no retry-after", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(rateLimitExceeded());
  const response = await post(simulator, { account, body: turnBody("hi") });
  await response.body?.cancel();
  assertEquals(response.status, 429);
  assertEquals(response.headers.get("retry-after"), null);
});

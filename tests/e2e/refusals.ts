/**
 * What the official client shows and does when upstream refuses, directly and
 * through the gateway.
 *
 * A refusal of the request must look the same to the letter and be tried no
 * more often. Where the gateway says something else on purpose, because it
 * speaks for a pool, the tests name what; upstream is asked once more at most.
 */
import { assert, assertEquals } from "@std/assert";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import {
  badGateway,
  badRequest,
  contextLengthExceeded,
  deactivatedWorkspace,
  forbiddenPage,
  insufficientQuota,
  modelNotSupported,
  notFound,
  rateLimitExceeded,
  serverError,
  serverIsOverloaded,
  tooLarge,
  unavailable,
  unprocessable,
  usageNotIncluded,
} from "../../lib/simulator/faults/refusals.ts";
import type { Running } from "./support/child.ts";
import {
  type Seen,
  seenDirect,
  seenThroughGateway,
  type ThroughGateway,
} from "./support/side_by_side.ts";

const HOUR_MS = 3_600_000;

type Faults = ReadonlyArray<[name: string, fault: Fault]>;

interface BothWays {
  readonly name: string;
  readonly direct: Seen;
  readonly through: ThroughGateway;
}

/** At once: the client waits between its tries, and two cores can do that. */
function bothWays(faults: Faults): Promise<readonly BothWays[]> {
  return Promise.all(faults.map(async ([name, fault]) => {
    const [direct, through] = await Promise.all([
      seenDirect(fault),
      seenThroughGateway(fault),
    ]);
    return { name, direct, through };
  }));
}

/** Each by what upstream answers: of the request, or of every account. */
const SAME: Faults = [
  ["400", badRequest()],
  ["400 context_length_exceeded", contextLengthExceeded()],
  ["400 for the model", modelNotSupported("gpt-6.2-sol")],
  ["404", notFound()],
  ["413", tooLarge()],
  ["422", unprocessable()],
  ["429 usage_not_included", usageNotIncluded()],
];

Deno.test("a refusal looks the same through the gateway and is sent as often", async (t) => {
  for (const { name, direct, through } of await bothWays(SAME)) {
    await t.step(name, () => {
      assertEquals([direct.code, direct.killed], [1, false]);
      assertEquals(through.code, direct.code);
      assertEquals(through.printed, direct.printed);
      assertEquals(through.sends, direct.sends);
    });
  }
});

const RESETS_AT = Math.ceil(Date.now() / 1000) * 1000 + 3 * HOUR_MS;

const SPENT: Faults = [
  [
    "usage_limit_reached",
    usageLimitReached({ now: Date.now(), resetsAt: RESETS_AT }),
  ],
  ["insufficient_quota", insufficientQuota()],
];

for (const [name, fault] of SPENT) {
  Deno.test(`a pool that is spent (${name}) is said to be, once, with the time it is back`, async () => {
    const direct = await seenDirect(fault);
    const through = await seenThroughGateway(fault);

    assertEquals([through.code, through.killed], [1, false]);
    assertEquals([direct.sends, through.sends], [1, 1]);
    const message = "You’ve hit your usage limit. Try again at <time>.";
    assertEquals(fatalLine(through.printed), `ERROR: ${message}`);
    assertEquals(through.view["blocked_reason"], "quota_exhausted");
    const { status, body } = through.nextAnswer;
    assertEquals([status, body.error?.["type"]], [429, "usage_limit_reached"]);
    const blockedUntil = Date.parse(String(through.view["blocked_until"]));
    // Told in whole seconds, rounded so that it is not too early.
    const late = Number(body.error?.["resets_at"]) * 1000 - blockedUntil;
    assert(late === 0 || late === 1000, `${late} ms after blocked_until`);
    if (name === "usage_limit_reached") {
      assertEquals(
        Date.parse(String(through.view["blocked_until"])),
        RESETS_AT,
      );
    }
  });
}

/** Of upstream's own: with nobody left to ask, its status is told. */
const TROUBLE: Faults = [
  ["403 page", forbiddenPage()],
  ["500", serverError()],
  ["502 page", badGateway()],
  ["503", unavailable()],
  ["503 at capacity", serverIsOverloaded()],
];

Deno.test("trouble that lasts looks the same through the gateway, and is sent once more at most", async (t) => {
  for (const { name, direct, through } of await bothWays(TROUBLE)) {
    await t.step(name, () => {
      assertEquals([direct.code, direct.killed], [1, false]);
      assertEquals([through.code, through.killed], [1, false]);
      assertEquals(through.printed, direct.printed);
      // The gateway gives passing trouble a second chance of its own.
      const more = through.sends - direct.sends;
      assert(more === 0 || more === 1, `${more} more sends`);
      assertEquals(through.view["routing_state"], "temporarily_unavailable");
    });
  }
});

Deno.test("a pool that is busy makes the client wait and asks upstream once", async () => {
  // It would wait for minutes: its first message is enough.
  const waiting = (running: Running) =>
    running.complained("Reconnecting... 1/5");
  const through = await seenThroughGateway(rateLimitExceeded(40), waiting);

  assertEquals(through.sends, 1);
  assertEquals(through.view["blocked_reason"], "rate_limited");
  const { status, retryAfter, body } = through.nextAnswer;
  assertEquals([status, body.error?.["code"]], [429, "rate_limit_exceeded"]);
  const seconds = Number(retryAfter);
  assert(seconds >= 1 && seconds <= 60, `retry-after: ${retryAfter}`);
});

Deno.test("a pool that is away for longer than a client waits is said to be, once", async () => {
  const through = await seenThroughGateway(deactivatedWorkspace());

  assertEquals([through.code, through.killed, through.sends], [1, false, 1]);
  const shown = fatalLine(through.printed) ?? "";
  assert(shown.includes("No account can serve before"), shown);
  assertEquals(through.view["routing_state"], "temporarily_unavailable");
  const { status, body } = through.nextAnswer;
  assertEquals([status, body.error?.["code"]], [400, "no_account_available"]);
});

/** What the client said last before it gave up. */
function fatalLine(printed: string): string | undefined {
  return printed.split("\n").findLast((line) => line.startsWith("ERROR: "));
}

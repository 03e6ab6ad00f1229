import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { startTestGateway } from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";

type Fault = faults.Fault;

interface Case {
  readonly what: string;
  readonly fault: Fault;
  /** How long the gateway waits for a head; default long enough. */
  readonly headersMs?: number;
  /** How often the fault comes. */
  readonly times?: number;
  /** Sends to the first account; one more goes to the second. */
  readonly sends?: number;
  /** Refreshes of the first account. */
  readonly refreshes?: number;
  readonly blocked: readonly [
    state: string,
    reason: string | null,
    source: string | null,
  ];
  /** Seconds; undefined: not asked. */
  readonly blockedFor?: number;
  /** Whether its record mentions it; default true. */
  readonly blamed?: boolean;
}

const READY: Case["blocked"] = ["ready", null, null];
/** Upstream failed and gave no hint: a second, to begin with. */
const GUESSED: Case["blocked"] = [
  "temporarily_unavailable",
  "temporarily_unavailable",
  "local_backoff",
];
/** The gateway's clock stands still: a slow machine must not end a cooldown. */
const NOW = Date.now();
const LATER = NOW + 3_600_000;

const CASES: readonly Case[] = [
  {
    what: "429 usage_limit_reached",
    fault: usageLimitReached({ now: NOW, resetsAt: LATER }),
    blocked: ["cooldown", "quota_exhausted", "upstream_retry_after"],
    blockedFor: 3600,
  },
  {
    what: "429 insufficient_quota",
    fault: refusals.insufficientQuota(),
    blocked: ["cooldown", "quota_exhausted", "fixed_policy"],
    blockedFor: 300,
  },
  {
    what: "429 with retry-after",
    fault: refusals.rateLimitExceeded(30),
    blocked: ["cooldown", "rate_limited", "upstream_retry_after"],
    blockedFor: 30,
  },
  {
    what: "429 that says when",
    fault: refusals.rateLimitExceeded(),
    blocked: ["cooldown", "rate_limited", "upstream_retry_after"],
  },
  {
    what: "429 without a hint",
    fault: refusals.refusal(429, { detail: "slow" }),
    blocked: ["cooldown", "rate_limited", "local_backoff"],
  },
  {
    what: "429 in two writes",
    fault: refusals.splitBody(refusals.insufficientQuota(), 30),
    blocked: ["cooldown", "quota_exhausted", "fixed_policy"],
  },
  {
    what: "429 usage_not_included",
    fault: refusals.usageNotIncluded(),
    blocked: [
      "temporarily_unavailable",
      "temporarily_unavailable",
      "fixed_policy",
    ],
    blockedFor: 1800,
  },
  {
    what: "402 deactivated_workspace",
    fault: refusals.deactivatedWorkspace(),
    blocked: [
      "temporarily_unavailable",
      "temporarily_unavailable",
      "fixed_policy",
    ],
    blockedFor: 1800,
  },
  {
    what: "400 for a model of another plan",
    fault: refusals.modelNotSupported("gpt-6.2-sol"),
    blocked: READY,
  },
  {
    what: "403 page",
    fault: refusals.forbiddenPage(),
    blocked: GUESSED,
    blockedFor: 1,
  },
  {
    what: "403 for unusual activity",
    fault: refusals.riskControlled(),
    blocked: ["risk_controlled", "risk_controlled", "fixed_policy"],
    blockedFor: 1800,
  },
  ...[
    ["500", refusals.serverError()],
    ["502", refusals.badGateway()],
    ["503", refusals.unavailable()],
    ["503 server_is_overloaded", refusals.serverIsOverloaded()],
    ["529", refusals.siteOverloaded()],
  ].map(([what, fault]): Case => ({
    what: String(what),
    fault: fault as Fault,
    blocked: GUESSED,
    blockedFor: 1,
  })),
  {
    what: "503 with retry-after",
    fault: refusals.unavailable(7),
    blocked: [
      "temporarily_unavailable",
      "temporarily_unavailable",
      "upstream_retry_after",
    ],
    blockedFor: 7,
  },
  {
    what: "401 twice",
    fault: refusals.accessTokenRejected(),
    times: 2,
    sends: 2,
    refreshes: 1,
    blocked: [
      "temporarily_unavailable",
      "temporarily_unavailable",
      "fixed_policy",
    ],
    blockedFor: 60,
  },
  // In-band, while nothing has reached the caller.
  ...([
    ["server_is_overloaded", "temporarily_unavailable", "local_backoff"],
    ["server_error", "temporarily_unavailable", "local_backoff"],
    ["brand_new_code", "temporarily_unavailable", "local_backoff"],
    ["slow_down", "rate_limited", "local_backoff"],
    ["rate_limit_exceeded", "rate_limited", "local_backoff"],
    ["insufficient_quota", "quota_exhausted", "fixed_policy"],
    ["usage_limit_reached", "quota_exhausted", "fixed_policy"],
    ["usage_not_included", "temporarily_unavailable", "fixed_policy"],
  ] as const).map(([code, reason, source]): Case => ({
    what: `response.failed ${code}`,
    fault: faults.responseFailed(code, "it failed"),
    blocked: [
      reason === "temporarily_unavailable" ? reason : "cooldown",
      reason,
      source,
    ],
  })),
  {
    what: "response.incomplete usage_limit_reached",
    fault: faults.responseIncomplete("usage_limit_reached"),
    blocked: ["cooldown", "quota_exhausted", "fixed_policy"],
  },
  {
    what: "response.failed as the first event",
    fault: faults.responseFailed("server_error", "it failed", 0),
    blocked: GUESSED,
  },
  {
    what: "an error event with status 429",
    fault: faults.errorEvent({ type: "usage_limit_reached", message: "no" }, {
      status: 429,
    }),
    blocked: ["cooldown", "quota_exhausted", "fixed_policy"],
  },
  {
    what: "an error event with status 503",
    fault: faults.errorEvent({ message: "no" }, { status: 503 }),
    blocked: GUESSED,
  },
  // No answer at all: two more tries, then one other account; nobody's fault.
  ...([
    ["a reset", faults.connectionReset()],
    ["an empty stream", faults.emptyStream()],
    ["a cut behind the head", faults.cutAfter(0)],
    ["a cut in the first event", faults.cutAfter(0, { midEvent: true })],
    ["a cut behind the first event", faults.cutAfter(1)],
  ] as const).map(([what, fault]): Case => ({
    what,
    fault,
    times: 3,
    sends: 3,
    blocked: READY,
    blamed: false,
  })),
  // Once is enough: each of these costs the caller the whole timeout.
  ...([
    ["no head in time", faults.neverAnswers()],
    ["a head that is too late", faults.slowHead(60_000)],
  ] as const).map(([what, fault]): Case => ({
    what,
    fault,
    headersMs: 250,
    times: 1,
    sends: 1,
    blocked: READY,
    blamed: false,
  })),
];

for (const one of CASES) {
  Deno.test(`${one.what}: another account gives one clean answer`, async () => {
    await using test = await startTestGateway({
      accounts: ["a", "b", "c"],
      warm: true,
      flags: ["--routing-policy=fill_first"],
      // Short only where somebody has to lose patience.
      timeouts: { headersMs: one.headersMs ?? 60_000, windowMs: 60_000 },
      runtime: { now: () => NOW, elapsed: () => 0 },
    });
    test.account("a").fault(one.fault, one.times ?? 1);
    const response = await test.turn();
    assertEquals(response.status, 200);
    const body = await response.text();
    assertEquals(body.match(/event: response\.created/g)?.length, 1);
    assertEquals(body.match(/event: response\.completed/g)?.length, 1);
    assert(!body.includes("failed"), body);

    await assertQuiet(test);
    const sends = test.simulator.requests
      .filter(({ target }) => target.endsWith("/responses"))
      .map(({ account }) => account);
    const first = new Array<string>(one.sends ?? 1).fill("a");
    assertEquals(sends, [...first, "b"]);
    assertEquals(test.account("a").refreshCount, one.refreshes ?? 0);

    const { a, b, c } = await test.views();
    assertEquals(
      [a?.["routing_state"], a?.["blocked_reason"], a?.["blocked_source"]],
      [...one.blocked],
    );
    if (one.blockedFor !== undefined) {
      const until = Date.parse(String(a?.["blocked_until"])) - NOW;
      const off = Math.abs(until - one.blockedFor * 1000);
      assert(off < 3000, `blocked for ${until} ms`);
    }
    for (const other of [b, c]) {
      assertEquals(other?.["routing_state"], "ready");
      assertEquals(other?.["last_error"], null);
    }
    assertEquals(typeof a?.["last_error"] === "string", one.blamed ?? true);
  });
}

Deno.test("a usage limit that cuts an answer short is told, and cools", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
  const fault = faults.responseIncomplete("usage_limit_reached", 4);
  test.account("a").fault(fault);
  const body = await (await test.turn()).text();
  assertStringIncludes(body, "event: response.incomplete");
  await assertQuiet(test);
  assertEquals(
    (await test.views())["a"]?.["blocked_reason"],
    "quota_exhausted",
  );
  assertStringIncludes(await (await test.turn()).text(), "response.completed");
  assertEquals(test.simulator.requests.map(({ account }) => account), [
    "a",
    "b",
  ]);
});

Deno.test("401: one refresh, one more try, the same account", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
  test.account("a").expireAccessTokens();
  const response = await test.turn();
  assertStringIncludes(await response.text(), "response.completed");
  await assertQuiet(test);
  assertEquals(
    test.simulator.requests.map(({ target, account }) => [target, account]),
    [
      ["/backend-api/codex/responses", "a"],
      ["/oauth/token", "a"],
      ["/backend-api/codex/responses", "a"],
    ],
  );
  assertEquals((await test.views())["a"]?.["last_error"], null);
});

Deno.test("a broken network is told as such, by one account as by many", async () => {
  for (const accounts of [["a"], ["a", "b"], ["a", "b", "c"]]) {
    await using test = await startTestGateway({ accounts, warm: true });
    for (const name of accounts) {
      test.account(name).fault(faults.connectionReset(), Infinity);
    }
    const response = await test.turn();
    assertEquals(response.status, 503, `${accounts.length} accounts`);
    const { error } = await response.json();
    assertEquals(error.code, "upstream_unreachable");
    assertEquals(
      test.simulator.requests.length,
      accounts.length === 1 ? 3 : 4,
    );
    await assertQuiet(test);
    for (const view of Object.values(await test.views())) {
      assertEquals(view["routing_state"], "ready");
    }
  }
});

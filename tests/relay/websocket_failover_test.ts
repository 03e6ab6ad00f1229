/** What goes wrong on the first of three accounts, and what a caller sees. */
import { assert, assertEquals } from "@std/assert";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import * as sockets from "../../lib/simulator/faults/socket_faults.ts";
import { Caller, type Event, idOf, said } from "../support/caller.ts";
import { spentForAnHour } from "../support/faults.ts";
import {
  startFillFirst,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { silentRuntime } from "../support/silent_runtime.ts";
import { after } from "../support/system.ts";

type Fault = faults.Fault;

/** Of the account that failed, as the admin port says it. */
type Blocked = readonly [state: string, reason: string | null];

const READY: Blocked = ["ready", null];

const SPENT: Blocked = ["cooldown", "quota_exhausted"];
const RATE: Blocked = ["cooldown", "rate_limited"];
const DOWN: Blocked = [
  "temporarily_unavailable",
  "temporarily_unavailable",
];

interface HandshakeCase {
  readonly what: string;
  readonly fault: Fault;
  /** How often it comes; default: always. */
  readonly times?: number;
  readonly blocked: Blocked;
  /** Serves the turn; default b. */
  readonly served?: string;
}

const HANDSHAKES: readonly HandshakeCase[] = [
  {
    what: "401 once",
    fault: refusals.accessTokenRejected(),
    times: 1,
    blocked: READY,
    served: "a",
  },
  { what: "401", fault: refusals.accessTokenRejected(), blocked: DOWN },
  { what: "403", fault: refusals.forbiddenPage(), blocked: DOWN },
  {
    what: "403 for its behaviour",
    fault: refusals.riskControlled(),
    blocked: ["risk_controlled", "risk_controlled"],
  },
  {
    what: "402",
    fault: refusals.deactivatedWorkspace(),
    blocked: DOWN,
  },
  {
    what: "429 usage limit",
    fault: spentForAnHour(),
    blocked: SPENT,
  },
  { what: "429 rate", fault: refusals.rateLimitExceeded(30), blocked: RATE },
  { what: "500", fault: refusals.serverError(), blocked: DOWN },
  { what: "503", fault: refusals.unavailable(7), blocked: DOWN },
  { what: "a hang", fault: faults.neverAnswers(), blocked: READY },
  { what: "a reset", fault: faults.connectionReset(), blocked: READY },
  {
    what: "the wrong key",
    fault: sockets.wrongAcceptKey(),
    blocked: READY,
  },
];

for (const { what, fault, times, blocked, served = "b" } of HANDSHAKES) {
  Deno.test(`${what} for a handshake: another account serves`, async () => {
    // Long enough for every answer that comes.
    const handshakeMs = fault.kind === "never_answer" ? 500 : 10_000;
    await using test = await start({ timeouts: { handshakeMs } });
    test.account("a").faultAt("handshake", fault, times ?? Infinity);
    using caller = await Caller.open(test);
    assertEquals(caller.status, 101);
    assertClean(await caller.turn());
    const [upstream] = test.simulator.connections.filter(({ framesIn }) =>
      framesIn.length > 0
    );
    assertEquals(upstream?.account, served);
    await assertState(test, { a: blocked, b: READY, c: READY });
  });
}

Deno.test("a cut right behind the 101 is a close like any other", async () => {
  await using test = await start();
  test.account("a").faultAt("handshake", faults.cutAfter(0));
  using caller = await Caller.open(test);
  assertEquals((await caller.end())?.code, 1011);
  await assertState(test, { a: READY, b: READY, c: READY });
});

Deno.test("a cut right behind the 101 of a turn's own connection", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.rateLimitExceeded(30));
  test.account("b").faultAt("handshake", faults.cutAfter(0));
  assertClean(await caller.turn());
  await assertState(test, { a: RATE, b: READY, c: READY });
});

Deno.test("a connection that ends as it opens is tried again", async () => {
  const { connect } = silentRuntime();
  let connections = 0;
  await using test = await start({
    runtime: {
      connect: async (request) => {
        const handshake = await connect(request);
        if (++connections === 2 && handshake.kind === "open") {
          handshake.socket.terminate();
          request.handlers.close(1006, "");
        }
        return handshake;
      },
    },
  });
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.rateLimitExceeded(30));
  assertClean(await caller.turn());
  assertEquals(connections, 3);
  await assertState(test, { a: RATE, b: READY, c: READY });
});

Deno.test("426 is passed on, so that the client uses SSE", async () => {
  await using test = await start();
  test.account("a").faultAt("handshake", sockets.upgradeRequired());
  using caller = await Caller.open(test);
  assertEquals(caller.status, 426);
  await assertState(test, { a: READY, b: READY, c: READY });
});

for (
  const [what, fault] of [
    ["hangs up on", sockets.closeWith(1011, "no", 1)],
    ["cuts", faults.cutAfter(1)],
  ] as const
) {
  Deno.test(`an account whose connection upstream always ${what} is left`, async () => {
    await using test = await start();
    test.account("a").fault(fault, Infinity);
    using caller = await Caller.open(test);
    assertClean(await caller.turn());
    assertEquals(
      test.simulator.connections.map(({ account }) => account),
      ["a", "a", "a", "b"],
    );
    await assertState(test, { a: READY, b: READY, c: READY });
  });
}

interface Case {
  readonly what: string;
  readonly fault: Fault;
  readonly blocked: Blocked;
  /** Serves the turn of the second connection, or the moved one. */
  readonly served?: string;
}

/** Before anything is committed, and about the account or the connection. */
const MOVABLE: readonly Case[] = [
  {
    what: "usage limit",
    fault: spentForAnHour(),
    blocked: SPENT,
  },
  {
    what: "rate limit",
    fault: refusals.rateLimitExceeded(30),
    blocked: RATE,
  },
  {
    what: "rate limit with headers",
    fault: sockets.errorEventWithHeaders(
      { code: "rate_limit_exceeded", message: "slow" },
      { status: 429, headers: [["retry-after", "30"]] },
    ),
    blocked: RATE,
  },
  {
    what: "overloaded",
    fault: refusals.serverIsOverloaded(),
    blocked: DOWN,
  },
  {
    what: "an error without a status",
    fault: faults.errorEvent({ type: "server_error", message: "boom" }),
    blocked: DOWN,
  },
  ...[
    ["usage_limit_reached", SPENT],
    ["insufficient_quota", SPENT],
    ["rate_limit_exceeded", RATE],
    ["slow_down", RATE],
    ["server_is_overloaded", DOWN],
    ["server_error", DOWN],
  ].map(([code, blocked]): Case => ({
    what: `response.failed ${code}`,
    fault: faults.responseFailed(String(code), "no"),
    blocked: Array.isArray(blocked) ? [blocked[0], blocked[1]] : READY,
  })),
  {
    what: "response.incomplete usage_limit_reached",
    fault: faults.responseIncomplete("usage_limit_reached"),
    blocked: SPENT,
  },
  {
    what: "401 once",
    fault: refusals.accessTokenRejected(),
    blocked: READY,
    served: "a",
  },
  ...[1000, 1001, 1008, 1011, 1012, 1013].map((code): Case => ({
    what: `close ${code}`,
    fault: sockets.closeWith(code, "bye", 1),
    blocked: READY,
    served: "a",
  })),
  {
    what: "a cut before anything",
    fault: faults.cutAfter(0),
    blocked: READY,
    served: "a",
  },
  {
    what: "a cut after created",
    fault: faults.cutAfter(1),
    blocked: READY,
    served: "a",
  },
  {
    what: "a cut inside an event",
    fault: faults.cutAfter(1, { midEvent: true }),
    blocked: READY,
    served: "a",
  },
  {
    what: "a reset",
    fault: faults.connectionReset(),
    blocked: READY,
    served: "a",
  },
  {
    what: "a binary frame",
    fault: sockets.binaryFrame(1),
    blocked: READY,
    served: "a",
  },
  {
    what: "a broken frame",
    fault: sockets.framingError("reserved_bit", 1),
    blocked: READY,
    served: "a",
  },
  {
    what: "a frame that is not text",
    fault: sockets.framingError("not_utf8", 1),
    blocked: READY,
    served: "a",
  },
];

for (const { what, fault, blocked, served = "b" } of MOVABLE) {
  Deno.test(`${what}: a whole turn moves and nobody notices`, async () => {
    await using test = await start();
    test.account("a").fault(fault);
    using caller = await Caller.open(test);
    assertClean(await caller.turn());
    assertEquals(lastServed(test), served);
    assertClean(await caller.turn());
    await assertState(test, { a: blocked, b: READY, c: READY });
  });

  Deno.test(`${what}: a continued turn starts over, once`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    const first = await caller.turn();
    test.account("a").fault(fault);
    const events = await caller.turn({ previous_response_id: idOf(first) });
    assertStartOver(events);

    using next = await Caller.open(test);
    assertEquals(test.simulator.connections.at(-1)?.account, served);
    assertClean(await next.turn());
    assertEquals(lastServed(test), served);
    await caller.close(1000);
    await caller.end();
    assertEquals(caller.texts.filter(isStartOver).length, 1);
    await assertState(test, { a: blocked, b: READY, c: READY });
  });
}

/** What a caller is shown: all but what one account has left. */
function withoutLimits(frames: readonly string[] = []): readonly string[] {
  return frames.filter((text) => !text.includes('"codex.rate_limits"'));
}

/** What belongs to the request: the caller hears it as it is. */
const PASSED: readonly [what: string, fault: Fault][] = [
  [
    "previous_response_not_found",
    faults.errorEvent({
      type: "invalid_request_error",
      code: "previous_response_not_found",
      message: "no",
    }, { status: 400, after: 0 }),
  ],
  [
    "websocket_connection_limit_reached",
    faults.errorEvent({
      type: "invalid_request_error",
      code: "websocket_connection_limit_reached",
      message: "60 minutes",
    }, { status: 400, after: 0 }),
  ],
  ["400", refusals.badRequest()],
  ["a context that is too long", refusals.contextLengthExceeded()],
  ["response.failed", faults.responseFailed("context_length_exceeded", "x")],
  ["response.failed", faults.responseFailed("invalid_prompt", "x")],
  ["response.incomplete", faults.responseIncomplete("max_output_tokens")],
];

for (const [what, fault] of PASSED) {
  const code = fault.kind === "failed" ? ` ${fault.code}` : "";
  Deno.test(`${what}${code}: passed on word for word`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    const first = await caller.turn();
    test.account("a").fault(fault);
    await caller.turn({ previous_response_id: idOf(first) });
    const [upstream, ...others] = test.simulator.connections;
    assertEquals(others, []);
    assertEquals(caller.texts, withoutLimits(upstream?.framesOut));
    await assertState(test, { a: READY, b: READY, c: READY });
  });
}

/** After the first content there is no other account. */
const COMMITTED: readonly {
  readonly what: string;
  readonly fault: Fault;
  readonly blocked: Blocked;
  /** The close frame; undefined: the connection stays. */
  readonly code?: number;
}[] = [
  {
    what: "a cut after a delta",
    fault: faults.cutAfter(5),
    blocked: READY,
    code: 1011,
  },
  {
    what: "a cut after the item was done",
    fault: faults.cutAfter(6),
    blocked: READY,
    code: 1011,
  },
  ...[1000, 1001, 1008, 1009, 1011, 1012, 1013, 3000, 4999].map((code) => ({
    what: `close ${code}`,
    fault: sockets.closeWith(code, "höflich", 5),
    blocked: READY,
    code,
  })),
  {
    what: "a binary frame",
    fault: sockets.binaryFrame(5),
    blocked: READY,
    code: 1003,
  },
  {
    what: "usage limit",
    fault: faults.responseFailed("usage_limit_reached", "spent", 5),
    blocked: SPENT,
  },
  {
    what: "an error",
    fault: faults.errorEvent({ message: "boom" }, { status: 500, after: 5 }),
    blocked: READY,
  },
];

for (const { what, fault, blocked, code } of COMMITTED) {
  Deno.test(`${what} after commit is passed on`, async () => {
    await using test = await start();
    test.account("a").fault(fault);
    using caller = await Caller.open(test);
    const events = await caller.turn();
    assertEquals(events[0]?.type, "response.created");
    const [upstream, ...others] = test.simulator.connections;
    assertEquals(others, []);
    // Upstream may have said more by the time that we left.
    const sent = withoutLimits(upstream?.framesOut);
    assertEquals(caller.texts, sent.slice(0, caller.texts.length));
    if (code) {
      assertEquals((await caller.end())?.code, code);
    } else {
      assertClean(await caller.turn());
    }
    await assertState(test, { a: blocked, b: READY, c: READY });
  });
}

Deno.test("garbage is passed on, and the turn goes on", async () => {
  await using test = await start();
  test.account("a").fault(sockets.garbageFrame(1));
  using caller = await Caller.open(test);
  const events = await caller.turn();
  assertEquals(events.find(({ type }) => type === "?")?.["text"], "not json");
  assertEquals(said(events), "hello");
  await assertState(test, { a: READY, b: READY, c: READY });
});

Deno.test("silence ends the session, blaming nobody", async () => {
  await using test = await start({
    timeouts: { windowMs: 20, keepaliveMs: 50, idleMs: 500 },
  });
  test.account("a").fault(faults.silenceAfter(1));
  using caller = await Caller.open(test);
  const events = await caller.turn();
  const types = events.map(({ type }) => type);
  assertEquals(types[0], "response.created");
  assert(types.includes("keepalive"), types.join());
  assertEquals(caller.closed?.code, 1011);
  await assertState(test, { a: READY, b: READY, c: READY });
});

Deno.test("silence inside the window: the turn moves, and is not waited for twice", async () => {
  await using test = await start({
    timeouts: { windowMs: 5000, keepaliveMs: 5000, idleMs: 300 },
  });
  test.account("a").fault(faults.silenceAfter(1), Infinity);
  using caller = await Caller.open(test);
  assertClean(await caller.turn());
  assertEquals(test.simulator.connections.map(({ account }) => account), [
    "a",
    "b",
  ]);
  await assertState(test, { a: READY, b: READY, c: READY });
});

Deno.test("a model that no account has: upstream's own words", async () => {
  await using test = await start();
  for (const account of test.simulator.accounts) {
    account.fault(refusals.modelNotSupported("gpt-6.2-sol"), Infinity);
  }
  using caller = await Caller.open(test);
  const [event, ...others] = await caller.turn();
  assertEquals(others, []);
  assertEquals(event?.type, "error");
  assertEquals(event?.["status"], 400);
  assert(JSON.stringify(event).includes("is not supported when using Codex"));
  await assertState(test, { a: READY, b: READY, c: READY });
});

Deno.test("every account fails in the turn: one error, and it has a status", async () => {
  await using test = await start();
  for (const account of test.simulator.accounts) {
    account.fault(spentForAnHour());
  }
  using caller = await Caller.open(test);
  const events = await caller.turn();
  assertEquals(events.map(({ type, status }) => [type, status]), [
    ["error", 429],
  ]);
  await assertState(test, { a: SPENT, b: SPENT, c: SPENT });
});

function start(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({ accounts: ["a", "b", "c"], ...options });
}

function assertClean(events: readonly Event[]): void {
  const types = events.map(({ type }) => type);
  assertEquals(said(events), "hello", JSON.stringify(events));
  assertEquals(types.filter((type) => type === "response.created").length, 1);
  assertEquals(types[0], "response.created");
  assertEquals(types.at(-1), "response.completed");
  const numbers = events.map((event) => event["sequence_number"])
    .filter((number) => typeof number === "number");
  assertEquals(numbers, numbers.map((_, index) => index));
}

function assertStartOver(events: readonly Event[]): void {
  assertEquals(events.length, 1, JSON.stringify(events));
  const [event] = events;
  assertEquals([event?.type, event?.["status"]], ["error", 400]);
  assert(isStartOver(JSON.stringify(event)));
}

function isStartOver(text: string): boolean {
  return text.includes('"previous_response_not_found"');
}

function lastServed(test: TestGateway): string | undefined {
  return test.simulator.connections.findLast(({ framesIn }) =>
    framesIn.length > 0
  )?.account;
}

async function assertState(
  test: TestGateway,
  expected: Readonly<Record<string, Blocked>>,
): Promise<void> {
  await assertQuiet(test);
  const views = await test.views();
  assertEquals(
    Object.fromEntries(
      Object.entries(views).map(([id, view]) => [
        id,
        [view["routing_state"], view["blocked_reason"]],
      ]),
    ),
    Object.fromEntries(
      Object.entries(expected).map(([id, state]) => [id, [...state]]),
    ),
  );
}

Deno.test("a handshake that hangs costs its time once", async () => {
  await using test = await start({ timeouts: { handshakeMs: 500 } });
  test.account("a").faultAt("handshake", faults.neverAnswers(), Infinity);
  using caller = await Caller.open(test);
  assertClean(await caller.turn());
  assertEquals(test.simulator.requests.map(({ account }) => account), [
    "a",
    "b",
  ]);
});

Deno.test("a bug in a turn gives its lease back and ends the session", async () => {
  await using test = await start({
    timeouts: { windowMs: 4321 },
    runtime: {
      after: (ms, task) => {
        if (ms === 4321) throw new Error("a bug");
        return after(ms, task);
      },
    },
  });
  using caller = await Caller.open(test);
  assertEquals(await caller.turn(), []);
  assertEquals(caller.closed?.code, 1011);
  await assertState(test, { a: READY, b: READY, c: READY });
  const errors = test.log.filter(({ level }) => level === "error");
  assertEquals(errors.map(({ message }) => message), ["internal error"]);
});

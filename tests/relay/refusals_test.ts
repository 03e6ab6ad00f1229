/** What a caller is told when the turn could not be had. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { Caller, idOf, withoutLimits } from "../support/caller.ts";
import { startFillFirst, type TestGateway } from "../support/gateway.ts";
import {
  assertNobodyBlamed,
  assertQuiet,
  assertStates,
} from "../support/quiet.ts";
import { asked, Turns } from "../support/transports.ts";
import {
  OF_THE_REQUEST,
  READY,
  REFUSED_BY_ALL,
  type StatusFault,
} from "./turn_faults.ts";

const NAMES = ["a", "b", "c"];

function threeAccounts(...flags: string[]): Promise<TestGateway> {
  return startFillFirst({ accounts: NAMES, flags });
}

function faultEverywhere(test: TestGateway, fault: Fault): void {
  for (const name of NAMES) test.account(name).fault(fault, Infinity);
}

/** Every account is refused so, and the caller reads the very same. */
async function assertPassedOn(
  test: TestGateway,
  fault: StatusFault,
): Promise<Response> {
  faultEverywhere(test, fault);
  const response = await test.turn();
  assertEquals(response.status, fault.status);
  assertEquals(await response.text(), fault.body);
  return response;
}

/** What tells an event of this fault from others. */
function wordsOf(fault: Fault): string {
  if (fault.kind === "event") return JSON.stringify(fault.event).slice(1, -1);
  return JSON.stringify(
    fault.kind === "failed" ? fault.code : fault.kind === "incomplete" &&
      fault.reason,
  );
}

for (const [what, fault] of OF_THE_REQUEST) {
  Deno.test(`${what}: passed on unchanged, and nobody else is asked`, async () => {
    await using test = await threeAccounts();
    if (fault.kind === "status") {
      const response = await assertPassedOn(test, fault);
      for (const [name, value] of fault.headers) {
        assertEquals(response.headers.get(name), value);
      }
      assertEquals(response.headers.get("set-cookie"), null);
    } else {
      faultEverywhere(test, fault);
      using turns = new Turns(test, "events");
      const last = JSON.stringify((await turns.next()).at(-1));
      assertStringIncludes(last, wordsOf(fault));
    }
    await assertQuiet(test);
    assertEquals(test.simulator.requests.length, 1);
    const { a, b } = await test.views();
    assertEquals(a?.["routing_state"], "ready");
    // A request's own fault is not an account's, and its words stay out.
    assertEquals(a?.["last_error"], null);
    assertEquals(b?.["last_error"], null);
  });

  Deno.test(`${what} over a websocket: passed on word for word`, async () => {
    await using test = await threeAccounts();
    using caller = await Caller.open(test);
    const first = await caller.turn();
    test.account("a").fault(fault);
    await caller.turn({ previous_response_id: idOf(first) });
    const [upstream, ...others] = test.simulator.connections;
    assertEquals(others, []);
    assertEquals(
      withoutLimits(caller.texts),
      withoutLimits(upstream?.framesOut),
    );
    await assertStates(test, { a: READY, b: READY, c: READY });
    await assertNobodyBlamed(test);
  });
}

Deno.test("an SDK caller reads a refused request in its own envelope", async () => {
  await using test = await threeAccounts();
  faultEverywhere(
    test,
    refusals.detailRefusal(400, "Unsupported parameter: x"),
  );
  const response = await test.turn({ parallel_tool_calls: false }, {
    headers: { originator: "sdk" },
  });
  assertEquals(response.status, 400);
  assertEquals(await response.json(), {
    error: {
      message: "Unsupported parameter: x",
      type: "invalid_request_error",
      param: "x",
      code: "unsupported_parameter",
    },
  });
  await assertQuiet(test);
});

for (const [what, fault, state] of REFUSED_BY_ALL) {
  Deno.test(`all accounts refuse ${what}: upstream's last answer`, async () => {
    await using test = await threeAccounts();
    await assertPassedOn(test, fault);
    await assertQuiet(test);
    assertEquals(asked(test), NAMES);
    for (const view of Object.values(await test.views())) {
      assertEquals(view["routing_state"], state);
    }
  });

  Deno.test(`all accounts refuse ${what} over a websocket: upstream's own words`, async () => {
    await using test = await threeAccounts();
    faultEverywhere(test, fault);
    using caller = await Caller.open(test);
    const [event, ...others] = await caller.turn();
    assertEquals(others, []);
    assertEquals([event?.type, event?.["status"]], ["error", fault.status]);
    const { detail, error } = JSON.parse(fault.body);
    assertStringIncludes(
      JSON.stringify(event),
      JSON.stringify(detail ?? error.message),
    );
    await assertQuiet(test);
    assertEquals(asked(test), NAMES);
    for (const view of Object.values(await test.views())) {
      assertEquals(view["routing_state"], state);
    }
  });
}

/** When the first of the accounts is back, in seconds from now. */
const SPENT_FOR = 1800;

function spend(test: TestGateway): void {
  const now = Date.now();
  for (const [index, name] of NAMES.entries()) {
    const resetsAt = now + (3 - index) * SPENT_FOR * 1000;
    test.account(name).fault(usageLimitReached({ now, resetsAt }), Infinity);
  }
}

function busy(test: TestGateway): void {
  faultEverywhere(test, refusals.rateLimitExceeded(20));
}

function empty(test: TestGateway): void {
  for (const name of NAMES) {
    test.account(name).revoke();
  }
}

interface Rendering {
  readonly pool: string;
  readonly prepare: (test: TestGateway) => void;
  readonly originator: string;
  readonly flags?: readonly string[];
  readonly status: number;
  readonly code: string;
  /** At most, and more than nothing. */
  readonly retryAfter?: number;
  /** Whether SDKs are told not to try again. */
  readonly isFinal?: boolean;
}

const RENDERINGS: readonly Rendering[] = [
  {
    pool: "a spent pool",
    prepare: spend,
    originator: "codex_exec",
    status: 429,
    code: "usage_limit_reached",
  },
  {
    pool: "a busy pool",
    prepare: busy,
    originator: "Codex Desktop",
    status: 429,
    code: "rate_limit_exceeded",
    retryAfter: 20,
  },
  {
    pool: "an empty pool",
    prepare: empty,
    originator: "codex-tui",
    status: 400,
    code: "no_usable_account",
  },
  {
    pool: "a spent pool",
    prepare: spend,
    originator: "sdk",
    status: 429,
    code: "insufficient_quota",
    retryAfter: SPENT_FOR + 5,
    isFinal: true,
  },
  {
    pool: "a busy pool",
    prepare: busy,
    originator: "sdk",
    status: 429,
    code: "rate_limit_exceeded",
    retryAfter: 20,
  },
  {
    pool: "an empty pool",
    prepare: empty,
    originator: "sdk",
    status: 400,
    code: "no_usable_account",
  },
  ...[spend, busy, empty].map((prepare): Rendering => ({
    pool: `${prepare.name}, --unavailable overloaded`,
    prepare,
    originator: "codex_exec",
    flags: ["--unavailable=overloaded"],
    status: 200,
    code: "server_is_overloaded",
  })),
];

for (const one of RENDERINGS) {
  Deno.test(`${one.pool} answers ${one.originator} with ${one.code}`, async () => {
    await using test = await threeAccounts(...one.flags ?? []);
    one.prepare(test);
    // The first uses the accounts up, the second finds none to ask.
    for (const round of [1, 2]) {
      const before = test.simulator.requests.length;
      const response = await test.turn({ parallel_tool_calls: false }, {
        headers: { originator: one.originator },
      });
      assertEquals(response.status, one.status);
      if (round === 2) {
        assertEquals(test.simulator.requests.length, before);
      }
      const body = await response.text();
      const error = one.status === 200
        ? JSON.parse(body.split("\ndata: ")[1] ?? "").response.error
        : JSON.parse(body).error;
      const word = one.code === "usage_limit_reached" ? error.type : error.code;
      assertEquals(word, one.code);
      if (word === "usage_limit_reached") {
        const off = error.resets_at - Date.now() / 1000 - SPENT_FOR;
        assert(Math.abs(off) < 5, `resets_at is off by ${off} s`);
      }
      const retryAfter = Number(response.headers.get("retry-after"));
      assertEquals(retryAfter > 0, one.retryAfter !== undefined);
      assert(retryAfter <= (one.retryAfter ?? 0));
      assertEquals(
        response.headers.get("x-should-retry"),
        one.isFinal ? "false" : null,
      );
    }
    await assertQuiet(test);
  });
}

Deno.test("what a refusal quotes of a request stays out of the log", async () => {
  await using test = await threeAccounts();
  const quoted = "Invalid value: 'my secret prompt'";
  faultEverywhere(test, refusals.refusal(400, { error: { message: quoted } }));
  assert((await (await test.turn()).text()).includes(quoted));
  assert(!JSON.stringify(test.log).includes("secret prompt"));
  await assertQuiet(test);
});

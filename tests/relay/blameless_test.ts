/**
 * Failures that say nothing of an account: none may keep one away from turns,
 * and with nobody else to ask a caller sees what it would see without us.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encryptedContent } from "../../lib/simulator/model/bound_values.ts";
import * as faults from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { closeWith } from "../../lib/simulator/faults/socket_faults.ts";
import { Caller, createFrame, said } from "../support/caller.ts";
import {
  CODEX_HEADERS,
  startFillFirst,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { FakeClock } from "../support/clock.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { OUTAGES } from "./turn_faults.ts";

type Fault = faults.Fault;

/** The gateway's clock stands still, so no cooldown ends by itself. */
function start(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({
    accounts: ["a"],
    runtime: new FakeClock({ now: Date.now() }).read,
    ...options,
  });
}

/** Once, and then all is well again. */
const TROUBLE: ReadonlyArray<
  readonly [
    what: string,
    fault: Fault,
    status: number,
    retryAfter: string | null,
  ]
> = [
  ...OUTAGES.map(([what, fault]) =>
    [`a ${what}`, fault, fault.status, "1"] as const
  ),
  ["a 403 page", refusals.forbiddenPage(), 403, null],
  ["a 404 without a body", refusals.refusal(404, ""), 404, null],
  [
    "a failed turn",
    faults.responseFailed("server_error", "boom", 1),
    200,
    null,
  ],
];

/** Trouble that the client would meet a second time only if it lasts. */
const PASSING = new Set(
  TROUBLE.filter(([, , , after]) => after !== null)
    .map(([what]) => what).concat("a failed turn"),
);

/** In a frame there is no page: an error event with that status. */
const PASSING_FRAMES = new Set([...PASSING, "a 403 page"]);

for (const [what, fault, status, retryAfter] of TROUBLE) {
  Deno.test(`${what}, once, of the only account`, async () => {
    await using test = await start();
    test.account("a").fault(fault);
    const response = await test.turn();
    const body = await response.text();
    const isServed = PASSING.has(what);
    assertEquals(response.status, isServed ? 200 : status);
    assertEquals(body.includes("response.completed"), isServed);
    assertEquals(test.simulator.requests.length, isServed ? 2 : 1);
    await assertQuiet(test);
  });

  Deno.test(`${what} of the only account is told as it is, and the next turn served`, async () => {
    await using test = await start();
    test.account("a").fault(fault, PASSING.has(what) ? 2 : 1);
    const response = await test.turn();
    assertEquals(response.status, status);
    assertEquals(response.headers.get("retry-after"), retryAfter);
    const body = await response.text();
    if (fault.kind === "status") assertEquals(body, fault.body);
    else assertStringIncludes(body, "response.failed");

    // At once, although a guess of ours says to wait for a second.
    const { a } = await test.views();
    assertEquals(a?.["blocked_source"], "local_backoff");
    const next = await test.turn();
    assertStringIncludes(await next.text(), "response.completed");
    await assertQuiet(test);
    assertEquals((await test.views())["a"]?.["routing_state"], "ready");
  });

  Deno.test(`${what}, once, over a websocket`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    test.account("a").fault(fault);
    const events = await caller.turn();
    const last = events.at(-1)?.type;
    assertEquals(last === "response.completed", PASSING_FRAMES.has(what));
    await assertQuiet(test);
  });

  Deno.test(`${what} over a websocket: told, and the next turn served`, async () => {
    await using test = await start();
    using caller = await Caller.open(test);
    test.account("a").fault(fault, PASSING_FRAMES.has(what) ? 2 : 1);
    const events = await caller.turn();
    assertEquals(events.length, 1);
    if (fault.kind === "status") {
      assertEquals(events[0]?.["status"], status);
    }
    assertEquals(said(await caller.turn()), "hello");
    await assertQuiet(test);
    assertEquals((await test.views())["a"]?.["routing_state"], "ready");
  });
}

Deno.test("while all accounts fail, one request asks three of them at most again", async () => {
  const accounts = ["a", "b", "c", "d", "e"];
  await using test = await start({ accounts });
  for (const name of accounts) {
    test.account(name).fault(refusals.serverError(), Infinity);
  }
  // Five accounts, and the first once more; then three that may be fit again.
  for (const requests of [6, 9]) {
    const response = await test.turn();
    await response.body?.cancel();
    assertEquals(response.status, 500);
    assertEquals(test.simulator.requests.length, requests);
  }
});

Deno.test("a turn that fails in two accounts' hands after content costs neither", async () => {
  await using test = await start({ accounts: ["a", "b"] });
  const failed = faults.responseFailed("server_error", "the model failed", 5);
  for (const name of ["a", "b"]) {
    test.account(name).fault(failed);
    assertStringIncludes(await (await test.turn()).text(), "response.failed");
    if (name === "a") test.account("a").fault(refusals.rateLimitExceeded(9));
  }
  using caller = await Caller.open(test);
  test.account("b").fault(failed);
  assertEquals((await caller.turn()).at(-1)?.type, "response.failed");
  assertEquals(said(await caller.turn()), "hello");
  await assertQuiet(test);
  assertEquals((await test.views())["b"]?.["last_error"], null);
});

const SIDE_FAULTS: ReadonlyArray<[what: string, fault: Fault]> = [
  ["500", refusals.serverError()],
  ["502", refusals.badGateway()],
  ["403", refusals.forbiddenPage()],
  ["429 of its own", refusals.refusal(429, { detail: "slow down" })],
];

for (const path of ["images/generations", "alpha/search"]) {
  for (const [what, fault] of SIDE_FAULTS) {
    Deno.test(`${path}: its ${what} keeps no account from turns`, async () => {
      await using test = await start({ accounts: ["a", "b", "c"] });
      for (const name of ["a", "b", "c"]) {
        test.account(name).fault(fault, Infinity);
      }
      const response = await fetch(test.url(`/v1/${path}`), {
        method: "POST",
        headers: CODEX_HEADERS,
        body: '{"prompt":"x","model":"m"}',
      });
      await response.body?.cancel();
      assert(response.status >= 400);
      for (const name of ["a", "b", "c"]) test.account(name).clearFaults();
      await assertQuiet(test);
      await assertNobodyBlamed(test);
      assertStringIncludes(
        await (await test.turn()).text(),
        "response.completed",
      );
      assertEquals(test.simulator.requests.at(-1)?.account, "a");
    });
  }

  Deno.test(`${path}: a spent quota counts for turns as well`, async () => {
    await using test = await start({ accounts: ["a", "b"] });
    test.account("a").fault(refusals.insufficientQuota());
    const response = await fetch(test.url(`/v1/${path}`), {
      method: "POST",
      headers: CODEX_HEADERS,
      body: '{"prompt":"x","model":"m"}',
    });
    await response.body?.cancel();
    const { a } = await test.views();
    assertEquals(a?.["blocked_reason"], "quota_exhausted");
  });
}

/** Answers that no turn can have. */
const NO_ANSWERS: ReadonlyArray<[what: string, head: string]> = [
  ["204", "204 No Content\r\n"],
  ["304", "304 Not Modified\r\ncontent-length: 0\r\n"],
  [
    "302",
    "302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n",
  ],
  [
    "307 with events",
    "307 x\r\nlocation: /x\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n",
  ],
  [
    "a page with 200",
    "200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n",
  ],
];

for (const [what, head] of NO_ANSWERS) {
  Deno.test(`${what} is no answer: never passed on, every account asked`, async () => {
    await using upstream = new RawUpstream((exchange) =>
      exchange.raw(`HTTP/1.1 ${head}connection: close\r\n\r\n<html>`)
    );
    await using test = await start({
      accounts: ["a", "b"],
      upstream: upstream.url,
    });
    const response = await test.turn();
    const { error } = await response.json();
    assertEquals([response.status, error.code], [502, "upstream_error"]);
    assertEquals(response.headers.get("location"), null);
    assertStringIncludes(error.message, head.slice(0, 3));
    assertEquals(upstream.heads.length, 2);
    await assertQuiet(test);
    for (const view of Object.values(await test.views())) {
      assertEquals(view["last_success_at"], null);
    }
  });
}

/** What upstream, or a proxy, may say to a handshake instead of 101. */
const NO_WEBSOCKETS: ReadonlyArray<[what: string, fault: Fault]> = [
  ["200", refusals.refusal(200, "<html>", [["content-type", "text/html"]])],
  ["302", refusals.refusal(302, "", [["location", "/elsewhere"]])],
  ["400", refusals.badRequest()],
  ["404", refusals.notFound()],
  ["404 page", refusals.refusal(404, "<html>")],
  ["405", refusals.refusal(405, "")],
  ["426", refusals.refusal(426, { error: { message: "upgrade" } })],
  ["501", refusals.refusal(501, "<html>")],
  ["505", refusals.refusal(505, {})],
];

/** A caller is told to do without a websocket, and a turn is served so. */
async function assertOnlyEvents(test: TestGateway): Promise<void> {
  using caller = await Caller.open(test);
  assertEquals(caller.status, 426);
  assertStringIncludes(await (await test.turn()).text(), "response.completed");
  await assertQuiet(test);
}

for (const [what, fault] of NO_WEBSOCKETS) {
  Deno.test(`a handshake answered with ${what}: no websocket to be had`, async () => {
    await using test = await start({ accounts: ["a", "b"] });
    for (const name of ["a", "b"]) {
      test.account(name).faultAt("handshake", fault, Infinity);
    }
    await assertOnlyEvents(test);
    const { a } = await test.views();
    assert(a?.["blocked_source"] !== "fixed_policy", JSON.stringify(a));
  });
}

Deno.test("a handshake that nobody answers: no websocket to be had", async () => {
  const timeouts = { handshakeMs: 5000, connectMs: 60 };
  await using test = await start({ timeouts });
  test.account("a").faultAt("handshake", faults.neverAnswers(), Infinity);
  using caller = await Caller.open(test);
  assertEquals(caller.status, 426);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("one handshake answered with 502 is chance, two are not", async () => {
  await using test = await start();
  test.account("a").faultAt("handshake", refusals.badGateway());
  using lucky = await Caller.open(test);
  assertEquals(lucky.status, 101);
  assertEquals(said(await lucky.turn()), "hello");

  test.account("a").faultAt("handshake", refusals.badGateway(), Infinity);
  using unlucky = await Caller.open(test);
  assertEquals(unlucky.status, 101);
  await unlucky.send(createFrame());
  assertEquals((await unlucky.end())?.code, 1011);
  using told = await Caller.open(test);
  assertEquals(told.status, 426);
  await assertQuiet(test);
});

Deno.test("upstream's 1009 ends the session with 1009 and asks nobody else", async () => {
  await using test = await start({ accounts: ["a", "b"] });
  test.account("a").fault(closeWith(1009, "too big"));
  using caller = await Caller.open(test);
  await caller.send(createFrame());
  assertEquals((await caller.end())?.code, 1009);
  assertEquals(test.simulator.connections.length, 1);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a malformed frame in a turn is answered behind it, in order", async () => {
  await using test = await start();
  test.account("a").fault(faults.silenceAfter(5, 50));
  using caller = await Caller.open(test);
  await caller.send(createFrame());
  assertEquals((await caller.next())?.type, "response.created");
  await caller.send("{broken");
  await caller.send(createFrame());
  const kinds: string[] = ["response.created"];
  let completed = 0;
  while (completed < 2) {
    const event = await caller.next();
    assert(event, "the session ended");
    kinds.push(event.type);
    if (event.type === "response.completed") completed++;
  }
  const first = kinds.indexOf("response.completed");
  assertEquals(kinds.indexOf("error"), first + 1);
  assertEquals(kinds.filter((kind) => kind === "error").length, 1);
  await assertQuiet(test);
});

Deno.test("an upload takes no time from the head of its answer", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    // The runtime does not tell when the request was written.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await exchange.raw(
      'HTTP/1.1 400 x\r\nconnection: close\r\ncontent-length: 14\r\n\r\n{"detail":"x"}',
    );
  });
  await using test = await start({
    upstream: upstream.url,
    timeouts: { headersMs: 200 },
  });
  const late = await test.turn();
  assertEquals([late.status, (await late.json()).error.code], [
    504,
    "upstream_timeout",
  ]);
  const large = await test.turn({ padding: "x".repeat(500_000) });
  assertEquals([large.status, await large.text()], [400, '{"detail":"x"}']);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("reasoning is left out for the account that refuses it, and no other", async () => {
  await using test = await start({ accounts: ["a", "b"] });
  const reasoning = {
    type: "reasoning",
    id: "rs_1",
    summary: [],
    encrypted_content: encryptedContent(test.account("b").ownerKey, 1),
  };
  const say = {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "say: moved" }],
  };
  const input = [reasoning, say];
  // The first refusal is for the reasoning, the second for a limit.
  const bodies = () =>
    test.simulator.requests.map((request) => {
      const body = request.json();
      const sent = body instanceof Object && "input" in body ? body.input : [];
      return [request.account, Array.isArray(sent) ? sent.length : -1];
    });
  test.account("a").fault(refusals.refusal(400, {
    error: { code: "invalid_encrypted_content", message: "foreign" },
  }));
  test.account("a").fault(refusals.rateLimitExceeded(9));
  assertStringIncludes(await (await test.turn({ input })).text(), "moved");
  assertEquals(bodies(), [["a", 2], ["a", 1], ["b", 2]]);
  await assertQuiet(test);
});

Deno.test("an end that upstream says twice is not the end of the next turn", async () => {
  await using test = await start();
  using caller = await Caller.open(test);
  assertEquals(said(await caller.turn()), "hello");
  const completed = caller.texts.at(-1) ?? "";
  // The event of the first turn, again, at the head of the second.
  test.account("a").fault(faults.extraEvent(JSON.parse(completed), 0));
  const events = await caller.turn();
  assertEquals(said(events), "hello");
  assertEquals(
    caller.texts.filter((text) => text === completed).length,
    1,
  );
  await assertQuiet(test);
});

for (const transport of ["events", "a websocket"]) {
  Deno.test(`an only account that is back in a moment is waited for, over ${transport}`, async () => {
    await using test = await start({ runtime: {} });
    test.account("a").fault(refusals.unavailable(1));
    if (transport === "events") {
      assertStringIncludes(
        await (await test.turn()).text(),
        "response.completed",
      );
    } else {
      using caller = await Caller.open(test);
      assertEquals(said(await caller.turn()), "hello");
    }
    assertEquals(
      test.log.filter(({ message }) => message === "waiting for a short limit")
        .length,
      1,
    );
    await assertQuiet(test);
  });
}

Deno.test("a handshake that takes too long is told in the deadline's own words", async () => {
  await using test = await start({
    timeouts: { handshakeMs: 60, connectMs: 60_000 },
  });
  test.account("a").faultAt("handshake", faults.neverAnswers(), Infinity);
  using caller = await Caller.open(test);
  assertEquals(caller.status, 426);
  const reasons = test.log.map(({ fields }) => fields["reason"]);
  assert(
    reasons.includes("no answer to the websocket handshake within 60 ms"),
    JSON.stringify(reasons),
  );
  await assertQuiet(test);
});

/** Each names a time that no caller would wait for without us. */
const FAR_AWAY: ReadonlyArray<[what: string, retryAfter: string]> = [
  ["seconds", "99999999"],
  ["a date", "Fri, 31 Dec 9999 23:59:59 GMT"],
];

for (const [what, retryAfter] of FAR_AWAY) {
  for (const accounts of [["a"], ["a", "b"]]) {
    Deno.test(`a 503 that names ${what} keeps ${accounts.length} from no later turn`, async () => {
      await using test = await start({ accounts });
      const body = { error: { message: "maintenance" } };
      const away = refusals.refusal(503, body, [["retry-after", retryAfter]]);
      for (const name of accounts) test.account(name).fault(away);
      const response = await test.turn();
      await response.body?.cancel();
      assertEquals(response.status, 503);
      assertStringIncludes(
        await (await test.turn()).text(),
        "response.completed",
      );
      for (const name of accounts) test.account(name).fault(away);
      using caller = await Caller.open(test);
      await caller.turn();
      assertEquals(said(await caller.turn()), "hello");
      await assertQuiet(test);
    });
  }
}

Deno.test("an account without a websocket leaves the turn to the next one", async () => {
  const accounts = ["a", "b", "c"];
  await using test = await start({ accounts });
  using caller = await Caller.open(test);
  test.account("a").fault(refusals.rateLimitExceeded(60));
  test.account("b").faultAt("handshake", refusals.notFound(), Infinity);
  assertEquals(said(await caller.turn()), "hello");
  assertEquals(
    test.simulator.connections.filter(({ framesIn }) => framesIn.length > 0)
      .map(({ account }) => account),
    ["a", "c"],
  );
  // With nobody else to ask, events may work where the websocket does not.
  test.account("c").fault(refusals.rateLimitExceeded(60));
  await caller.send(createFrame());
  assertEquals((await caller.end())?.code, 1011);
  assertStringIncludes(await (await test.turn()).text(), "response.completed");
  assertEquals(test.simulator.requests.at(-1)?.account, "b");
  await assertQuiet(test);
});

Deno.test("a way that cuts every handshake leads to server-sent events", async () => {
  const clock = new FakeClock({ now: Date.now() });
  await using test = await start({ runtime: clock.read });
  test.account("a").faultAt("handshake", faults.connectionReset(), Infinity);
  {
    using caller = await Caller.open(test);
    assertEquals(caller.status, 101);
  }
  clock.pass(3_000);
  await assertOnlyEvents(test);
});

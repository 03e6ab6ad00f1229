/** Which account is asked next, and what is told when none is left. */
import { assertEquals } from "@std/assert";
import type { Failure, UpstreamError } from "../../lib/failure/failure.ts";
import { lastWord } from "../../lib/relay/account_choice.ts";
import {
  cutAfter,
  type Fault,
  neverAnswers,
} from "../../lib/simulator/faults/faults.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { Caller } from "../support/caller.ts";
import {
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";

const answer: UpstreamError = {
  at: "answer",
  status: 500,
  headers: new Headers(),
  body: new Uint8Array(),
};
const rest = { message: "no", retryAfterMs: undefined, answer } as const;
const OUTAGE: Failure = { kind: "unavailable", ...rest };
const LIMIT: Failure = { kind: "rate_limited", ...rest };
const CUT: Failure = { kind: "transport", message: "cut" };
const REFUSED: Failure = { kind: "account_refused", refused: "plan", ...rest };

const LAST_WORDS: ReadonlyArray<
  [what: string, failures: readonly Failure[], told: Failure | undefined]
> = [
  ["no failure", [], undefined],
  ["an outage", [OUTAGE], OUTAGE],
  ["the latest of outage and cut", [OUTAGE, CUT, LIMIT], CUT],
  ["limits", [LIMIT, LIMIT], undefined],
  ["refusals of every account", [REFUSED, REFUSED], REFUSED],
  ["a refusal behind a limit", [LIMIT, REFUSED], undefined],
];

for (const [what, failures, told] of LAST_WORDS) {
  Deno.test(`lastWord() about ${what}`, () => {
    assertEquals(lastWord(failures), told);
  });
}

function start(
  accounts: readonly string[],
  options: TestOptions = {},
): Promise<TestGateway> {
  return startTestGateway({
    ...options,
    accounts,
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
}

/** The accounts that were asked, in order. */
function asked({ simulator }: TestGateway): readonly (string | undefined)[] {
  return simulator.requests.map(({ account }) => account);
}

async function image(
  test: TestGateway,
  session: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(test.url("/v1/images/generations"), {
    method: "POST",
    headers: { ...CODEX_HEADERS, ...session },
    body: '{"prompt":"x","model":"m"}',
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("of accounts with a passing outage the first is asked again", async () => {
  await using test = await start(["a", "b"]);
  for (const name of ["a", "b"]) {
    test.account(name).fault(refusals.serverError());
  }
  const response = await test.turn();
  await response.body?.cancel();
  assertEquals(response.status, 200);
  assertEquals(asked(test), ["a", "b", "a"]);
  await assertQuiet(test);
});

/** The first is ready; all others cool down for as long as we guess. */
async function guessed(
  accounts: readonly string[],
  options: TestOptions = {},
): Promise<TestGateway> {
  const test = await start(accounts, options);
  for (const name of accounts) {
    test.account(name).fault(refusals.serverError(), Infinity);
    test.gateway.registry.get(name)?.failed(OUTAGE, Date.now());
  }
  test.gateway.registry.wake(accounts[0] ?? "");
  return test;
}

Deno.test("an outage of more accounts than may be guessed is told as one", async () => {
  await using test = await guessed(["a", "b", "c", "d"]);
  const response = await test.turn();
  await response.body?.cancel();
  assertEquals(response.status, 500);
  assertEquals(asked(test), ["a", "b", "c", "d", "a"]);
  await assertQuiet(test);
});

Deno.test("a turn over a websocket guesses no more often than one over HTTP", async () => {
  const accounts = ["a", "b", "c", "d", "e", "f"];
  await using test = await guessed(accounts, { websockets: true });
  using caller = await Caller.open(test);
  const [event] = await caller.turn();
  assertEquals([event?.type, event?.["status"]], ["error", 500]);
  const turns = test.simulator.connections.flatMap(({ account, framesIn }) =>
    framesIn.map(() => account)
  );
  // Three guesses, and a second chance.
  assertEquals(turns, ["a", "b", "c", "d", "e"]);
  await assertQuiet(test);
});

Deno.test("an image does not move its session to another account", async () => {
  await using test = await start(["a", "b"]);
  const home = { "session-id": "one" };
  await (await test.turn({}, { headers: home })).text();
  test.account("a").fault(refusals.rateLimitExceeded(50));
  assertEquals(await image(test, home), 200);
  await (await test.turn({}, { headers: home })).text();
  assertEquals(asked(test), ["a", "a", "b", "a"]);
  await assertQuiet(test);
});

Deno.test("an image is paid for once: no second chance after an outage", async () => {
  await using test = await start(["a"]);
  test.account("a").fault(refusals.serverError());
  assertEquals(await image(test), 500);
  assertEquals(asked(test), ["a"]);
  await assertQuiet(test);
});

Deno.test("an image does not wait for the limit of its session's home", async () => {
  await using test = await start(["a", "b"]);
  const home = { "session-id": "one" };
  await (await test.turn({}, { headers: home })).text();
  test.account("a").fault(refusals.rateLimitExceeded(5));
  await (await test.turn()).text();
  assertEquals(await image(test, home), 200);
  assertEquals(asked(test), ["a", "a", "b", "b"]);
  await assertQuiet(test);
});

/** Two pages of an edge, each with another cookie. */
function edgePages(test: TestGateway): readonly Fault[] {
  const { ownerKey } = test.account("a");
  return [1, 2].map((n) =>
    refusals.refusal(403, "<html>", [
      ["content-type", "text/html"],
      ["set-cookie", `__cf_bm=bm_${ownerKey}_${n}; path=/`],
    ])
  );
}

Deno.test("an edge that sets another cookie each time is asked twice", async () => {
  await using test = await start(["a"]);
  for (const page of edgePages(test)) test.account("a").fault(page);
  const response = await test.turn();
  await response.body?.cancel();
  assertEquals(response.status, 403);
  assertEquals(asked(test), ["a", "a"]);
  await assertQuiet(test);
});

Deno.test("an edge that refuses a handshake is asked twice, too", async () => {
  await using test = await start(["a"], { websockets: true });
  for (const page of edgePages(test)) {
    test.account("a").faultAt("handshake", page);
  }
  using caller = await Caller.open(test);
  assertEquals(caller.status, 426);
  assertEquals(asked(test), ["a", "a"]);
  await assertQuiet(test);
});

Deno.test("of three accounts that say nothing two are waited for", async () => {
  const timeouts = { headersMs: 200 };
  await using test = await start(["a", "b", "c"], { timeouts });
  for (const name of ["a", "b", "c"]) test.account(name).fault(neverAnswers());
  const response = await test.turn();
  await response.body?.cancel();
  assertEquals(response.status, 504);
  assertEquals(asked(test), ["a", "b"]);
  await assertQuiet(test);
});

Deno.test("an account that began to answer is the session's home, cut or not", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=round_robin"],
  });
  test.account("a").fault(cutAfter(6));
  for (let turn = 0; turn < 2; turn++) {
    const headers = { "session-id": "one" };
    await (await test.turn({}, { headers })).text();
    await assertQuiet(test);
  }
  assertEquals(asked(test), ["a", "a"]);
});

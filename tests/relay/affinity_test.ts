import { assert, assertEquals } from "@std/assert";
import { connectionReset } from "../../lib/simulator/faults/faults.ts";
import {
  insufficientQuota,
  rateLimitExceeded,
  refusal,
} from "../../lib/simulator/faults/refusals.ts";
import { closeWith } from "../../lib/simulator/faults/socket_faults.ts";
import { Caller, said } from "../support/caller.ts";
import {
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";

function roundRobin(options: TestOptions = {}): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b", "c"],
    warm: true,
    ...options,
    flags: ["--routing-policy=round_robin", ...options.flags ?? []],
  });
}

interface Turn {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

async function complete(
  test: TestGateway,
  { headers = {}, body = {} }: Turn,
): Promise<string | null> {
  const response = await test.turn(body, { headers, session: "unnamed" });
  assert((await response.text()).includes("response.completed"));
  return response.headers.get("x-codex-turn-state");
}

/** The accounts that were asked, in order. */
function servedBy(test: TestGateway): readonly (string | undefined)[] {
  return test.simulator.requests.map(({ account }) => account);
}

const KEYS: ReadonlyArray<[what: string, turn: (id: string) => Turn]> = [
  ["session-id", (id) => ({ headers: { "session-id": id } })],
  ["session_id", (id) => ({ headers: { session_id: id } })],
  ["prompt_cache_key", (id) => ({ body: { prompt_cache_key: id } })],
  ["the parent's thread", (id) => ({
    headers: { "x-codex-parent-thread-id": id },
  })],
];

for (const [what, turn] of KEYS) {
  Deno.test(`turns of one session by ${what} stay on one account`, async () => {
    await using test = await roundRobin();
    const ids = ["one", "two", "three", "four"];
    // The first of each in turn, the rest all at once.
    for (const id of ids) await complete(test, turn(id));
    await Promise.all(
      ids.flatMap((id) =>
        Array.from({ length: 6 }, () => complete(test, turn(id)))
      ),
    );
    const served = new Map<string, Set<string | undefined>>();
    for (const request of test.simulator.requests) {
      const said = JSON.stringify([request.headers, request.json()]);
      const id = ids.find((id) => said.includes(`"${id}"`)) ?? "none";
      served.set(id, (served.get(id) ?? new Set()).add(request.account));
    }
    assertEquals([...served.keys()], ids);
    for (const accounts of served.values()) assertEquals(accounts.size, 1);
    const all = new Set([...served.values()].flatMap((set) => [...set]));
    assertEquals(all.size, 3, "sessions are spread");
    await assertQuiet(test);
  });
}

Deno.test("a session-id counts for more than a prompt_cache_key", async () => {
  await using test = await roundRobin();
  for (const id of ["one", "two", "one", "two", "one"]) {
    await complete(test, {
      headers: { "session-id": id },
      body: { prompt_cache_key: "shared" },
    });
  }
  assertEquals(servedBy(test), ["a", "b", "a", "b", "a"]);
});

Deno.test("a session moves when its account cools, and the log says why", async () => {
  await using test = await roundRobin();
  const turn = { headers: { "session-id": "secret-session" } };
  await complete(test, turn);
  assertEquals(servedBy(test), ["a"]);
  test.account("a").fault(insufficientQuota());
  await complete(test, turn);
  await complete(test, turn);
  assertEquals(servedBy(test), ["a", "a", "b", "b"]);
  // Back again, the first account does not get the session back.
  test.gateway.registry.wake("a");
  await complete(test, turn);
  assertEquals(servedBy(test).at(-1), "b");

  const moves = test.log.filter(({ message }) =>
    message === "session moved to another account"
  );
  const [{ until, ...fields } = {}] = moves.map(({ fields }) => fields);
  assertEquals(fields, { from: "a", to: "b", reason: "failed" });
  assert(Date.parse(String(until)) > Date.now(), String(until));
  assertEquals(moves.length, 1);
  assert(!JSON.stringify(test.log).includes("secret-session"));
  await assertQuiet(test);
});

Deno.test("a session whose account cools between turns moves with a reason", async () => {
  await using test = await roundRobin();
  const turn = { headers: { "session-id": "one" } };
  await complete(test, turn);
  test.account("a").fault(insufficientQuota());
  // Another session meets the limit first.
  test.gateway.registry.policy = "fill_first";
  await complete(test, { headers: { "session-id": "other" } });
  await complete(test, turn);
  const moves = test.log.filter(({ message }) =>
    message === "session moved to another account"
  ).map(({ fields }) => fields["reason"]);
  assertEquals(moves, ["quota_exhausted"]);
  await assertQuiet(test);
});

Deno.test("--affinity none leaves every turn to the policy", async () => {
  await using test = await roundRobin({ flags: ["--affinity=none"] });
  for (let n = 0; n < 6; n++) {
    await complete(test, { headers: { "session-id": "one" } });
  }
  assertEquals(servedBy(test), ["a", "b", "c", "a", "b", "c"]);
  await assertQuiet(test);
});

Deno.test("a turn state goes back to who issued it, to nobody else", async () => {
  await using test = await roundRobin();
  const headers = { "session-id": "one" };
  const state = await complete(test, { headers });
  assert(state !== null);
  const again = { headers: { ...headers, "x-codex-turn-state": state } };
  await complete(test, again);
  test.account("a").fault(refusal(503, {}));
  await complete(test, again);
  const unknown = { ...headers, "x-codex-turn-state": "ts_never_issued" };
  await complete(test, { headers: unknown });
  const states = test.simulator.requests.map(({ account, headers }) => [
    account,
    headers.find(([name]) => name === "x-codex-turn-state")?.[1],
  ]);
  assertEquals(states, [
    ["a", undefined],
    ["a", state],
    ["a", state],
    ["b", undefined],
    ["b", undefined],
  ]);
  // The simulator itself looks for cookies and states of other accounts.
  await assertQuiet(test);
});

Deno.test("a session comes home after connections were reset", async () => {
  await using test = await roundRobin();
  const turn = { headers: { "session-id": "one" } };
  await complete(test, turn);
  for (const account of test.simulator.accounts) {
    account.fault(connectionReset(), Infinity);
  }
  for (let n = 0; n < 2; n++) {
    const response = await test.turn({}, turn);
    assertEquals(response.status, 503);
    await response.body?.cancel();
  }
  for (const account of test.simulator.accounts) account.clearFaults();
  await complete(test, turn);
  assertEquals(servedBy(test).at(-1), "a");
  assertEquals(
    test.log.filter(({ message }) => message.startsWith("session moved")),
    [],
  );
  await assertQuiet(test);
});

Deno.test("a session comes home after its websockets were cut", async () => {
  await using test = await roundRobin({ websockets: true });
  const headers = { "session-id": "one" };
  const turn = async () => {
    using caller = await Caller.open(test, { headers });
    return said(await caller.turn());
  };
  assertEquals(await turn(), "hello");
  for (const account of test.simulator.accounts) {
    account.fault(closeWith(1011), Infinity);
  }
  for (let n = 0; n < 2; n++) assertEquals(await turn(), "");
  for (const account of test.simulator.accounts) account.clearFaults();
  assertEquals(await turn(), "hello");
  assertEquals(test.simulator.connections.at(-1)?.account, "a");
  await assertQuiet(test);
});

const message = (role: string, text: string) => ({
  type: "message",
  role,
  content: [{
    type: role === "user" ? "input_text" : "output_text",
    text,
  }],
});

/** A conversation of an SDK caller, one request longer each time. */
async function converse(
  test: TestGateway,
  first: string,
  headers: Readonly<Record<string, string>> = { originator: "sdk" },
): Promise<void> {
  const input = [message("user", `say: ${first}`)];
  for (let n = 0; n < 6; n++) {
    await complete(test, { headers, body: { input } });
    input.push(message("assistant", `${n}`), message("user", `say: ${n}`));
  }
}

Deno.test("a conversation that names no session stays on one account", async () => {
  await using test = await roundRobin();
  const ids: unknown[] = [];
  for (const first of ["one", "two", "three"]) {
    const before = test.simulator.requests.length;
    await converse(test, first);
    const turns = test.simulator.requests.slice(before)
      .filter(({ target }) => target.endsWith("/responses"));
    assertEquals(turns.length, 6);
    assertEquals(new Set(turns.map(({ account }) => account)).size, 1);
    const sessions = new Set(
      turns.map(({ headers }) =>
        headers.find(([name]) => name === "session-id")?.[1]
      ),
    );
    assertEquals(sessions.size, 1);
    ids.push(...sessions);
  }
  assertEquals(new Set(ids).size, 3);
  assert(ids.every((id) => typeof id === "string"));
  const served = new Set(
    test.simulator.requests.filter(({ target }) =>
      target.endsWith("/responses")
    ).map(({ account }) => account),
  );
  assertEquals(served.size, 3, "conversations are spread");
  await assertQuiet(test);
});

Deno.test("passthrough keeps such a conversation together and says nothing", async () => {
  await using test = await roundRobin({
    flags: ["--fingerprint-mode=passthrough"],
  });
  await converse(test, "one");
  await converse(test, "two", { originator: "codex_exec" });
  const turns = test.simulator.requests;
  assertEquals(turns.length, 12);
  const served = turns.map(({ account }) => account);
  assertEquals(new Set(served.slice(0, 6)).size, 1);
  assertEquals(new Set(served.slice(6)).size, 1);
  for (const { headers } of turns) {
    assert(!headers.some(([name]) => /^session.id$/.test(name)));
  }
  await assertQuiet(test);
});

/** Seconds; the second is more than a session waits for. */
const LIMITS: ReadonlyArray<[seconds: number, served: readonly string[]]> = [
  [1, ["a", "a", "a"]],
  [60, ["a", "a", "b"]],
];

for (const [seconds, served] of LIMITS) {
  Deno.test(`a limit of ${seconds} s at the session's home, over events`, async () => {
    await using test = await roundRobin();
    const turn = { headers: { "session-id": "one" } };
    await complete(test, turn);
    test.account("a").fault(rateLimitExceeded(seconds));
    await complete(test, turn);
    assertEquals(servedBy(test), served);
    const waited = test.log.filter(({ message }) =>
      message === "waiting for a short limit"
    );
    assertEquals(waited.length, seconds === 1 ? 1 : 0);
    await assertQuiet(test);
  });

  Deno.test(`a limit of ${seconds} s at the session's home, over a websocket`, async () => {
    await using test = await roundRobin({ websockets: true });
    const headers = { "session-id": "one" };
    using caller = await Caller.open(test, { headers });
    await caller.turn();
    test.account("a").fault(rateLimitExceeded(seconds));
    assertEquals(said(await caller.turn()), "hello");
    const frames = test.simulator.connections.flatMap((connection) =>
      connection.framesIn.map(() => connection.account)
    );
    assertEquals(frames, served);
    await assertQuiet(test);
  });
}

Deno.test("a limit that another session has met is waited for as well", async () => {
  await using test = await roundRobin();
  const turn = { headers: { "session-id": "one" } };
  await complete(test, turn);
  test.account("a").fault(rateLimitExceeded(1));
  const other = { headers: { "session-id": "two" } };
  // The second account's turn; the third's; then the limited one's.
  for (const id of ["two", "three", "four"]) {
    await complete(test, { headers: { ...other.headers, "session-id": id } });
  }
  await complete(test, turn);
  assertEquals(servedBy(test).at(-1), "a");
  await assertQuiet(test);
});

Deno.test("a home that stays limited is waited for once", async () => {
  await using test = await roundRobin({ websockets: true });
  const turn = { headers: { "session-id": "one" } };
  await complete(test, turn);
  test.account("a").fault(rateLimitExceeded(1), Infinity);
  await complete(test, turn);
  assertEquals(servedBy(test), ["a", "a", "a", "b"]);

  using caller = await Caller.open(test, {
    headers: { "session-id": "two" },
  });
  const home = test.simulator.connections.at(-1)?.account ?? "";
  await caller.turn();
  test.account(home).fault(rateLimitExceeded(1), Infinity);
  assertEquals(said(await caller.turn()), "hello");
  const frames = test.simulator.connections.flatMap((connection) =>
    connection.framesIn.map(() => connection.account)
  );
  assertEquals(frames.filter((account) => account === home).length, 3);
  await assertQuiet(test);
});

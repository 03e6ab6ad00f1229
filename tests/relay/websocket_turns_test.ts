/** Many turns over one websocket, and what is changed in their frames. */
import { assert, assertEquals } from "@std/assert";
import {
  Caller,
  createFrame,
  idOf,
  said,
  say,
  withoutLimits,
} from "../support/caller.ts";
import { CODEX_BODY, startTestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { seeded } from "../support/random.ts";

const INSTALLATION = "x-codex-installation-id";

Deno.test("a prewarm and many turns share one upstream connection", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  test.simulator.websockets = true;
  using caller = await Caller.open(test);
  assertEquals(caller.status, 101);

  const prewarm = await caller.turn({ generate: false });
  let previous = idOf(prewarm);
  assert(previous.startsWith("resp_"));
  for (let turn = 1; turn <= 20; turn++) {
    const events = await caller.turn({
      previous_response_id: previous,
      input: say(`turn ${turn}`),
    });
    assertEquals(said(events), `turn ${turn}`);
    assertEquals(events[0]?.type, "response.created");
    assertEquals(events.at(-1)?.type, "response.completed");
    previous = idOf(events);
  }

  const [upstream, ...others] = test.simulator.connections;
  assertEquals(others, []);
  assertEquals(upstream?.framesIn.length, 21);
  // Nothing is known of the other account, so no limits are told.
  assertEquals(caller.texts, withoutLimits(upstream?.framesOut));
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  const served = Object.values(await test.views())
    .filter((view) => view["last_success_at"] !== null);
  assertEquals(served.length, 1);
});

Deno.test("frames are passed on byte for byte but for the named keys", async () => {
  await using test = await startTestGateway();
  test.simulator.websockets = true;
  using caller = await Caller.open(test);
  const random = chance(7);
  for (let round = 0; round < 60; round++) {
    const { text, expected } = randomFrame(random);
    await caller.send(text);
    const events = await caller.answer();
    // Upstream refuses unknown keys; they still have to get there.
    assertEquals(events.length > 0, true, text);
    const sent = test.simulator.connections[0]?.framesIn.at(-1) ?? "";
    const id = /"x-codex-installation-id":"([0-9a-f-]{36})"/.exec(sent)?.[1];
    assertEquals(sent, expected(id ?? "none"), text);
  }
  assertEquals(caller.texts, [
    ...test.simulator.connections[0]?.framesOut ?? [],
  ]);
  assertEquals(test.simulator.violations, []);
});

Deno.test("the turn state of an account is given back to it, a foreign one is not", async () => {
  await using test = await startTestGateway();
  test.simulator.websockets = true;
  using caller = await Caller.open(test);
  const events = await caller.turn();
  const metadata = events.find(({ type }) => type === "response.metadata");
  const headers = metadata?.["headers"];
  assert(typeof headers === "object" && headers !== null);
  const own = new Map(Object.entries(headers)).get("x-codex-turn-state");
  assert(typeof own === "string");
  for (const state of [own, "of-another-account"]) {
    await caller.turn({ client_metadata: { "x-codex-turn-state": state } });
  }
  const states = test.simulator.connections[0]?.framesIn.map((text) =>
    JSON.parse(text).client_metadata?.["x-codex-turn-state"]
  );
  assertEquals(states, [undefined, own, undefined]);
  await assertQuiet(test);
});

Deno.test("a frame that is sent again says when, and for whom", async () => {
  await using test = await startTestGateway({ accounts: ["a", "b"] });
  test.simulator.websockets = true;
  using caller = await Caller.open(test);
  for (const account of test.simulator.accounts) {
    if (account.name !== test.simulator.connections[0]?.account) continue;
    account.fault({
      kind: "event",
      after: 1,
      event: { type: "error", status: 500, error: { message: "x" } },
    });
  }
  const before = Date.now();
  const frame = createFrame({
    client_metadata: {
      "x-codex-ws-stream-request-start-ms": "1",
      thread: "t",
      "x-codex-turn-metadata": '{"a":1,"installation_id":"mine"}',
    },
  });
  const events = await caller.turn(frame);
  assertEquals(
    events.map(({ type }) => type).filter((t) =>
      t === "response.created" || t === "error"
    ),
    ["response.created"],
  );
  const sent = test.simulator.connections.flatMap(({ framesIn }) => framesIn)
    .map((text) => JSON.parse(text));
  assertEquals(sent.length, 2);
  const [first, second] = sent.map(({ client_metadata, ...rest }) => {
    const turn = JSON.parse(client_metadata["x-codex-turn-metadata"]);
    assertEquals(turn.installation_id, client_metadata[INSTALLATION]);
    return { meta: client_metadata, rest };
  });
  assertEquals(first?.rest, second?.rest);
  assert(first?.meta[INSTALLATION] !== second?.meta[INSTALLATION]);
  assertEquals(first?.meta["x-codex-ws-stream-request-start-ms"], "1");
  const again = second?.meta["x-codex-ws-stream-request-start-ms"];
  assert(Number(again) >= before, again);
  assertEquals(typeof again, "string");
  await assertQuiet(test);
});

Deno.test("what comes between turns goes both ways as it is", async () => {
  await using test = await startTestGateway();
  test.simulator.websockets = true;
  using caller = await Caller.open(test);
  await caller.turn();
  const frames = ['{"type" : "codex.unknown",  "n":12345678901234567890}'];
  for (const text of frames) test.simulator.connections[0]?.send(text);
  assertEquals(await caller.nextText(), frames[0]);

  const other = '{ "type":"response.processed", "big":1e400 }';
  await caller.send(other);
  assertEquals((await caller.next())?.type, "error");
  assertEquals(test.simulator.connections[0]?.framesIn.at(-1), other);
  assertEquals(said(await caller.turn({ input: say("on") })), "on");
  await assertQuiet(test);
});

/** Keys and values in the shapes of the official client, and odd ones. */
function randomFrame(random: () => number): {
  readonly text: string;
  readonly expected: (id: string) => string;
} {
  const pick = (list: readonly string[]) =>
    list[Math.floor(random() * list.length)] ?? "";
  const space = () => pick(["", "", " ", "\n\t"]);
  const odd = () =>
    pick([
      "12345678901234567890",
      "1e400",
      '"häß😀\\u2028"',
      '{"a":[1,{"installation_id":"no"}]}',
      "[ ]",
      '"\\ud800"',
    ]);
  const shape = pick(["none", "absent", "mine", "nested"]);
  const nested = '"x-codex-turn-metadata":"{\\"installation_id\\":\\"mine\\",' +
    '\\"z\\": 1}"';
  const metadata = (id: string | undefined) => {
    const own = `"x-codex-installation-id":"${id ?? "mine"}"`;
    const inner = id ? nested.replace("mine", id) : nested;
    switch (shape) {
      case "absent":
        return id ? `{"k": 1,${own}}` : '{"k": 1}';
      case "mine":
        return `{${own}, "k":"v"}`;
      case "nested":
        return `{"k":2,${own},${inner}}`;
    }
    return `{${own}}`;
  };
  const { stream, store, ...rest } = CODEX_BODY;
  const parts: [string, string][] = [
    ['"type"', '"response.create"'],
    ...Object.entries({ stream, store, ...rest }).map((
      [key, value],
    ): [string, string] => [JSON.stringify(key), JSON.stringify(value)]),
    ['"zz_odd"', odd()],
    ['"ä"', odd()],
  ];
  if (shape !== "none") parts.push(['"client_metadata"', "META"]);
  const order = parts.map((part) => ({ part, at: random() }))
    .sort((a, b) => a.at - b.at);
  const members = order.map(({ part: [key, value] }) =>
    `${space()}${key}${space()}:${space()}${value}`
  ).join(",");
  const tail = space();
  return {
    text: `{${members}${tail}}`.replace("META", metadata(undefined)),
    expected: (id) =>
      shape === "none"
        ? `{${members},"client_metadata":${metadata(id)}${tail}}`
        : `{${members}${tail}}`.replace("META", metadata(id)),
  };
}

/** Numbers in [0, 1). */
function chance(seed: number): () => number {
  const { int } = seeded(seed);
  return () => int(1_000_000) / 1_000_000;
}

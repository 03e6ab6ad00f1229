/** Requests over a websocket: what is answered, continued and refused. */

import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import {
  extraHeaders,
  otherCompletedId,
  responseFailed,
} from "../../lib/simulator/faults/faults.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import b1 from "../fixtures/captures/B1-realhosts-ws.json" with {
  type: "json",
};
import c2 from "../fixtures/captures/C2-ws-inband-errors.json" with {
  type: "json",
};
import classic from "../fixtures/captures/D1b-ws-gpt55-toolcall.json" with {
  type: "json",
};
import lite from "../fixtures/captures/D1-ws-lite-toolcall.json" with {
  type: "json",
};
import compaction from "../fixtures/captures/E2-auto-compact-builtin-apikey-ws.json" with {
  type: "json",
};
import { assertCaptured } from "./captured.ts";
import {
  connected,
  idOf,
  masked,
  SocketClient,
  textFrame,
  typesOf,
} from "./socket_client.ts";
import { type Json, shape, turnBody, userMessage } from "./support.ts";

const LITE_TOOLS = { type: "additional_tools", role: "developer", tools: [] };
const WS_ONLY = new Set(["response.metadata", "codex.rate_limits"]);

/** Without what a websocket has in place of header lines. */
function answerOf(events: readonly Json[]): readonly Json[] {
  return events.filter(({ type }) => !WS_ONLY.has(String(type)));
}

Deno.test("the captured frames of the official client get the captured events (B1)", async () => {
  await using parts = await connected();
  const { simulator, account, client } = parts;
  await client.sendText(JSON.stringify(b1.prewarm.sent));
  const prewarm = await client.events();
  assertCaptured(prewarm, b1.prewarm.events);
  assertEquals(account.turns, 0);

  const sent = { ...b1.turn.sent, previous_response_id: idOf(prewarm) };
  await client.sendText(JSON.stringify(sent));
  const turn = await client.events();
  assertCaptured(answerOf(turn), b1.turn.events);
  assertEquals(account.turns, 1);

  const [connection] = simulator.connections;
  assertEquals(connection?.framesIn.map((text) => JSON.parse(text)), [
    b1.prewarm.sent,
    sent,
  ]);
  assertEquals(
    connection?.framesOut.map((text) => JSON.parse(text)),
    [...prewarm, ...turn],
  );
  assertEquals(simulator.violations, []);
});

const TURNS: ReadonlyArray<[string, Json, readonly Json[]]> = [
  ["a tool call of a lite model", {
    input: [LITE_TOOLS, userMessage("run: echo hi")],
  }, lite.call],
  ["a tool call of gpt-5.5", {
    model: "gpt-5.5",
    tools: [{ type: "function", name: "exec_command" }],
  }, classic.call],
];

for (const [name, more, captured] of TURNS) {
  Deno.test(`a websocket carries the captured events for ${name}`, async () => {
    await using parts = await connected();
    const events = await parts.client.turn("run: echo hi", more);
    assertCaptured(answerOf(events), captured);
  });
}

function callIdIn(events: readonly Json[]): unknown {
  const items = events.map(({ item }) => Object(item));
  return items.find(({ call_id }) => call_id !== undefined)?.call_id;
}

Deno.test("new items continue the response before them: tools, output, compaction", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  const prewarm = await client.turn("", { generate: false, input: [] });
  const call = await client.turn("", {
    previous_response_id: idOf(prewarm),
    input: [LITE_TOOLS, userMessage("run: echo hi")],
  });
  const report = await client.turn("", {
    previous_response_id: idOf(call),
    input: [{
      type: "custom_tool_call_output",
      call_id: callIdIn(call),
      output: "hello",
    }],
  });
  assertEquals(
    report.map((event) => event.delta ?? "").join(""),
    "Tool said: hello",
  );
  const second = await client.turn("", {
    previous_response_id: idOf(report),
    input: [userMessage("run: echo again")],
  });
  assertCaptured(answerOf(second), lite.call);
  const compact = await client.turn("", {
    previous_response_id: idOf(second),
    input: [{ type: "compaction_trigger" }],
  });
  assertCaptured(answerOf(compact), compaction.compaction);
  assertEquals(simulator.violations, []);
});

Deno.test("response.metadata and codex.rate_limits stand behind response.created", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(extraHeaders([["openai-model", "gpt-other"]]));
  const [created, metadata, limits] = await client.turn("hi");

  assertEquals(created?.type, "response.created");
  const { headers, ...rest } = metadata ?? {};
  assertEquals(
    Object.keys(Object(headers)),
    ["x-codex-turn-state", "openai-model"],
  );
  const captured = c2["F10-turnstate-then-reconnect"];
  assertEquals(Object.keys({ ...rest, headers }), Object.keys(captured));
  assertEquals(shape(limits), shape(c2["C2-ws-codex-rate-limits-event"]));
});

Deno.test("a response can be continued on its own connection only", async () => {
  await using parts = await connected();
  const { simulator, account, client } = parts;
  const id = idOf(await client.turn("hi"));
  using other = await SocketClient.open(simulator, account);
  const [refused] = await other.turn("more", { previous_response_id: id });

  const captured = c2["C2-ws-prev_not_found"];
  const message = captured.error.message.replace("resp_001", id);
  assertEquals(refused, { ...captured, error: { ...captured.error, message } });
  assertEquals(
    Object.keys(Object(refused?.error)),
    Object.keys(captured.error),
  );
  assertEquals(
    typesOf(await client.turn("more", { previous_response_id: id })).at(-1),
    "response.completed",
  );
});

Deno.test("a request that fails takes away what it continued", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  const id = idOf(await client.turn("hi"));
  account.fault(responseFailed("server_error", "boom"));
  await client.turn("again", { previous_response_id: id });
  const [refused] = await client.turn("again", { previous_response_id: id });
  assertEquals(Object(refused?.error).code, "previous_response_not_found");
});

Deno.test("otherCompletedId() is the id that can be continued (I5)", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(otherCompletedId());
  const events = await client.turn("hi");
  const [created, completed] = [idOf(events.slice(0, 1)), idOf(events)];
  assertEquals(completed, `B_${created}`);
  const next = await client.turn("hi", { previous_response_id: completed });
  assertEquals(next.at(-1)?.type, "response.completed");
  account.fault(otherCompletedId());
  const first = idOf((await client.turn("hi")).slice(0, 1));
  const [refused] = await client.turn("hi", { previous_response_id: first });
  assertEquals(refused?.type, "error");
});

Deno.test("an older response than the latest cannot be continued", async () => {
  await using parts = await connected();
  const { client } = parts;
  const first = idOf(await client.turn("one"));
  await client.turn("two", { previous_response_id: first });
  const [refused] = await client.turn("three", { previous_response_id: first });
  assertEquals(refused?.type, "error");
});

Deno.test("a turn state goes back to the account that issued it, or is a violation", async () => {
  await using parts = await connected();
  const { simulator, account, client } = parts;
  const [, metadata] = await client.turn("hi");
  const state = Object(metadata?.headers)["x-codex-turn-state"];
  const own = { client_metadata: { "x-codex-turn-state": state } };
  await client.turn("hi", own);
  assertEquals(simulator.violations, []);

  const beta = simulator.addAccount({ name: "beta" });
  using other = await SocketClient.open(simulator, beta);
  await other.turn("hi", own);
  assertEquals(simulator.violations, [
    'turn state of another account, sent by "beta"',
  ]);
  assertEquals(account.turns, 2);
});

Deno.test("two requests in flight are answered in order, and are a violation", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  // In one write, so that both are there before one is answered.
  const frames = ["say: one", "say: two"].map((prompt) =>
    JSON.stringify({ type: "response.create", ...turnBody(prompt) })
  );
  await client.sendBytes(concat(frames.map((text) => masked(textFrame(text)))));
  const texts: unknown[] = [];
  for (let turns = 0; turns < 2; turns++) {
    const events = await client.events();
    texts.push(events.map((event) => event.delta ?? "").join(""));
  }
  assertEquals(texts, ["one", "two"]);
  assertEquals(simulator.violations, [
    'two requests in flight on one connection of "alpha"',
  ]);
});

Deno.test("a connection past its limit says so once, and nothing ever after", async () => {
  let now = Date.now();
  await using parts = await connected({
    now: () => now,
    connectionLimitMs: 1000,
  });
  const { simulator, account, client } = parts;
  assertEquals((await client.turn("hi")).length > 1, true);
  now += 1000;
  const [limit] = await client.turn("hi");
  assertEquals(
    JSON.stringify(limit),
    JSON.stringify(c2["C2-ws-conn_limit"]),
  );
  await client.create("hi");
  await simulator.waitFor(() =>
    simulator.connections[0]?.framesIn.length === 3
  );
  using next = await SocketClient.open(simulator, account);
  assertEquals((await next.turn("hi")).length > 1, true);
  assertEquals(
    simulator.connections[0]?.framesOut.at(-1),
    JSON.stringify(limit),
  );
});

Deno.test("permessage-deflate is accepted if asked for, without context takeover", async () => {
  const headers = {
    "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
  };
  for (const deflate of [true, false]) {
    await using simulator = await startSimulator({ websockets: true, deflate });
    const account = simulator.addAccount({ name: "alpha" });
    using client = await SocketClient.open(simulator, account, { headers });
    assertEquals(
      client.header("sec-websocket-extensions"),
      deflate
        ? "permessage-deflate; server_no_context_takeover; " +
          "client_no_context_takeover"
        : undefined,
    );
    for (const text of ["squeezed", "squeezed again"]) {
      const events = await client.turn(`say: ${text}`);
      assertEquals(events.map((event) => event.delta ?? "").join(""), text);
    }
    assertEquals(simulator.connections[0]?.deflate, deflate);
  }
});

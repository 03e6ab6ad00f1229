/** What an upstream can do wrong over a websocket, frame by frame. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connectionReset,
  cutAfter,
  extraEvent,
  type Fault,
  missingTerminal,
  neverAnswers,
  pacedDeltas,
  responseFailed,
  responseIncomplete,
  silenceAfter,
  slowHead,
} from "../../lib/simulator/faults/faults.ts";
import type { FramingError } from "../../lib/simulator/faults/socket_fault_kinds.ts";
import {
  binaryFrame,
  closeWith,
  fragmented,
  framingError,
  garbageFrame,
  halfOpen,
  largeFrame,
  pingFrame,
} from "../../lib/simulator/faults/socket_faults.ts";
import { connected, idOf, SocketClient, typesOf } from "./socket_client.ts";
import { turn, turnBody } from "./support.ts";

const CREATED = "response.created";
const HEAD = [CREATED, "response.metadata", "codex.rate_limits"];
const BODY = [
  "response.in_progress",
  "response.output_item.added",
  "response.content_part.added",
  "response.output_text.delta",
  "response.output_text.delta",
  "response.output_text.done",
  "response.content_part.done",
  "response.output_item.done",
];
const COMPLETED = "response.completed";
const WHOLE = [...HEAD, ...BODY, COMPLETED];

const TURNS: ReadonlyArray<[string, Fault, readonly string[]]> = [
  ["responseFailed(after 0)", responseFailed("x", "y", 0), ["response.failed"]],
  ["responseFailed()", responseFailed("x", "y"), [CREATED, "response.failed"]],
  ["responseIncomplete()", responseIncomplete("max_output_tokens", 3), [
    ...HEAD,
    "response.incomplete",
  ]],
  ["silenceAfter(1, 5 ms)", silenceAfter(1, 5), WHOLE],
  ["slowHead(5 ms)", slowHead(5), WHOLE],
  ["extraEvent()", extraEvent({ type: "keepalive" }), [
    CREATED,
    "keepalive",
    ...WHOLE.slice(1),
  ]],
  ["fragmented()", fragmented(), WHOLE],
  ["pingFrame()", pingFrame(), WHOLE],
  ["largeFrame()", largeFrame(70_000, 1), [
    CREATED,
    "codex.padding",
    ...WHOLE.slice(1),
  ]],
  ["largeFrame() in pieces", largeFrame(70_000, 0, 9_000), [
    "codex.padding",
    ...WHOLE,
  ]],
];

for (const [name, fault, types] of TURNS) {
  Deno.test(`over a websocket ${name} sends ${types.join(", ")}`, async () => {
    await using parts = await connected();
    const { account, client } = parts;
    account.fault(fault);
    assertEquals(typesOf(await client.turn("hi")), [...types]);
    assertEquals(typesOf(await client.turn("hi")), WHOLE);
  });
}

Deno.test("pacedDeltas() sends as many deltas over a websocket", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(pacedDeltas({ count: 20, intervalMs: 1, sizeBytes: 7 }));
  const events = await client.turn("hi");
  const deltas = events.flatMap(({ delta }) => delta ?? []);
  assertEquals(deltas, new Array(20).fill("xxxxxxx"));
});

Deno.test("largeFrame() is as large as asked for, whole or in pieces", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  for (const frameBytes of [Infinity, 9_000]) {
    account.fault(largeFrame(70_000, 0, frameBytes));
    await client.create("hi");
    let pings = 0;
    for (;;) {
      const message = await client.next();
      if (message?.kind === "ping") pings++;
      if (message?.kind !== "text") continue;
      assertEquals(message.text.length, 70_000);
      break;
    }
    // A ping between two of the eight pieces.
    assertEquals(pings, frameBytes === Infinity ? 0 : 7);
    await client.events();
  }
});

Deno.test("binaryFrame() and garbageFrame() come between two events", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(binaryFrame());
  account.fault(garbageFrame(1));
  await client.create("hi");
  assertEquals(await client.next(), {
    kind: "binary",
    bytes: new Uint8Array([1, 2]),
  });
  assertEquals(typesOf(await client.events()), WHOLE);

  await client.create("hi");
  assertEquals((await client.event()).type, CREATED);
  assertEquals(await client.next(), { kind: "text", text: "not json" });
});

const CLOSES: ReadonlyArray<[number, string, number]> = [
  [1000, "", 0],
  [1001, "reason 1001", 1],
  [1008, "reason 1008", 0],
  [1009, "", 2],
  [1011, "reason 1011", 0],
  [1012, "", 0],
  [1013, "later", 3],
  [4001, "x", 0],
];

for (const [code, reason, after] of CLOSES) {
  Deno.test(`closeWith(${code}) closes after ${after} events`, async () => {
    await using parts = await connected();
    const { simulator, account, client } = parts;
    account.fault(closeWith(code, reason, after));
    await client.create("hi");
    for (let events = 0; events < after; events++) await client.event();
    const close = { code, reason };
    assertEquals(await client.next(), { kind: "close", close });
    await client.sendClose();
    assertEquals(await client.next(), undefined);
    await simulator.waitFor(() =>
      simulator.connections[0]?.closed !== undefined
    );
    assertEquals(simulator.connections[0]?.closed, {
      code,
      reason,
      by: "upstream",
    });
  });
}

const FRAMING: ReadonlyArray<[FramingError, number, string]> = [
  ["masked", 1002, "masked"],
  ["reserved_bit", 1002, "reserved bits"],
  ["reserved_opcode", 1002, "unknown opcode"],
  ["lone_continuation", 1002, "fragments out of order"],
  ["not_utf8", 1007, "not UTF-8"],
  ["long_ping", 1002, "control frame too long or in pieces"],
];

for (const [error, code, reason] of FRAMING) {
  Deno.test(`framingError("${error}") breaks the protocol and nothing else`, async () => {
    await using parts = await connected();
    const { account, client } = parts;
    account.fault(framingError(error, 1));
    await client.create("hi");
    assertEquals((await client.event()).type, CREATED);
    const close = { code, reason };
    assertEquals(await client.next(), { kind: "broken", close });
  });
}

Deno.test("cutAfter() ends the connection without a close frame, in mid event or not", async () => {
  const received: number[] = [];
  for (const midEvent of [false, true]) {
    await using parts = await connected();
    const { simulator, account, client } = parts;
    account.fault(cutAfter(2, { midEvent }));
    await client.create("hi");
    await client.event();
    await client.event();
    assertEquals(await client.next(), undefined);
    received.push(client.received);
    await simulator.waitFor(() =>
      simulator.connections[0]?.closed !== undefined
    );
    assertEquals(simulator.connections[0]?.closed, {
      code: 1006,
      reason: "",
      by: "upstream",
    });
  }
  const [whole = 0, half = 0] = received;
  assert(half > whole, `${half} bytes, not more than ${whole}`);
});

Deno.test("connectionReset() resets an open websocket", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(connectionReset());
  await client.create("hi");
  await assertRejects(() => client.next(), Deno.errors.ConnectionReset);
});

type Quiet = readonly [name: string, fault: Fault, events: number];

const QUIET: readonly Quiet[] = [
  ["neverAnswers()", neverAnswers(), 0],
  ["silenceAfter(2)", silenceAfter(2), 2],
  ["missingTerminal()", missingTerminal(), 11],
];

for (const [name, fault, events] of QUIET) {
  Deno.test(`${name} says nothing more, but answers pings`, async () => {
    await using parts = await connected();
    const { simulator, account, client } = parts;
    account.fault(fault);
    await client.create("hi");
    for (let seen = 0; seen < events; seen++) await client.event();
    await client.sendPing("there?");
    const message = await client.next();
    assertEquals(message?.kind, "pong");
    client.close();
    await simulator.waitFor(() =>
      simulator.connections[0]?.closed !== undefined
    );
    assertEquals(simulator.connections[0]?.closed?.by, "caller");
    assertEquals(simulator.connections[0]?.framesOut.length, events);
  });
}

Deno.test("halfOpen() neither answers pings nor closes", async () => {
  await using parts = await connected();
  const { simulator, account, client } = parts;
  account.fault(halfOpen(1));
  await client.create("hi");
  assertEquals((await client.event()).type, CREATED);
  await client.sendPing("there?");
  // Another connection's whole turn, in which an answer would have come.
  using other = await SocketClient.open(simulator, account);
  await other.turn("hi");
  assertEquals(simulator.connections[0]?.controlsIn, []);
  assertEquals(simulator.connections[0]?.controlsOut, []);
  assertEquals(simulator.connections[0]?.closed, undefined);
  await simulator.close();
  assertEquals((await client.rest()).length, 0);
});

Deno.test("socket faults wait for a websocket and never show over SSE", async () => {
  await using parts = await connected();
  const { simulator, account, client } = parts;
  account.fault(closeWith(1011));
  const events = await turn(simulator, { account, body: turnBody("hi") });
  assertEquals(events.at(-1)?.type, COMPLETED);
  await client.create("hi");
  assertEquals((await client.next())?.kind, "close");
});

Deno.test("faults of both kinds come in the order they were asked for", async () => {
  await using parts = await connected();
  const { account, client } = parts;
  account.fault(garbageFrame());
  account.fault(responseFailed("x", "y", 0));
  await client.create("hi");
  assertEquals(await client.next(), { kind: "text", text: "not json" });
  assert(idOf(await client.events()).startsWith("resp_"));
  assertEquals(typesOf(await client.turn("hi")), ["response.failed"]);
});

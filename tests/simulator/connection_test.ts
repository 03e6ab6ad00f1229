/** Closing, pings and broken frames on the simulator's websockets. */

import { assertEquals } from "@std/assert";
import {
  closePayload,
  encodeFrame,
  type Frame,
  frameOf,
  OPCODE,
} from "../../lib/simulator/frames/frames.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import {
  connected,
  masked,
  SocketClient,
  textFrame,
  typesOf,
} from "./socket_client.ts";
import { authorization, turnBody } from "./support.ts";

async function closedOf(simulator: Simulator) {
  await simulator.waitFor(() => simulator.connections[0]?.closed !== undefined);
  return simulator.connections[0]?.closed;
}

Deno.test("a caller's close is answered with its own code, then the upstream leaves", async () => {
  for (
    const [payload, code, reason] of [
      [closePayload({ code: 1000, reason: "bye" }), 1000, "bye"],
      [new Uint8Array(), 1005, ""],
    ] as const
  ) {
    await using parts = await connected();
    const { simulator, client } = parts;
    await client.sendClose(payload);
    assertEquals(await client.next(), {
      kind: "close",
      close: { code, reason },
    });
    assertEquals(await client.next(), undefined);
    assertEquals(await closedOf(simulator), { code, reason, by: "caller" });
  }
});

Deno.test("closeIdle() waits for the answer before it leaves", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  await client.turn("hi");
  const [connection] = simulator.connections;
  connection?.closeIdle(1000, "idle");
  assertEquals(await client.next(), {
    kind: "close",
    close: { code: 1000, reason: "idle" },
  });
  assertEquals(connection?.closed, undefined);
  await client.sendClose(closePayload({ code: 1000, reason: "" }));
  assertEquals(await client.next(), undefined);
  assertEquals(await closedOf(simulator), {
    code: 1000,
    reason: "idle",
    by: "upstream",
  });
  assertEquals(connection?.controlsOut, ["close 1000 idle"]);
  assertEquals(connection?.controlsIn, ["close 1000"]);
});

Deno.test("a caller that just leaves is seen as 1006 by the caller", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  client.close();
  assertEquals(await closedOf(simulator), {
    code: 1006,
    reason: "",
    by: "caller",
  });
});

Deno.test("cut(), send(), ping() and expire() act on an idle connection", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  const [connection] = simulator.connections;
  connection?.send('{"type":"keepalive"}');
  connection?.ping("hb");
  assertEquals((await client.event()).type, "keepalive");
  assertEquals((await client.next())?.kind, "ping");
  await client.sendFrame(frameOf(OPCODE.pong, new TextEncoder().encode("hb")));
  await simulator.waitFor(() => connection?.controlsIn.length === 1);
  assertEquals(connection?.controlsIn, ["pong hb"]);
  connection?.expire();
  assertEquals((await client.event()).type, "error");
  connection?.cut();
  assertEquals(await client.next(), undefined);
});

Deno.test("a caller's fragments are joined, whatever the reads and the ping between", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  const text = JSON.stringify({ type: "response.create", ...turnBody("äöü") });
  const bytes = new TextEncoder().encode(text);
  const ping = new TextEncoder().encode("mid");
  const frames = [
    frameOf(OPCODE.text, bytes.subarray(0, 7), { fin: false }),
    frameOf(OPCODE.ping, ping),
    frameOf(OPCODE.continuation, bytes.subarray(7, 300), { fin: false }),
    frameOf(OPCODE.continuation, bytes.subarray(300)),
  ];
  for (const frame of frames) {
    for (const byte of masked(frame)) {
      await client.sendBytes(new Uint8Array([byte]));
    }
  }
  assertEquals((await client.next())?.kind, "pong");
  assertEquals(typesOf(await client.events()).at(-1), "response.completed");
  assertEquals(simulator.connections[0]?.framesIn, [text]);
});

Deno.test("a message larger than the socket's buffers is read whole", async () => {
  await using parts = await connected();
  const { simulator, client } = parts;
  const filler = "x".repeat(5_000_000);
  await client.turn(`say: hi\n${filler}`);
  assertEquals(
    (simulator.connections[0]?.framesIn[0]?.length ?? 0) > 5e6,
    true,
  );
});

Deno.test("stopReading() fills the buffers until resumeReading()", async () => {
  await using parts = await connected();
  const { simulator, account, client } = parts;
  const [connection] = simulator.connections;
  connection?.stopReading();
  let written = false;
  const sending = client.create(`say: hi\n${"x".repeat(20_000_000)}`)
    .then(() => written = true);
  using other = await SocketClient.open(simulator, account);
  await other.turn("hi");
  assertEquals([written, connection?.framesIn.length], [false, 0]);

  connection?.resumeReading();
  await sending;
  assertEquals(typesOf(await client.events()).at(-1), "response.completed");
});

const BROKEN: ReadonlyArray<[string, Uint8Array, number, string]> = [
  [
    "that is not masked",
    encodeFrame(textFrame("{}")),
    1002,
    "a broken frame was sent: not masked",
  ],
  [
    "with a reserved bit",
    withFirstByte(textFrame("{}"), 0xa1),
    1002,
    "a broken frame was sent: reserved bits",
  ],
  [
    "that is compressed without leave",
    masked({ ...textFrame("{}"), compressed: true }),
    1002,
    "a broken frame was sent: compressed without leave",
  ],
  [
    "that is not UTF-8",
    masked(frameOf(OPCODE.text, new Uint8Array([0xff]))),
    1007,
    "a broken frame was sent: not UTF-8",
  ],
  [
    "that is binary",
    masked(frameOf(OPCODE.binary, new Uint8Array([1]))),
    1003,
    "a binary message was sent",
  ],
  [
    "over 64 MiB",
    new Uint8Array([0x81, 0xff, 0, 0, 0, 0, 0x04, 0, 0, 1, 0, 0, 0, 0]),
    1009,
    "a broken frame was sent: message too big",
  ],
];

for (const [what, bytes, code, violation] of BROKEN) {
  Deno.test(`a caller's frame ${what} closes with ${code}`, async () => {
    await using parts = await connected();
    const { simulator, client } = parts;
    await client.sendBytes(bytes);
    const message = await client.next();
    assertEquals(message?.kind === "close" && message.close.code, code);
    assertEquals(simulator.violations, [`${violation} by "alpha"`]);
  });
}

Deno.test("a standard client has its turns, pongs and closes cleanly", async () => {
  await using parts = await connected();
  const { simulator, account } = parts;
  const url = `${simulator.upstream.replace("http", "ws")}/responses`;
  const socket = new WebSocket(url, { headers: authorization(account) });
  const types: unknown[] = [];
  const done = Promise.withResolvers<void>();
  socket.onopen = () =>
    socket.send(
      JSON.stringify({ type: "response.create", ...turnBody("hi") }),
    );
  socket.onmessage = ({ data }) => {
    const { type } = JSON.parse(data);
    types.push(type);
    if (type === "response.completed") done.resolve();
  };
  await done.promise;
  const connection = simulator.connections[1];
  connection?.ping("hb");
  await simulator.waitFor(() => connection?.controlsIn[0] === "pong hb");
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.close(3456, "enough");
  const { code, wasClean } = await closed;
  assertEquals([code, wasClean], [3456, true]);
  await simulator.waitFor(() => connection?.closed !== undefined);
  assertEquals(connection?.closed, {
    code: 3456,
    reason: "enough",
    by: "caller",
  });
  assertEquals(types.length, 12);
});

Deno.test("a simulator that keeps no records keeps no connections", async () => {
  await using simulator = await startSimulator({
    websockets: true,
    record: false,
  });
  const account = simulator.addAccount({ name: "alpha" });
  using client = await SocketClient.open(simulator, account);
  assertEquals((await client.turn("hi")).length, 12);
  assertEquals([simulator.connections, simulator.requests], [[], []]);
});

function withFirstByte(frame: Frame, byte: number): Uint8Array {
  const bytes = masked(frame);
  bytes[0] = byte;
  return bytes;
}

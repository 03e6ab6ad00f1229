/** What flows through an open socket: back-pressure, size, compression. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { type Bytes, closeFrame, frame, OPCODE } from "../support/frames.ts";
import { rawServer } from "../support/raw_websocket.ts";
import { openSocket } from "./socket_support.ts";

Deno.test("a paused socket stops the sender, and resuming loses nothing", async () => {
  const size = 65_536;
  const total = 400;
  const text = frame(OPCODE.text, "x".repeat(size));
  let written = 0;
  let stalled = Promise.withResolvers<void>();
  await using server = rawServer(async (peer) => {
    await peer.accept();
    for (; written < total; written++) {
      const write = peer.write(text);
      // A write that takes this long waits for a reader.
      const timer = setTimeout(() => stalled.resolve(), 200);
      await write;
      clearTimeout(timer);
    }
    await peer.write(closeFrame(1000));
    await peer.ended();
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  socket.pause();
  await stalled.promise;
  assertEquals(heard.messages.length, 0);
  assertEquals(written < total, true);
  stalled = Promise.withResolvers();
  socket.resume();
  await heard.untilClosed;
  assertEquals(heard.messages.length, total);
  assertEquals(heard.closes, [{ code: 1000, reason: "" }]);
});

Deno.test("bufferedAmount counts what a peer does not read", async () => {
  const mayRead = Promise.withResolvers<void>();
  let received = 0;
  await using server = rawServer(async (peer) => {
    await peer.accept();
    await mayRead.promise;
    while (true) {
      const one = await peer.read();
      if (one?.opcode !== OPCODE.text) break;
      received += one.payload.length;
      await peer.write(closeFrame(1000));
    }
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  const text = "x".repeat(16_777_216);
  socket.send(text);
  assertEquals(socket.bufferedAmount() > 0, true);
  mayRead.resolve();
  await heard.untilClosed;
  assertEquals(received, text.length);
  assertEquals(socket.bufferedAmount(), 0);
});

Deno.test("a socket takes and sends a message of 20 MB", async () => {
  const text = "0123456789".repeat(2_000_000);
  let echoed = 0;
  await using server = rawServer(async (peer) => {
    await peer.accept();
    await peer.write(frame(OPCODE.text, text));
    echoed = (await peer.read())?.payload.length ?? 0;
    await peer.write(closeFrame(1000));
    await peer.ended();
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
    maxMessageBytes: 64 * 1_048_576,
  });
  await heard.untilMessages(1);
  assertEquals(heard.messages[0] === text, true);
  socket.send(text);
  await heard.untilClosed;
  assertEquals(echoed, text.length);
});

Deno.test("a socket sends one masked text frame, uncompressed by default", async () => {
  await using server = rawServer(async (peer) => {
    await peer.accept();
    const { payload, ...rest } = await peer.read() ?? { payload: undefined };
    assertEquals(rest, { isFinal: true, rsv1: false, opcode: OPCODE.text });
    assertEquals(new TextDecoder().decode(payload), "é".repeat(70_000));
    await peer.write(closeFrame(1000));
    await peer.ended();
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  socket.send("é".repeat(70_000));
  await heard.untilClosed;
});

const DEFLATE: readonly (readonly [string, boolean])[] = [
  ["permessage-deflate", true],
  [
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    false,
  ],
  ["permessage-deflate; client_max_window_bits=10", true],
];

for (const [accepted, remembers] of DEFLATE) {
  Deno.test(`a socket compresses both ways with ${accepted}`, async () => {
    const text = JSON.stringify(
      Array.from({ length: 40 }, (_, n) => `id_${n}`),
    );
    const sizes: number[] = [];
    await using server = rawServer(async (peer) => {
      await peer.accept([`Sec-WebSocket-Extensions: ${accepted}`]);
      for (let n = 0; n < 2; n++) {
        const one = await peer.read();
        assertEquals(one?.rsv1, true);
        sizes.push(one?.payload.length ?? 0);
        // Only the first one stands by itself when a context is kept.
        if (n === 0) assertEquals(await inflate(one?.payload), text);
      }
      const echo = await deflate(text);
      await peer.write(frame(OPCODE.text, echo, { rsv: 4 }));
      await peer.write(closeFrame(1000));
      await peer.ended();
    });
    const { socket, heard } = await openSocket({
      url: `http://127.0.0.1:${server.port}`,
    });
    socket.send(text);
    socket.send(text);
    await heard.untilClosed;
    assertEquals(heard.messages, [text]);
    const [first = 0, second = 0] = sizes;
    assertEquals(second < first, remembers);
  });
}

/** One message as RFC 7692, section 7.2.1 says: without its last 4 bytes. */
async function deflate(text: string): Promise<Bytes> {
  const { deflateRawSync, constants } = await import("node:zlib");
  const whole = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  return new Uint8Array(whole.subarray(0, -4));
}

async function inflate(bytes: Bytes = new Uint8Array()): Promise<string> {
  const { inflateRawSync, constants } = await import("node:zlib");
  const whole = concat([bytes, Uint8Array.of(0, 0, 255, 255)]);
  const text = inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH });
  return new TextDecoder().decode(text);
}

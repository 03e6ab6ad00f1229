/** Frames, closes and aborts of an open socket. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import {
  type Bytes,
  closeCode,
  closeFrame,
  frame,
  OPCODE,
} from "../support/frames.ts";
import { rawServer } from "../support/raw_websocket.ts";
import { openSocket } from "./socket_support.ts";

/** Sends `frames` and reads what the client says until it has gone. */
async function exchange(
  frames: Bytes,
  options: {
    readonly byteByByte?: boolean;
    readonly messages?: number;
    readonly maxMessageBytes?: number;
    readonly headers?: readonly string[];
  } = {},
) {
  const said: { opcode: number; code: number | undefined; text: string }[] = [];
  await using server = rawServer(async (peer) => {
    await peer.accept(options.headers);
    if (options.byteByByte) {
      for (const byte of frames) await peer.write(Uint8Array.of(byte));
    } else await peer.write(frames);
    while (true) {
      const one = await peer.read();
      if (!one) break;
      const text = new TextDecoder().decode(one.payload);
      said.push({ opcode: one.opcode, code: closeCode(one), text });
      if (one.opcode === OPCODE.text) await peer.write(closeFrame(1000));
      if (one.opcode === OPCODE.close) break;
    }
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
    ...(options.maxMessageBytes
      ? { maxMessageBytes: options.maxMessageBytes }
      : {}),
  });
  if (options.messages !== undefined) {
    await heard.untilMessages(options.messages);
    socket.send("enough");
  }
  await heard.untilClosed;
  return { messages: heard.messages, closes: heard.closes, said };
}

Deno.test("a socket joins fragments and answers a ping between them", async () => {
  const { messages, said } = await exchange(
    concat([
      frame(OPCODE.text, "one ", { isFinal: false }),
      frame(OPCODE.continuation, "two ", { isFinal: false }),
      frame(OPCODE.ping, "alive?"),
      frame(OPCODE.continuation, "three"),
      frame(OPCODE.text, "four"),
    ]),
    { messages: 2 },
  );
  assertEquals(messages, ["one two three", "four"]);
  assertEquals(said, [
    { opcode: OPCODE.pong, code: undefined, text: "alive?" },
    { opcode: OPCODE.text, code: undefined, text: "enough" },
    { opcode: OPCODE.close, code: 1000, text: "\x03\ufffd" },
  ]);
});

Deno.test("a socket reads frames that come byte by byte", async () => {
  const text = "é€😀".repeat(30);
  const { messages } = await exchange(frame(OPCODE.text, text), {
    byteByByte: true,
    messages: 1,
  });
  assertEquals(messages, [text]);
});

Deno.test("a socket says of a binary message only that it came", async () => {
  const { messages } = await exchange(
    concat([frame(OPCODE.binary, "secret"), frame(OPCODE.text, "after")]),
    { messages: 2 },
  );
  assertEquals(messages, [undefined, "after"]);
});

const BROKEN: readonly {
  readonly name: string;
  readonly frames: Bytes;
  readonly says: number;
}[] = [
  {
    name: "text that is no UTF-8",
    frames: frame(OPCODE.text, Uint8Array.of(0xc3, 0x28)),
    says: 1007,
  },
  {
    name: "a reserved bit that nobody asked for",
    frames: frame(OPCODE.text, "x", { rsv: 4 }),
    says: 1002,
  },
  {
    name: "a reserved bit",
    frames: frame(OPCODE.text, "x", { rsv: 2 }),
    says: 1002,
  },
  { name: "an unknown opcode", frames: frame(3, "x"), says: 1002 },
  {
    name: "a continuation of nothing",
    frames: frame(OPCODE.continuation, "x"),
    says: 1002,
  },
  {
    name: "a message in the middle of another",
    frames: concat([
      frame(OPCODE.text, "x", { isFinal: false }),
      frame(OPCODE.text, "y"),
    ]),
    says: 1002,
  },
  {
    name: "a masked frame",
    frames: Uint8Array.of(0x81, 0x81, 1, 2, 3, 4, 5),
    says: 1002,
  },
  {
    name: "a close code nobody may send",
    frames: closeFrame(1005),
    says: 1002,
  },
  {
    name: "an oversize message",
    frames: frame(OPCODE.text, "x".repeat(2000)),
    says: 1009,
  },
  {
    name: "an oversize message in fragments",
    frames: concat([
      frame(OPCODE.text, "x".repeat(900), { isFinal: false }),
      frame(OPCODE.continuation, "x".repeat(900)),
    ]),
    says: 1009,
  },
];

for (const { name, frames, says } of BROKEN) {
  Deno.test(`a socket ends ${name} with ${says} and 1006`, async () => {
    const { messages, closes, said } = await exchange(frames, {
      maxMessageBytes: 1000,
    });
    assertEquals(messages, []);
    assertEquals(said.map(({ code }) => code), [says]);
    assertEquals(closes.map(({ code }) => code), [1006]);
    assertEquals(closes[0]?.reason === "", false);
  });
}

Deno.test("a socket takes a message of exactly the limit", async () => {
  const { messages } = await exchange(frame(OPCODE.text, "x".repeat(1000)), {
    maxMessageBytes: 1000,
    messages: 1,
  });
  assertEquals(messages[0]?.length, 1000);
});

Deno.test("a socket limits a compressed message by its real size", async () => {
  const stream = new Blob(["x".repeat(1_000_000)]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  const bomb = new Uint8Array(await new Response(stream).arrayBuffer());
  const { closes, said } = await exchange(
    frame(OPCODE.text, bomb, { rsv: 4 }),
    {
      maxMessageBytes: 100_000,
      headers: ["Sec-WebSocket-Extensions: permessage-deflate"],
    },
  );
  assertEquals(said.map(({ code }) => code), [1009]);
  assertEquals(closes.map(({ code }) => code), [1006]);
});

const CLOSES: readonly {
  readonly name: string;
  readonly end: Bytes;
  readonly code: number;
  readonly reason: string;
}[] = [
  { name: "4001", end: closeFrame(4001, "bye"), code: 4001, reason: "bye" },
  { name: "1012", end: closeFrame(1012), code: 1012, reason: "" },
  { name: "no code", end: frame(OPCODE.close), code: 1005, reason: "" },
  { name: "no frame", end: new Uint8Array(), code: 1006, reason: "" },
  {
    name: "half a frame",
    end: frame(OPCODE.text, "whole").slice(0, 4),
    code: 1006,
    reason: "",
  },
];

for (const { name, end, code, reason } of CLOSES) {
  Deno.test(`a socket passes on a close with ${name} once`, async () => {
    await using server = rawServer(async (peer) => {
      await peer.accept();
      await peer.write(concat([frame(OPCODE.text, "last"), end]));
      if (code === 1006) return;
      assertEquals(closeCode(await peer.read()), closeCodeOf(code));
      await peer.ended();
    });
    const { heard } = await openSocket({
      url: `http://127.0.0.1:${server.port}`,
    });
    await heard.untilClosed;
    assertEquals(heard.messages, ["last"]);
    assertEquals(heard.closes, [{ code, reason }]);
  });
}

/** A close without a code is answered by one without a code. */
function closeCodeOf(code: number): number | undefined {
  return code === 1005 ? undefined : code;
}

Deno.test("a socket delivers what came with the 101, after the handshake", async () => {
  await using server = rawServer(async (peer) => {
    await peer.accept(
      ["X-Codex-Turn-State: abc", "OpenAI-Model: gpt-6.2-sol"],
      concat([frame(OPCODE.text, "early"), closeFrame(1000)]),
    );
    await peer.ended();
  });
  const { headers, heard } = await openSocket({
    url: `ws://127.0.0.1:${server.port}`,
  });
  // Whoever awaits the handshake may be many promises away.
  for (let hop = 0; hop < 100; hop++) await Promise.resolve();
  assertEquals(heard.messages, []);
  assertEquals(headers.get("x-codex-turn-state"), "abc");
  assertEquals(headers.get("openai-model"), "gpt-6.2-sol");
  await heard.untilClosed;
  assertEquals(heard.messages, ["early"]);
});

Deno.test("a socket paused at once hears nothing until it is resumed", async () => {
  const answered = Promise.withResolvers<void>();
  await using server = rawServer(async (peer) => {
    await peer.accept([], frame(OPCODE.text, "early"));
    await peer.read();
    answered.resolve();
    await peer.ended();
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  socket.pause();
  socket.send("are you there?");
  await answered.promise;
  assertEquals(heard.messages, []);
  socket.resume();
  await heard.untilMessages(1);
  socket.terminate();
  await heard.untilClosed;
  assertEquals(heard.closes, [{ code: 1006, reason: "" }]);
});

Deno.test("abort after the handshake leaves the socket open", async () => {
  await using server = rawServer(async (peer) => {
    await peer.accept();
    await peer.read();
    await peer.write(frame(OPCODE.text, "still here"));
    await peer.read();
  });
  const control = new AbortController();
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
    signal: control.signal,
  });
  control.abort();
  socket.send("and you?");
  await heard.untilMessages(1);
  socket.terminate();
  await heard.untilClosed;
});

Deno.test("terminate ends a socket whose peer never answers", async () => {
  await using server = rawServer(async (peer) => {
    await peer.accept();
    await peer.ended();
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  socket.terminate();
  await heard.untilClosed;
  assertEquals(heard.closes, [{ code: 1006, reason: "" }]);
});

Deno.test("ping tells of an answer to everybody who asked", async () => {
  await using server = rawServer(async (peer) => {
    await peer.accept();
    const asked = [await peer.read(), await peer.read()];
    assertEquals(asked.map((one) => one?.opcode), [OPCODE.ping, OPCODE.ping]);
    await peer.write(frame(OPCODE.pong));
    await peer.ended();
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  const answers = Promise.all([socket.ping(), socket.ping()]);
  assertEquals(await answers, [true, true]);
  socket.terminate();
  await heard.untilClosed;
});

for (const who of ["the peer", "we"]) {
  Deno.test(`ping tells when ${who} cut the connection`, async () => {
    await using server = rawServer(async (peer) => {
      await peer.accept();
      await peer.read();
      if (who === "the peer") return;
      await peer.ended();
    });
    const { socket, heard } = await openSocket({
      url: `http://127.0.0.1:${server.port}`,
    });
    const answer = socket.ping();
    if (who === "we") socket.terminate();
    assertEquals(await answer, false);
    await heard.untilClosed;
    assertEquals(await socket.ping(), false);
  });
}

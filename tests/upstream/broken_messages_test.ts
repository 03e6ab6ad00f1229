/**
 * Broken messages of upstream: each ends its own connection, with the code
 * that says why, and nothing else.
 */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { randomBytes, seeded } from "../support/random.ts";
import { DEADLINE } from "../support/deadline.ts";
import {
  type Bytes,
  closeCode,
  encode,
  frame,
  OPCODE,
} from "../support/frames.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";
import { openSocket } from "./socket_support.ts";

const LIMIT = 100_000;
const TEXT = JSON.stringify({
  type: "response.output_text.delta",
  delta: "All happy families are alike. ".repeat(20),
});

/** What a sender leaves out at the end (RFC 7692, section 7.2.1). */
const TAIL = Uint8Array.of(0, 0, 255, 255);

function deflated(text: string): Bytes {
  const whole = deflateRawSync(encode(text), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return Uint8Array.from(whole.subarray(0, whole.length - TAIL.length));
}

/** The first of two fragments: only the last one leaves its end out. */
function firstFragment(bytes: Bytes): Bytes {
  return frame(OPCODE.text, concat([bytes, TAIL]), { rsv: 4, isFinal: false });
}

/** A message that says it is compressed. */
function compressed(bytes: Bytes, opcode: number = OPCODE.text): Bytes {
  return frame(opcode, bytes, { rsv: 4 });
}

interface Result {
  readonly messages: readonly (string | undefined)[];
  /** Of the close frame that upstream was sent. */
  readonly code: number | undefined;
}

/** Sends `bytes`, then a ping, and waits for its answer or the end. */
async function afterSending(bytes: Bytes, extension: string): Promise<Result> {
  const code = Promise.withResolvers<number | undefined>();
  await using server = rawServer(async (peer) => {
    await peer.accept([`Sec-WebSocket-Extensions: ${extension}`]);
    await peer.write(concat([bytes, frame(OPCODE.ping, "alive?")]));
    code.resolve(await saidAtLast(peer));
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
    maxMessageBytes: LIMIT,
  });
  const said = await code.promise;
  if (said === undefined) socket.terminate();
  await heard.untilClosed;
  return { messages: heard.messages, code: said };
}

/** Undefined if the ping is answered: nothing was found wrong. */
async function saidAtLast(peer: Peer): Promise<number | undefined> {
  while (true) {
    const said = await peer.read();
    if (said === undefined || said.opcode === OPCODE.pong) return undefined;
    if (said.opcode === OPCODE.close) return closeCode(said);
  }
}

const EXTENSIONS: readonly string[] = [
  "permessage-deflate",
  "permessage-deflate; server_no_context_takeover",
  "permessage-deflate; client_no_context_takeover; server_max_window_bits=10",
];

const KINDS: readonly {
  readonly what: string;
  readonly bytes: Bytes;
  readonly code: number;
}[] = [
  {
    what: "no deflate at all",
    bytes: compressed(encode("All happy families")),
    code: 1007,
  },
  {
    what: "a block of an unknown kind",
    bytes: compressed(Uint8Array.of(6)),
    code: 1007,
  },
  {
    what: "a stored block whose lengths do not agree",
    bytes: compressed(Uint8Array.of(0, 5, 0, 5, 0)),
    code: 1007,
  },
  {
    what: "a reference to before the beginning",
    bytes: compressed(Uint8Array.of(0x4b, 0x04, 0xff, 0x7f, 0x12)),
    code: 1007,
  },
  {
    what: "good text and then damage",
    bytes: compressed(concat([deflated(TEXT), Uint8Array.of(7, 7, 7)])),
    code: 1007,
  },
  {
    what: "damage in the second of two fragments",
    bytes: concat([
      firstFragment(deflated(TEXT)),
      frame(OPCODE.continuation, Uint8Array.of(6, 6, 6)),
    ]),
    code: 1007,
  },
  {
    what: "damage in the first of two fragments",
    bytes: concat([
      firstFragment(Uint8Array.of(6)),
      frame(OPCODE.continuation, deflated(TEXT)),
    ]),
    code: 1007,
  },
  {
    what: "damage of a binary message",
    bytes: compressed(Uint8Array.of(6), OPCODE.binary),
    code: 1007,
  },
  {
    what: "text that is no UTF-8, compressed",
    bytes: compressed(
      Uint8Array.from(
        deflateRawSync(Uint8Array.of(0xc3, 0x28), {
          finishFlush: constants.Z_SYNC_FLUSH,
        }).subarray(0, -4),
      ),
    ),
    code: 1007,
  },
  {
    what: "more than the limit, compressed",
    bytes: compressed(deflated("x".repeat(LIMIT + 1))),
    code: 1009,
  },
  {
    what: "far more than the limit, compressed",
    bytes: compressed(deflated("x".repeat(50_000_000))),
    code: 1009,
  },
  {
    what: "more than the limit and then damage",
    bytes: compressed(
      concat([deflated("x".repeat(1_000_000)), Uint8Array.of(7, 7, 7)]),
    ),
    code: 1009,
  },
  {
    what: "more than the limit in compressed fragments",
    bytes: concat([
      firstFragment(deflated("x".repeat(LIMIT))),
      frame(OPCODE.continuation, deflated("x".repeat(LIMIT))),
    ]),
    code: 1009,
  },
  {
    what: "a compressed continuation",
    bytes: concat([
      firstFragment(deflated(TEXT)),
      frame(OPCODE.continuation, deflated(TEXT), { rsv: 4 }),
    ]),
    code: 1002,
  },
  {
    what: "a compressed ping",
    bytes: frame(OPCODE.ping, "x", { rsv: 4 }),
    code: 1002,
  },
  {
    what: "a reserved bit besides that of compression",
    bytes: frame(OPCODE.text, deflated(TEXT), { rsv: 6 }),
    code: 1002,
  },
  {
    what: "a ping that is too long",
    bytes: frame(OPCODE.ping, "x".repeat(126)),
    code: 1002,
  },
  {
    what: "a ping in fragments",
    bytes: frame(OPCODE.ping, "x", { isFinal: false }),
    code: 1002,
  },
  {
    what: "a close frame of one byte",
    bytes: frame(OPCODE.close, "x"),
    code: 1002,
  },
  {
    what: "a close reason that is no UTF-8",
    bytes: frame(OPCODE.close, Uint8Array.of(3, 232, 0xc3, 0x28)),
    code: 1007,
  },
  {
    what: "a length of more than 53 bits",
    bytes: Uint8Array.of(0xc1, 127, 255, 255, 255, 255, 0, 0, 0, 0),
    code: 1009,
  },
];

for (const { what, bytes, code } of KINDS) {
  Deno.test(
    `a socket ends ${what} with ${code}, whatever was agreed on`,
    DEADLINE,
    async () => {
      for (const extension of EXTENSIONS) {
        const result = await afterSending(bytes, extension);
        assertEquals(result, { messages: [], code }, extension);
      }
    },
  );
}

Deno.test(
  "700 compressed messages of chance end their connections or none, and never another's",
  DEADLINE,
  async () => {
    const random = seeded(29);
    await using other = await conversation();
    for (let round = 0; round < 700; round++) {
      const bytes = damaged(random);
      const result = await afterSending(
        compressed(bytes),
        random.pick(EXTENSIONS.slice(0, 2)),
      );
      assertEquals(result, expected(bytes), `round ${round}: ${bytes.toHex()}`);
      if (round % 20 === 0) await other.exchange(`round ${round}`);
    }
    await other.exchange("at last");
  },
);

Deno.test(
  "300 connections cut within a compressed message, by either side, end alone",
  DEADLINE,
  async () => {
    const random = seeded(31);
    await using other = await conversation();
    for (let round = 0; round < 300; round++) {
      const bytes = compressed(damaged(random));
      const sent = bytes.slice(0, 2 + random.int(bytes.length));
      await using server = rawServer(async (peer) => {
        await peer.accept([`Sec-WebSocket-Extensions: ${EXTENSIONS[0]}`]);
        await peer.write(sent);
        if (round % 2 === 0) await peer.ended();
      });
      const { socket, heard } = await openSocket({
        url: `http://127.0.0.1:${server.port}`,
        maxMessageBytes: LIMIT,
      });
      if (round % 2 === 0) {
        for (let hop = random.int(20); hop > 0; hop--) await Promise.resolve();
        if (random.oneIn(2)) await new Promise((next) => setTimeout(next));
        socket.terminate();
      }
      await heard.untilClosed;
      assertEquals(heard.closes.length, 1);
      if (round % 20 === 0) await other.exchange(`round ${round}`);
    }
    await other.exchange("at last");
  },
);

type Random = ReturnType<typeof seeded>;

function damaged(random: Random): Bytes {
  const good = deflated(TEXT + random.int(1_000_000));
  const at = random.int(good.length);
  switch (random.int(5)) {
    case 0:
      return randomBytes(random, 1 + random.int(200));
    case 1:
      return good.slice(0, at);
    case 2:
      good[at] = (good[at] ?? 0) ^ 1 << random.int(8);
      return good;
    case 3:
      return concat([
        good.slice(0, at),
        randomBytes(random, random.int(20)),
        good.slice(at),
      ]);
    default:
      return deflated("x".repeat(random.int(2 * LIMIT)));
  }
}

/** By a decoder that has the whole message at once. */
function expected(bytes: Bytes): Result {
  try {
    const plain = inflateRawSync(concat([bytes, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: LIMIT,
    });
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(plain);
    return { messages: [text], code: undefined };
  } catch (error) {
    const isLong = error instanceof RangeError;
    return { messages: [], code: isLong ? 1009 : 1007 };
  }
}

/** A connection that goes on, compressed, whatever happens beside it. */
async function conversation() {
  const server = rawServer(async (peer) => {
    await peer.accept([
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",
    ]);
    while (await peer.read()) await peer.write(compressed(deflated(TEXT)));
  });
  const { socket, heard } = await openSocket({
    url: `http://127.0.0.1:${server.port}`,
  });
  return {
    exchange: async (text: string) => {
      const count = heard.messages.length + 1;
      socket.send(text);
      await heard.untilMessages(count);
      assertEquals(heard.messages.at(-1), TEXT);
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await heard.untilClosed;
      await server[Symbol.asyncDispose]();
    },
  };
}

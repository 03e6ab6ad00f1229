/** Frames as bytes, held against the examples of RFC 6455 and RFC 7692. */

import { assertEquals } from "@std/assert";
import { deflate, inflate } from "../../lib/simulator/frames/deflate.ts";
import { FrameReader } from "../../lib/simulator/frames/frame_reader.ts";
import {
  closePayload,
  encodeFrame,
  type Frame,
  frameOf,
  OPCODE,
  readClose,
} from "../../lib/simulator/frames/frames.ts";

const HELLO = new TextEncoder().encode("Hello");
const KEY = Uint8Array.fromHex("37fa213d");

/** RFC 6455, section 5.7. */
const EXAMPLES: ReadonlyArray<[string, string, Frame, boolean]> = [
  ["a text", "810548656c6c6f", frameOf(OPCODE.text, HELLO), false],
  [
    "a masked text",
    "818537fa213d7f9f4d5158",
    frameOf(OPCODE.text, HELLO),
    true,
  ],
  [
    "a first fragment",
    "010348656c",
    frameOf(OPCODE.text, HELLO.subarray(0, 3), { fin: false }),
    false,
  ],
  [
    "a last fragment",
    "80026c6f",
    frameOf(OPCODE.continuation, HELLO.subarray(3)),
    false,
  ],
  ["a ping", "890548656c6c6f", frameOf(OPCODE.ping, HELLO), false],
  [
    "a masked pong",
    "8a8537fa213d7f9f4d5158",
    frameOf(OPCODE.pong, HELLO),
    true,
  ],
];

for (const [name, hex, frame, masked] of EXAMPLES) {
  Deno.test(`encodeFrame() and FrameReader know ${name} of the RFC`, () => {
    assertEquals(encodeFrame(frame, masked ? KEY : undefined).toHex(), hex);
    const reader = new FrameReader({ masked, maxPayload: 5 });
    assertEquals(reader.push(Uint8Array.fromHex(hex)), {
      frames: [frame],
      broken: undefined,
    });
  });
}

const LENGTHS: ReadonlyArray<[number, string]> = [
  [0, "8200"],
  [125, "827d"],
  [126, "827e007e"],
  [65_535, "827effff"],
  [65_536, "827f0000000000010000"],
];

for (const [length, head] of LENGTHS) {
  Deno.test(`a frame of ${length} bytes has its length in the shortest form`, () => {
    const frame = frameOf(OPCODE.binary, new Uint8Array(length).fill(7));
    const bytes = encodeFrame(frame);
    assertEquals(bytes.subarray(0, head.length / 2).toHex(), head);
    assertEquals(bytes.length, head.length / 2 + length);

    // Two frames, cut at a place that is in neither's boundary.
    const both = new Uint8Array([...bytes, ...bytes]);
    const reader = new FrameReader({ masked: false, maxPayload: length });
    const cut = Math.ceil(both.length / 3);
    const frames = [both.subarray(0, cut), both.subarray(cut)]
      .flatMap((part) => reader.push(part).frames);
    assertEquals(frames, [frame, frame]);
  });
}

Deno.test("a close frame has a code and a reason, or neither", () => {
  const close = { code: 4001, reason: "bye" };
  assertEquals(closePayload(close).toHex(), "0fa1627965");
  assertEquals(readClose(closePayload(close)), close);
  assertEquals(readClose(new Uint8Array()), { code: 1005, reason: "" });
});

Deno.test("deflate() leaves out the tail as RFC 7692, section 7.2.3.1, shows", () => {
  const compressed = Uint8Array.fromHex("f248cdc9c90700");
  assertEquals(deflate(HELLO).toHex(), compressed.toHex());
  const inflated = inflate(compressed, 5);
  assertEquals(inflated && new TextDecoder().decode(inflated), "Hello");
  assertEquals(inflate(compressed, 4), undefined);
  assertEquals(inflate(Uint8Array.fromHex("ffff"), 100), undefined);
});

/** What goes wrong with a turn over a websocket. */
import { concat } from "@std/bytes";
import { deflate } from "../../../lib/simulator/frames/deflate.ts";
import {
  encodeFrame,
  frameOf,
  OPCODE,
} from "../../../lib/simulator/frames/frames.ts";
import { messageFrames } from "../../../lib/simulator/frames/message_frames.ts";
import { randomBytes } from "../../support/random.ts";
import type { SocketStage } from "../upstream/socket_stage.ts";
import type { SocketFault } from "./fault.ts";
import { INSIDE_FAULTS } from "./inside.ts";
import { completed, contents, delta, preamble, wholeTurn } from "./script.ts";

const encoder = new TextEncoder();

/** An honest turn. */
export async function saySocketTurn(stage: SocketStage): Promise<void> {
  const { speech, random, say } = stage;
  for (const { text } of wholeTurn(speech, random)) await say(text);
}

/** Begins well, and may have told content by the time something happens. */
async function begin({ speech, random, say }: SocketStage): Promise<void> {
  const events = [...preamble(speech)];
  if (random.oneIn(2)) events.push(...contents(speech, random, 4));
  for (const { text } of events) await say(text);
}

const CLOSES: readonly SocketFault[] = [
  1000,
  1001,
  1006,
  1008,
  1009,
  1011,
  1012,
  1013,
  4000,
].map((code) => ({
  name: `closed with ${code}`,
  // The message was too big, whoever serves: its caller goes elsewhere.
  blame: code === 1009 ? "request" : "network",
  play: async (stage) => {
    await begin(stage);
    await stage.close(code, "because");
  },
}));

/** Frames that no server may send, or nobody can read. */
const BROKEN: readonly SocketFault[] = [
  brokenFrame(
    "a binary message",
    ({ random }) =>
      encodeFrame(frameOf(OPCODE.binary, randomBytes(random, 20))),
  ),
  brokenFrame("a masked frame", () =>
    encodeFrame(
      frameOf(OPCODE.text, encoder.encode("{}")),
      Uint8Array.of(1, 2, 3, 4),
    )),
  brokenFrame("a reserved opcode", () => encodeFrame(frameOf(5, BYTES))),
  brokenFrame("reserved bits", () => Uint8Array.of(0xb1, 0)),
  brokenFrame(
    "a lone continuation",
    () => encodeFrame(frameOf(OPCODE.continuation, BYTES)),
  ),
  brokenFrame(
    "text that is no UTF-8",
    () => encodeFrame(frameOf(OPCODE.text, Uint8Array.of(0xc3, 0x28))),
  ),
  brokenFrame(
    "a long ping",
    () => encodeFrame(frameOf(OPCODE.ping, new Uint8Array(126))),
  ),
  brokenFrame(
    "a close frame of one byte",
    () => encodeFrame(frameOf(OPCODE.close, Uint8Array.of(3))),
  ),
  brokenFrame(
    "a close code that is none",
    () => encodeFrame(frameOf(OPCODE.close, Uint8Array.of(0, 7))),
  ),
  brokenFrame(
    "a frame of 2^63 bytes",
    () => Uint8Array.of(0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255),
  ),
  brokenFrame(
    "random bytes",
    ({ random }) => randomBytes(random, 1 + random.int(200)),
  ),
  brokenFrame("a damaged compressed message", ({ random }) => {
    const payload = randomBytes(random, 1 + random.int(60));
    return encodeFrame(frameOf(OPCODE.text, payload, { compressed: true }));
  }),
  brokenFrame("a damaged compressed message in two pieces", ({ random }) => {
    const payload = randomBytes(random, 1 + random.int(60));
    const end = randomBytes(random, 1);
    return concat([
      encodeFrame(
        frameOf(OPCODE.text, payload, { compressed: true, fin: false }),
      ),
      encodeFrame(frameOf(OPCODE.continuation, end)),
    ]);
  }),
  brokenFrame("a compressed message cut short", ({ random, speech }) => {
    const whole = deflate(encoder.encode(speech.tag.repeat(9)));
    const payload = whole.subarray(0, 1 + random.int(whole.length - 1));
    return encodeFrame(frameOf(OPCODE.text, payload, { compressed: true }));
  }),
];

const BYTES = encoder.encode("x");

function brokenFrame(
  name: string,
  bytes: (stage: SocketStage) => Uint8Array,
): SocketFault {
  return {
    name,
    blame: "network",
    play: async (stage) => {
      await begin(stage);
      // By chance it may be something that can be read.
      stage.speech.hasNoise = true;
      await stage.raw(bytes(stage));
      await stage.clock.wait(2_000, stage.gone);
      stage.hangUp();
    },
  };
}

const ODD: readonly SocketFault[] = [
  {
    name: "cut",
    blame: "network",
    play: async (stage) => {
      await begin(stage);
      stage.hangUp();
    },
  },
  {
    name: "cut inside a frame",
    blame: "network",
    play: async (stage) => {
      await begin(stage);
      const { text } = delta(stage.speech, stage.random);
      const frame = encodeFrame(frameOf(OPCODE.text, encoder.encode(text)));
      await stage.raw(frame.subarray(0, stage.random.int(frame.length)));
      stage.hangUp();
    },
  },
  {
    name: "fragments, with pings between",
    blame: "nothing",
    play: async ({ speech, random, raw, compresses }) => {
      for (const { text } of wholeTurn(speech, random)) {
        const pieces = 1 + random.int(5);
        const compress = compresses && random.oneIn(2);
        for (const frame of messageFrames(text, { compress, pieces })) {
          await raw(encodeFrame(frame));
        }
      }
    },
  },
  {
    name: "frames in pieces",
    blame: "nothing",
    play: async ({ speech, random, raw, gone }) => {
      for (const { text } of wholeTurn(speech, random, 4)) {
        const frame = encodeFrame(frameOf(OPCODE.text, encoder.encode(text)));
        for (let at = 0; at < frame.length && !gone.aborted;) {
          const end = at + 1 + random.int(random.pick([3, 200]));
          await raw(frame.subarray(at, end));
          at = end;
        }
      }
    },
  },
  {
    name: "many messages at once",
    blame: "nothing",
    play: async ({ speech, random, raw }) => {
      const events = [...wholeTurn(speech, random, 200)];
      await raw(frames(events.map(({ text }) => text)));
    },
  },
  {
    name: "pings",
    blame: "nothing",
    play: async ({ speech, random, raw, say }) => {
      const ping = encodeFrame(frameOf(OPCODE.ping, encoder.encode("there?")));
      for (const { text } of wholeTurn(speech, random)) {
        for (let n = random.int(20); n > 0; n--) await raw(ping);
        await say(text);
      }
    },
  },
  {
    name: "events nobody knows",
    blame: "nothing",
    play: async ({ speech, random, say }) => {
      const unknown = () =>
        speech.event(
          random.pick(["keepalive", "ping", "response.future", "x"]),
        );
      await say(unknown().text);
      for (const { text } of preamble(speech)) await say(text);
      await say(unknown().text);
      for (const { text } of contents(speech, random)) await say(text);
      await say(unknown().text);
      await say(completed(speech).text);
    },
  },
  {
    name: "figures of the account",
    blame: "nothing",
    play: async ({ speech, random, say, owner }) => {
      const own = (type: string, more: Readonly<Record<string, unknown>>) => {
        const { text } = speech.event(type, more);
        speech.optional.add(text);
        return say(text);
      };
      const events = wholeTurn(speech, random);
      const first = events.next();
      if (!first.done) await say(first.value.text);
      await own("codex.rate_limits", { plan_type: "plus" });
      await own("response.metadata", {
        headers: { "x-codex-turn-state": `chaos-${owner}` },
      });
      for (const { text } of events) await say(text);
    },
  },
  {
    name: "a huge message",
    blame: "nothing",
    play: async ({ speech, random, say }) => {
      for (const { text } of preamble(speech)) await say(text);
      const size = 500_000 + random.int(1_500_000);
      const item = { type: "message", text: "x".repeat(size) };
      await say(speech.event("response.output_item.done", { item }).text);
      await say(completed(speech).text);
    },
  },
  {
    name: "the end told twice",
    blame: "nothing",
    play: async ({ speech, random, raw }) => {
      const events = [...wholeTurn(speech, random), completed(speech)];
      await raw(frames(events.map(({ text }) => text)));
    },
  },
  {
    name: "a text that is no JSON",
    blame: "nothing",
    play: async ({ speech, random, say }) => {
      for (const { text } of preamble(speech)) await say(text);
      const odd = `no JSON: "chaos":"${speech.tag}"`;
      speech.texts.push(odd);
      await say(odd);
      for (const { text } of contents(speech, random)) await say(text);
      await say(completed(speech).text);
    },
  },
  {
    name: "a slow dribble",
    blame: "nothing",
    isLong: true,
    play: async ({ speech, random, clock, gone, say }) => {
      for (const { text } of wholeTurn(speech, random, 6)) {
        await clock.wait(random.int(8_000), gone);
        await say(text);
      }
    },
  },
  {
    name: "a pause that needs keepalives",
    blame: "nothing",
    isLong: true,
    weight: 5,
    play: async ({ speech, random, clock, gone, say }) => {
      for (const { text } of preamble(speech)) await say(text);
      for (const { text } of contents(speech, random)) await say(text);
      await clock.wait(60_000 + random.int(80_000), gone);
      await say(completed(speech).text);
    },
  },
  {
    name: "silence",
    blame: "silence",
    isLong: true,
    play: async (stage) => {
      await begin(stage);
      await stage.clock.wait(700_000, stage.gone);
      stage.hangUp();
    },
  },
];

/** In one write, so that they arrive as one. */
function frames(texts: readonly string[]): Uint8Array {
  return concat(
    texts.map((text) =>
      encodeFrame(frameOf(OPCODE.text, encoder.encode(text)))
    ),
  );
}

const INSIDE: readonly SocketFault[] = INSIDE_FAULTS.map((fault) => ({
  name: fault.name,
  blame: fault.blame,
  play: async ({ speech, random, say }) => {
    for (const { text } of fault.events(speech, random)) await say(text);
  },
}));

export const SOCKET_FAULTS: readonly SocketFault[] = [
  ...CLOSES,
  ...BROKEN,
  ...ODD,
  ...INSIDE,
];

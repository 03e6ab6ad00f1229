/** What goes wrong with the bytes of an event stream. */
import { concat } from "@std/bytes";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { prose } from "../speech.ts";
import type { HeaderLines, HttpStage } from "../upstream/stage.ts";
import type { HttpFault } from "./fault.ts";
import { completed, contents, delta, preamble, wholeTurn } from "./script.ts";

const EVENT_STREAM: HeaderLines = [[
  "content-type",
  "text/event-stream; charset=utf-8",
]];
const encoder = new TextEncoder();

/** An honest turn, or an honest whole answer. */
export async function sayTurn(
  stage: HttpStage,
  lines: HeaderLines = [],
): Promise<void> {
  const { out, speech, random, isStream } = stage;
  if (!isStream) return await sayWhole(stage, lines);
  await out.head(200, [...EVENT_STREAM, ...lines]);
  for (const { bytes } of wholeTurn(speech, random)) await out.write(bytes);
  await out.end();
}

async function sayWhole(
  { out, speech, random }: HttpStage,
  lines: HeaderLines,
): Promise<void> {
  const text = JSON.stringify({
    chaos: speech.tag,
    output: [{ type: "message", text: prose(random, random.int(2_000)) }],
  });
  const json: HeaderLines = [["content-type", "application/json"], ...lines];
  await out.answer(200, json, speech.body(text));
}

/** Every byte of a turn, for what is done to bytes. */
function turnBytes({ speech, random }: HttpStage, most = 12) {
  return concat([...wholeTurn(speech, random, most)].map(({ bytes }) => bytes));
}

const OF_BYTES: readonly HttpFault[] = [
  {
    name: "cut at a byte",
    blame: "network",
    play: async (stage) => {
      const { out, random } = stage;
      const bytes = turnBytes(stage);
      await out.head(200, EVENT_STREAM);
      await out.write(bytes.subarray(0, random.int(bytes.length)));
      await (random.oneIn(2) ? out.reset() : out.hangUp());
    },
  },
  {
    name: "no end of the turn",
    blame: "network",
    play: async (stage) => {
      const { out, speech, random } = stage;
      await out.head(200, EVENT_STREAM);
      const events = [...preamble(speech), ...contents(speech, random)];
      const some = events.slice(0, random.int(events.length + 1));
      for (const { bytes } of some) await out.write(bytes);
      await out.end();
    },
  },
  {
    name: "a broken chunk",
    blame: "network",
    only: "http1",
    play: async (stage) => {
      const { out, speech, random } = stage;
      await out.head(200, EVENT_STREAM);
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      for (const { bytes } of contents(speech, random)) await out.write(bytes);
      const broken = random.pick(["zz\r\n", "-5\r\n", "5\r\nabc"]);
      // What there is of a chunk may be handed on.
      speech.odd(encoder.encode("abc"));
      await out.connection?.raw(broken);
      await out.hangUp();
    },
  },
  {
    name: "a length that is too long",
    blame: "network",
    play: async (stage) => {
      const { out } = stage;
      const bytes = turnBytes(stage);
      const body = bytes.subarray(0, bytes.length - 40);
      await out.head(200, [
        ...EVENT_STREAM,
        ["content-length", String(bytes.length)],
      ]);
      await out.write(body);
      await out.hangUp();
    },
  },
  {
    name: "a length that is too short",
    blame: "network",
    only: "http1",
    play: async (stage) => {
      const { out, random } = stage;
      const bytes = turnBytes(stage);
      await out.head(200, [
        ...EVENT_STREAM,
        ["content-length", String(random.int(bytes.length))],
      ]);
      await out.write(bytes);
      await out.hangUp();
    },
  },
  encoded("gzip", (bytes) => gzipSync(bytes)),
  encoded("zstd", (bytes) => zstdCompressSync(bytes)),
  cutEncoding("gzip", (bytes) => gzipSync(bytes)),
  cutEncoding("zstd", (bytes) => zstdCompressSync(bytes)),
  {
    name: "an encoding that is none",
    blame: "network",
    play: async (stage) => {
      const { out, random } = stage;
      const coding = random.pick(["gzip", "zstd", "br", "nonsense"]);
      await out.head(200, [...EVENT_STREAM, ["content-encoding", coding]]);
      await out.write(turnBytes(stage));
      await out.end();
    },
  },
  {
    name: "a byte at a time",
    blame: "nothing",
    play: async (stage) => {
      const { out } = stage;
      const bytes = turnBytes(stage, 3);
      await out.head(200, EVENT_STREAM);
      for (let at = 0; at < bytes.length && !out.gone.aborted; at++) {
        await out.write(bytes.subarray(at, at + 1));
      }
      await out.end();
    },
  },
  {
    name: "chunks of any size",
    blame: "nothing",
    play: async (stage) => {
      const { out, random } = stage;
      const bytes = turnBytes(stage, 60);
      await out.head(200, EVENT_STREAM);
      for (let at = 0; at < bytes.length && !out.gone.aborted;) {
        const end = at + 1 + random.int(random.pick([3, 60, 4000]));
        await out.write(bytes.subarray(at, end));
        at = end;
      }
      await out.end();
    },
  },
  newlines("\r\n", "lines that end in CR LF"),
  newlines("\r", "lines that end in CR"),
  newlines("mixed", "lines that end in any way"),
  {
    name: "comments",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      await out.write(speech.comment());
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      await out.write(speech.comment());
      for (const { bytes } of contents(speech, random)) {
        await out.write(bytes);
        if (random.oneIn(2)) await out.write(speech.comment());
      }
      await out.write(completed(speech).bytes);
      await out.end();
    },
  },
  {
    name: "events nobody knows",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      const unknown = () =>
        speech.event(
          random.pick(["keepalive", "ping", "response.future", "x"]),
        );
      await out.write(unknown().bytes);
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      await out.write(unknown().bytes);
      for (const { bytes } of contents(speech, random)) await out.write(bytes);
      await out.write(unknown().bytes);
      await out.write(completed(speech).bytes);
      await out.end();
    },
  },
  {
    name: "fields nobody knows",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      const odd = `id: 7\nretry: 10\nfoo: "chaos":"${speech.tag}"\n\n`;
      await out.write(speech.odd(encoder.encode(odd)));
      for (const { bytes } of wholeTurn(speech, random)) await out.write(bytes);
      await out.end();
    },
  },
  {
    name: "a huge event",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      const size = 500_000 + random.int(1_500_000);
      const item = { type: "message", text: "x".repeat(size) };
      const huge = speech.event("response.output_item.done", { item });
      await out.write(huge.bytes);
      await out.write(completed(speech).bytes);
      await out.end();
    },
  },
  {
    name: "a long preamble",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      const pad = "x".repeat(8_000);
      for (let n = 0; n < 40; n++) {
        await out.write(speech.event("response.in_progress", { pad }).bytes);
      }
      for (const { bytes } of contents(speech, random)) await out.write(bytes);
      await out.write(completed(speech).bytes);
      await out.end();
    },
  },
  {
    name: "the end told twice",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      const events = [...wholeTurn(speech, random), completed(speech)];
      const bytes = events.map((event) => event.bytes);
      if (random.oneIn(2)) await out.write(concat(bytes));
      else for (const one of bytes) await out.write(one);
      await out.end();
    },
  },
  {
    name: "bytes behind the end",
    blame: "nothing",
    play: async ({ out, speech, random }) => {
      await out.head(200, EVENT_STREAM);
      const bytes = [...wholeTurn(speech, random)].map((event) => event.bytes);
      const behind = [
        delta(speech, random).bytes,
        encoder.encode("data: [DONE]\n\n"),
      ];
      await out.write(concat([...bytes, ...behind]));
      await out.end();
    },
  },
  {
    name: "a slow dribble",
    blame: "nothing",
    isLong: true,
    play: async ({ out, speech, random, clock }) => {
      await out.head(200, EVENT_STREAM);
      for (const { bytes } of wholeTurn(speech, random, 6)) {
        await clock.wait(random.int(8_000), out.gone);
        await out.write(bytes);
      }
      await out.end();
    },
  },
  {
    name: "a pause that needs keepalives",
    blame: "nothing",
    isLong: true,
    weight: 5,
    play: async ({ out, speech, random, clock }) => {
      await out.head(200, EVENT_STREAM);
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      for (const { bytes } of contents(speech, random)) await out.write(bytes);
      const half = delta(speech, random).bytes;
      const at = random.oneIn(4) ? 0 : random.int(half.length);
      await out.write(half.subarray(0, at));
      await clock.wait(60_000 + random.int(80_000), out.gone);
      await out.write(half.subarray(at));
      await out.write(completed(speech).bytes);
      await out.end();
    },
  },
  {
    name: "silence",
    blame: "silence",
    isLong: true,
    play: async ({ out, speech, random, clock }) => {
      await out.head(200, EVENT_STREAM);
      for (const { bytes } of preamble(speech)) await out.write(bytes);
      if (random.oneIn(2)) {
        for (const { bytes } of contents(speech, random)) {
          await out.write(bytes);
        }
      }
      await clock.wait(700_000, out.gone);
      await out.hangUp();
    },
  },
];

export const STREAM_FAULTS: readonly HttpFault[] = OF_BYTES.map(
  (fault): HttpFault => ({ ...fault, needs: "stream" }),
);

function encoded(
  coding: string,
  encode: (bytes: Uint8Array) => Uint8Array,
): HttpFault {
  return {
    name: `encoded as ${coding}`,
    blame: "nothing",
    play: async (stage) => {
      const { out, random } = stage;
      const bytes = encode(Buffer.from(turnBytes(stage, 40)));
      await out.head(200, [...EVENT_STREAM, ["content-encoding", coding]]);
      const at = random.int(bytes.length);
      await out.write(bytes.subarray(0, at));
      await out.write(bytes.subarray(at));
      await out.end();
    },
  };
}

function cutEncoding(
  coding: string,
  encode: (bytes: Uint8Array) => Uint8Array,
): HttpFault {
  return {
    name: `encoded as ${coding}, cut`,
    blame: "network",
    play: async (stage) => {
      const { out, random } = stage;
      const bytes = encode(Buffer.from(turnBytes(stage, 40)));
      await out.head(200, [...EVENT_STREAM, ["content-encoding", coding]]);
      await out.write(bytes.subarray(0, random.int(bytes.length)));
      await (random.oneIn(2) ? out.end() : out.hangUp());
    },
  };
}

function newlines(
  newline: HttpStage["speech"]["newline"],
  name: string,
): HttpFault {
  return {
    name,
    blame: "nothing",
    play: async (stage) => {
      stage.speech.newline = newline;
      const { out, random } = stage;
      const bytes = turnBytes(stage);
      await out.head(200, EVENT_STREAM);
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + random.int(40);
        await out.write(bytes.subarray(at, end));
        at = end;
      }
      await out.end();
    },
  };
}

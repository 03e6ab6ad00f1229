import { formatEvent, SseScanner } from "../../lib/protocol/sse.ts";
import { ServerSentEventParseStream } from "@std/http/events";
import { concat } from "@std/bytes";
import { assert, assertEquals } from "@std/assert";
import {
  type Random,
  randomBytes,
  randomChunks,
  seeded,
} from "../support/random.ts";

const encoder = new TextEncoder();
const MIB = 1024 * 1024;

/** An event with its place as offsets in the whole stream. */
interface Seen {
  readonly type: string;
  readonly data: string;
  readonly start: number;
  readonly end: number;
  readonly mayGoOn: boolean;
}

const all = () => true;

function scanAll(
  chunks: readonly Uint8Array[],
  wanted: (type: string) => boolean = all,
): readonly Seen[] {
  const scanner = new SseScanner(wanted);
  const seen: Seen[] = [];
  let offset = 0;
  for (const chunk of chunks) {
    for (const event of scanner.push(chunk)) {
      const { start, end } = event;
      seen.push({ ...event, start: offset + start, end: offset + end });
    }
    offset += chunk.length;
  }
  return seen;
}

function typesAndData(
  ...chunks: readonly Uint8Array[]
): ReadonlyArray<[type: string, data: string]> {
  return scanAll(chunks).map(({ type, data }) => [type, data]);
}

const STREAMS: ReadonlyArray<
  [text: string, events: ReadonlyArray<[type: string, data: string]>]
> = [
  ["event: a\ndata: 1\n\n", [["a", "1"]]],
  ["event:a\ndata:1\n\n", [["a", "1"]]],
  ["event: a\rdata: 1\r\r", [["a", "1"]]],
  ["event: a\r\ndata: 1\r\n\r\n", [["a", "1"]]],
  ["event: a\r\ndata: 1\n\r", [["a", "1"]]],
  ["event: a\ndata: 1\n\ndata: 2\n\n", [["a", "1"], ["message", "2"]]],
  ["data: 1\nevent: a\n\n", [["a", "1"]]],
  ["event: a\nevent: b\ndata: 1\n\n", [["a", "1"]]],
  ["event: \ndata: 1\n\n", [["message", "1"]]],
  ["event\ndata: 1\n\n", [["message", "1"]]],
  ["event: a\ndata: 1\ndata:  2\ndata\ndata:\n\n", [["a", "1\n 2\n\n"]]],
  ["event: a\ndata:\n\n", [["a", ""]]],
  ["event: a\n\ndata: 1\n\n", [["message", "1"]]],
  [": hello\n\n:\n\nid: 1\nretry: 2\n\n", []],
  [": x\nevent: a\n:data: 0\nid: 1\nfoo\ndata: 1\n\n", [["a", "1"]]],
  ["events: b\ndatas: 2\n event: c\nevent: a\ndata: 1\n\n", [["a", "1"]]],
  ["event: a\ndata: 1\n", []],
  ["event: a\ndata: 1", []],
  ["\ufeffevent: a\ndata: \ufeff1\n\n", [["a", "\ufeff1"]]],
  ["\ufeffdata: 1\n\n\ufeffdata: 2\n\n", [["message", "1"]]],
  ["\n\ufeffevent: a\ndata: 1\n\n", [["message", "1"]]],
  ["\n\r\n\revent: ä€😀\ndata: ä€😀\n\n", [["ä€😀", "ä€😀"]]],
  ['data: {"type":"a","x":[1]}\n\n', [["a", '{"type":"a","x":[1]}']]],
  ['data: {"type":"a\\u0062"}\n\n', [["ab", '{"type":"a\\u0062"}']]],
  ['data: {"x":1, "type":"a"}\n\n', [["a", '{"x":1, "type":"a"}']]],
  ['data: {"type":1}\n\n', [["message", '{"type":1}']]],
  ['data: {"type":"a\n\n', [["message", '{"type":"a']]],
  ['data: {\ndata: "type":"a"}\n\n', [["a", '{\n"type":"a"}']]],
  ["data: [DONE]\n\n", [["message", "[DONE]"]]],
  ['event: b\ndata: {"type":"a"}\n\n', [["b", '{"type":"a"}']]],
];

for (const [text, events] of STREAMS) {
  Deno.test(`SseScanner reads ${JSON.stringify(text)}`, () => {
    const bytes = encoder.encode(text);
    assertEquals(typesAndData(bytes), events);
    const bytewise = [...bytes].map((byte) => new Uint8Array([byte]));
    assertEquals(typesAndData(...bytewise), events);
  });
}

Deno.test("SseScanner gives the offset behind the blank line, line feed included", () => {
  const text = ": a\n\ndata: 1\n\ndata: 2\r\n\r\ndata: 3\r\rdata: 4\n\n";
  const ends = scanAll([encoder.encode(text)]).map(({ end }) => end);
  assertEquals(ends, [14, 25, 34, text.length]);
});

Deno.test("SseScanner gives the offset right behind the event before", () => {
  const text = ": a\n\ndata: 1\n\n\n: b\ndata: 2\r\n\r\ndata: 3\n\n";
  const starts = scanAll([encoder.encode(text)]).map(({ start }) => start);
  assertEquals(starts, [5, 15, 30]);
});

Deno.test("SseScanner tells how much of an open event there is, and its type", () => {
  const scanner = new SseScanner(all);
  const open = (text: string) => {
    scanner.push(encoder.encode(text));
    return [scanner.openBytes, scanner.openType];
  };
  assertEquals(open("event: a\ndata: 1\n\nev"), [2, undefined]);
  assertEquals(open("ent: b"), [8, undefined]);
  assertEquals(open("\nda"), [11, "b"]);
  assertEquals(open("ta: 2\r\n\r"), [0, undefined]);
  assertEquals(open("\n"), [0, undefined]);
  assertEquals(open('data: {"type":"c"'), [17, undefined]);
});

Deno.test("SseScanner ends an event at a carriage return without waiting for more", () => {
  const scanner = new SseScanner(all);
  const [first] = scanner.push(encoder.encode("data: 1\r\n\r"));
  assertEquals(first, {
    type: "message",
    data: "1",
    start: 0,
    end: 10,
    mayGoOn: true,
  });
  const [second] = scanner.push(encoder.encode("\ndata: 2\r\n\r\n"));
  assertEquals(second, {
    type: "message",
    data: "2",
    start: 1,
    end: 12,
    mayGoOn: false,
  });
});

Deno.test("SseScanner is outside of events only behind a whole blank line", () => {
  const boundaries = (text: string) => {
    const scanner = new SseScanner(all);
    return Array.from(text, (byte) => {
      scanner.push(encoder.encode(byte));
      return scanner.atBoundary ? "|" : ".";
    }).join("");
  };
  assertEquals(boundaries("event:a\ndata:1\n\n"), `${".".repeat(15)}|`);
  assertEquals(boundaries("event:a\r\ndata:1\r\n\r\n"), `${".".repeat(18)}|`);
  assertEquals(boundaries(":\n\n"), ".||");
});

Deno.test("SseScanner gives only what is wanted, whether a type is a field or in the data", () => {
  const asked: string[] = [];
  const text =
    'event: a\ndata: 1\n\nevent: b\ndata: 2\n\ndata: {"type":"a"}\n\n' +
    'data: {"type":"b"}\n\ndata: 3\n\n';
  const seen = scanAll([encoder.encode(text)], (type) => {
    asked.push(type);
    return type === "b";
  });
  assertEquals(seen.map(({ data }) => data), ["2", '{"type":"b"}']);
  assertEquals(new Set(asked), new Set(["a", "b", "message"]));
});

Deno.test("SseScanner reads a type of bytes that are no text as another one", () => {
  const chunks = [
    encoder.encode("event: \u00e9\ndata: 1\n\nevent: "),
    new Uint8Array([0xe9]),
    encoder.encode("\ndata: 2\n\nevent: a\ndata: 3\n\nevent: a\ndata: 4\n\n"),
  ];
  const types = scanAll(chunks).map(({ type }) => type);
  assertEquals(types, ["\u00e9", "\ufffd", "a", "a"]);
});

Deno.test("SseScanner asks what is wanted anew after each push", () => {
  const scanner = new SseScanner(all);
  const bytes = encoder.encode("event: a\ndata: 1\n\n");
  assertEquals(scanner.push(bytes).length, 1);
  scanner.wanted = () => false;
  assertEquals(scanner.push(bytes).length, 0);
  scanner.wanted = all;
  assertEquals(scanner.push(bytes).length, 1);
});

Deno.test("SseScanner drops an event that stopped being wanted half-way", () => {
  const scanner = new SseScanner(all);
  scanner.push(encoder.encode("event: a\ndata: 1\n"));
  scanner.wanted = () => false;
  assertEquals(scanner.push(encoder.encode("\n")), []);
});

Deno.test("SseScanner does not give chunks away that the sender uses again", () => {
  const scanner = new SseScanner(all);
  const chunk = encoder.encode("event: a\ndata: 1");
  scanner.push(chunk);
  chunk.fill(0x78);
  assertEquals(scanner.push(encoder.encode("2\n\n")), [
    { type: "a", data: "12", start: -16, end: 3, mayGoOn: false },
  ]);
});

for (const longest of [100, 4 * MIB]) {
  Deno.test(`SseScanner keeps the first MiB of data in chunks up to ${longest} bytes`, () => {
    const line = "x".repeat(MIB - 10);
    const text = `\ufeffdata: ${line}\nevent: a\ndata: ${line}\ndata: y\n\n` +
      `event: b\ndata: 1\n\n`;
    const chunks = randomChunks(seeded(1), encoder.encode(text), longest);
    const [long, next] = scanAll(chunks);
    assertEquals(long?.type, "a");
    assert(long?.data === `${line}\n${line}`.slice(0, MIB));
    assertEquals(next?.data, "1");
  });
}

function randomStream(random: Random): Uint8Array {
  const lines = [
    "event: response.output_text.delta",
    "event: response.completed",
    "event",
    "data: 1",
    'data: {"type":"response.created","x":"ä€😀"}',
    'data: {"x":"\\u2028","type":"keepalive"}',
    `data: ${"long ".repeat(40)}`,
    "data",
    "data:",
    ": comment",
    "id: 7",
    "retry: 1",
    "nonsense: \ufeff",
  ];
  const ends = ["\n", "\n", "\n", "\r\n", "\r"];
  let text = random.oneIn(3) ? "\ufeff" : "";
  for (let n = random.int(12); n > 0; n--) {
    const kinds = new Set<string>();
    for (let m = random.int(5); m > 0; m--) {
      const line = random.pick(lines);
      const isEvent = line.startsWith("event");
      // Of two `event:` lines the standard takes the last, and we the first.
      if (isEvent && kinds.has("event")) continue;
      if (isEvent) kinds.add("event");
      text += line + random.pick(ends);
    }
    // Two, for the first may be the second half of a CRLF. And always: what the
    // end cuts off is an event to the standard library.
    text += random.pick(["\n\n", "\r\n\r\n"]);
  }
  return encoder.encode(text);
}

/** The same stream by the standard library, with our rule for a type. */
async function parsedByStd(bytes: Uint8Array): Promise<unknown[]> {
  const stream = ReadableStream.from([bytes])
    .pipeThrough(new ServerSentEventParseStream({ ignoreComments: true }));
  const events: unknown[] = [];
  for await (const { event, data } of stream) {
    if (data === undefined) continue;
    events.push({ type: event || jsonType(data), data });
  }
  return events;
}

function jsonType(data: string): string {
  // As the first key it counts even where the rest is no JSON.
  const [, first] = /^\{"type":"([^"\\]*)"/.exec(data) ?? [];
  if (first !== undefined) return first;
  try {
    return JSON.parse(data)?.type ?? "message";
  } catch {
    return "message";
  }
}

Deno.test("SseScanner agrees with the standard library at any chunk boundaries", async () => {
  const random = seeded(2);
  for (let round = 0; round < 400; round++) {
    const bytes = randomStream(random);
    const whole = scanAll([bytes]);
    assertEquals(
      whole.map(({ type, data }) => ({ type, data })),
      await parsedByStd(bytes),
    );
    for (const longest of [1, 3, 40, 400]) {
      const cut = scanAll(randomChunks(random, bytes, longest));
      assertEquals(cut.length, whole.length);
      for (const [i, event] of cut.entries()) {
        const one = whole[i];
        assert(one);
        // The line feed of a split CRLF comes after its event has ended.
        const late = one.end - event.end === 1 && bytes[event.end] === 0x0a &&
          bytes[event.end - 1] === 0x0d;
        assertEquals(
          event,
          late ? { ...one, end: event.end, mayGoOn: true } : one,
        );
      }
    }
  }
});

Deno.test("SseScanner agrees with itself on what is wanted at any chunk boundaries", () => {
  const random = seeded(3);
  const wanted = (type: string) => type !== "response.output_text.delta";
  for (let round = 0; round < 400; round++) {
    const bytes = randomStream(random);
    const expected = scanAll([bytes]).filter(({ type }) => wanted(type));
    const cut = scanAll(randomChunks(random, bytes, 20), wanted);
    assertEquals(cut.map((e) => e.data), expected.map((e) => e.data));
  }
});

Deno.test("SseScanner never throws on random bytes, and is the same for any cut", () => {
  const random = seeded(4);
  const alphabet = concat([
    encoder.encode('event:data: {"type":"a"}\n\n\n\r\r'),
    new Uint8Array([0xef, 0xbb, 0xbf, 0xff, 0]),
  ]);
  for (let round = 0; round < 3000; round++) {
    const alphabetOrAny = random.oneIn(3) ? undefined : alphabet;
    const bytes = randomBytes(random, random.int(200), alphabetOrAny);
    const data = (events: readonly Seen[]) => events.map((e) => e.data);
    assertEquals(
      data(scanAll(randomChunks(random, bytes, 5))),
      data(scanAll([bytes])),
    );
  }
});

Deno.test("formatEvent writes what SseScanner reads", () => {
  const bytes = formatEvent("response.failed", { text: "ä\n\r\n😀" });
  assertEquals(scanAll([bytes]), [{
    type: "response.failed",
    data: '{"text":"ä\\n\\r\\n😀"}',
    start: 0,
    end: bytes.length,
    mayGoOn: false,
  }]);
});

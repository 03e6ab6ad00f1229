/** Event streams: the same events however they are cut, and the right ones. */
import { SseScanner } from "../../../lib/protocol/sse.ts";
import { randomChunks } from "../../support/random.ts";
import {
  type Bytes,
  bytesOf,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

interface Seen {
  readonly type: string;
  readonly data: string;
  readonly start: number;
  readonly end: number;
}

const CR = 0x0d;
const LF = 0x0a;

/** An event that ends in CR may be told before its LF is there. */
function scan(input: Bytes, chunks: readonly Uint8Array[]) {
  const scanner = new SseScanner(() => true);
  const seen: Seen[] = [];
  let offset = 0;
  for (const chunk of chunks) {
    for (const { type, data, start, end } of scanner.push(chunk)) {
      holds(end > 0 && end <= chunk.length, `an end at ${end}`);
      holds(start < end && offset + start >= 0, `a start at ${start}`);
      const at = offset + end;
      const hasMore = input[at - 1] === CR && input[at] === LF;
      seen.push({
        type,
        data,
        start: offset + start,
        end: hasMore ? at + 1 : at,
      });
    }
    offset += chunk.length;
  }
  return { seen, atBoundary: scanner.atBoundary };
}

/** As the standard has it, with the differences that the scanner names. */
function expected(bytes: Bytes): readonly (readonly [string, string])[] {
  const text = textOf(bytes).replace(/^\ufeff/, "");
  const lines = text.split(/\r\n|\r|\n/);
  // What has no end is no line.
  lines.pop();
  const events: (readonly [string, string])[] = [];
  let type: string | undefined;
  let data: string[] = [];
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "event") type ||= value;
    if (name === "data") data.push(value);
    if (line !== "") continue;
    if (data.length > 0) {
      const joined = data.join("\n");
      events.push([type || (typeIn(joined) ?? "message"), joined]);
    }
    type = undefined;
    data = [];
  }
  return events;
}

function typeIn(data: string): string | undefined {
  // Where upstream has it, it is read off, whatever comes behind.
  const [, first] = /^\{"type":"([^"\\]*)"/.exec(data) ?? [];
  if (first !== undefined) return first;
  try {
    const value = JSON.parse(data);
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    const type = isObject && Object.hasOwn(value, "type")
      ? value.type
      : undefined;
    return typeof type === "string" ? type : undefined;
  } catch {
    return undefined;
  }
}

const TURN = [
  'event: response.created\ndata: {"type":"response.created","response":{}}\n\n',
  'data: {"type":"response.output_text.delta","delta":"h\\u00e4llo 😀"}\n\n',
  ": comment\n\nid: 7\nretry: 10\nevent: ping\ndata: {}\n\n",
  'data: {"x":1, "type":"response.completed"}\n\ndata: [DONE]\n\n',
].join("");

export const SSE: Target = {
  name: "sse",
  samples: [
    TURN,
    TURN.replaceAll("\n", "\r\n"),
    TURN.replaceAll("\n", "\r"),
    "\ufeffdata: a\ndata\ndata:\n\n",
  ].map(bytesOf),
  words: [
    "\n\n",
    "\r\n\r\n",
    "\r\r",
    "\n\r",
    "\r\n\n",
    "data: ",
    "data",
    "data:",
    "event: ",
    "event",
    "event:\n",
    ": ",
    '{"type":"',
    '{"type":"a\\u0062"}',
    '"type"',
  ],
  check: (input, random) => {
    const whole = scan(input, [input]);
    const longest = random.pick([1, 2, 3, 17, 400]);
    const chunks = randomChunks(random, input, longest);
    same(scan(input, chunks), whole, `cut to ${longest}`);
    const found = whole.seen.map(({ type, data }) => [type, data]);
    same(found, expected(input), "events");
    for (const { end } of whole.seen) {
      const until = input.slice(0, end);
      const again = scan(until, [until]);
      // Behind a CR there may come an LF, which is still the event's.
      holds(again.atBoundary || until.at(-1) === CR, `no boundary at ${end}`);
      same(again.seen.at(-1)?.end, end, "the end of an event");
    }
  },
};

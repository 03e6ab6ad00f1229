/** That the judges of the chaos suite see what they are there for. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { newSecret } from "../../lib/simulator/accounts/canary.ts";
import { formatEvent } from "../../lib/protocol/sse.ts";
import { seeded } from "../support/random.ts";
import { wholeTurn } from "./faults/script.ts";
import { judgeAnswer } from "./judge_answer.ts";
import { judgeEvents } from "./judge_events.ts";
import { judgeLeak } from "./judge_leak.ts";
import { judgeMessages } from "./judge_messages.ts";
import { judgeStream } from "./judge_stream.ts";
import { Speech, type SpokenEvent } from "./speech.ts";
import { Turn } from "./turn.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const KEEPALIVE = formatEvent("keepalive", { type: "keepalive" });
const FAILURE = formatEvent("response.failed", { type: "response.failed" });
const BLANK = new TextEncoder().encode("\n\n");

/** A turn that two accounts have answered, the first not to its end. */
function scene() {
  const turn = new Turn("x.1", { seed: 1, prompt: "", session: "" });
  const said = ["ann", "ben"].map((account, attempt): SpokenEvent[] => {
    const speech = new Speech(seeded(1), { turn: turn.id, account, attempt });
    const fault = "honest";
    turn.attempts.push({
      account,
      fault,
      blame: "nothing",
      speech,
      status: undefined,
    });
    const events = [...wholeTurn(speech, seeded(2))];
    return events;
  });
  const [ann = [], ben = []] = said;
  return { turn, ann, ben };
}

function bytesOf(events: readonly SpokenEvent[]): Bytes[] {
  return events.map(({ bytes }) => bytes);
}

const { turn, ann, ben } = scene();
const whole = bytesOf(ben);
const half = whole.slice(0, 4);
const torn = concat(whole.slice(0, 4)).subarray(0, -20);

const lastByteLess = concat(half).subarray(0, -1);

const STREAMS: ReadonlyArray<
  [name: string, got: readonly Uint8Array[], found: readonly string[]]
> = [
  ["a whole turn", whole, []],
  ["a keepalive first", [KEEPALIVE, ...whole], []],
  ["a keepalive between", [...half, KEEPALIVE, ...whole.slice(4)], []],
  ["a failure between events", [...half, FAILURE], []],
  ["a failure inside an event", [torn, BLANK, FAILURE], []],
  ["a failure inside its last line end", [lastByteLess, BLANK, FAILURE], []],
  ["a failure alone", [FAILURE], []],
  ["no end", half, ["never ended"]],
  ["nothing", [], ["never ended"]],
  ["a keepalive inside an event", [torn, KEEPALIVE], ["wrong bytes"]],
  ["an event left out", whole.toSpliced(3, 1), ["wrong bytes"]],
  ["one event twice", whole.toSpliced(3, 0, ...whole.slice(3, 4)), [
    "told twice",
    "wrong bytes",
  ]],
  ["two accounts", [...bytesOf(ann).slice(0, 3), ...whole], [
    "mixed accounts",
    "wrong bytes",
  ]],
  ["something behind the end", [...whole, KEEPALIVE], ["wrong bytes"]],
  ["a changed byte", [changed(concat(whole))], ["wrong bytes"]],
];

for (const [name, got, kinds] of STREAMS) {
  Deno.test(`judgeStream() of ${name}: ${kinds.join(", ") || "good"}`, () => {
    const { findings } = judgeStream(turn, {
      bytes: concat(got),
      end: "whole",
    });
    assertEquals(findings.map(({ kind }) => kind), [...kinds]);
  });
}

function changed(bytes: Bytes): Bytes {
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

Deno.test("judgeStream() lets a caller leave anywhere, and be told of the rest", () => {
  const { findings, end } = judgeStream(turn, { bytes: torn, end: "left" });
  assertEquals({ findings, end }, { findings: [], end: "left" });
});

const ERROR = formatEvent("error", { type: "error", code: "cut" });
const COMMENT = new TextEncoder().encode(": keepalive\n\n");

/** The same for an SDK caller. */
const EVENTS: ReadonlyArray<
  [name: string, got: readonly Uint8Array[], found: readonly string[]]
> = [
  ["a whole turn", whole, []],
  ["comments", [COMMENT, ...half, COMMENT, ...whole.slice(4)], []],
  ["an error between events", [...half, ERROR], []],
  ["its end alone", whole.slice(-1), []],
  ["no end", half, ["never ended"]],
  ["a keepalive event", [...half, KEEPALIVE, ...whole.slice(4)], [
    "wrong bytes",
  ]],
  ["an event left out", whole.toSpliced(3, 1), ["wrong bytes"]],
  ["an event in two", [...half, BLANK, ...whole.slice(4)], ["wrong bytes"]],
  ["two accounts", [...bytesOf(ann).slice(0, 3), ...whole], [
    "mixed accounts",
    "wrong bytes",
  ]],
  ["something behind the end", [...whole, ERROR], ["wrong bytes"]],
];

for (const [name, got, kinds] of EVENTS) {
  Deno.test(`judgeEvents() of ${name}: ${kinds.join(", ") || "good"}`, () => {
    const heard = { bytes: concat(got), end: "whole" } as const;
    const { findings } = judgeEvents(turn, heard);
    assertEquals(findings.map(({ kind }) => kind), [...kinds]);
  });
}

const texts = ben.map(({ text }) => text);
const keepalive = '{"type":"keepalive"}';

const MESSAGES: ReadonlyArray<
  [name: string, texts: readonly string[], found: readonly string[]]
> = [
  ["a whole turn", texts, []],
  ["keepalives", [
    keepalive,
    ...texts.slice(0, 2),
    keepalive,
    ...texts.slice(2),
  ], []],
  ["an error alone", ['{"type":"error","status":503}'], []],
  ["no end", texts.slice(0, 3), ["never ended"]],
  ["nothing", [], []],
  ["a message left out", texts.toSpliced(2, 1), ["wrong bytes"]],
  ["a message nobody said", [...texts.slice(0, 2), "hello"], ["wrong bytes"]],
  ["two accounts", [...ann.slice(0, 1).map(({ text }) => text), ...texts], [
    "mixed accounts",
    "wrong bytes",
  ]],
];

for (const [name, got, kinds] of MESSAGES) {
  Deno.test(`judgeMessages() of ${name}: ${kinds.join(", ") || "good"}`, () => {
    const heard = { texts: got, end: "closed", code: 1006 } as const;
    const { findings } = judgeMessages(turn, heard);
    assertEquals(findings.map(({ kind }) => kind), [...kinds]);
  });
}

const ANSWERS: ReadonlyArray<[status: number, body: string, found: string[]]> =
  [
    [503, '{"error":{}}', []],
    [302, "", ["no answer"]],
    [204, "", ["no answer"]],
    [400, '{"chaos":"x.1~ben~1~0"}', ["wrong bytes"]],
    [400, '{"chaos":"y.1~ben~1~0"}', ["mixed accounts", "wrong bytes"]],
  ];

for (const [status, body, kinds] of ANSWERS) {
  Deno.test(`judgeAnswer() of ${status} ${body}: ${kinds.join(", ") || "good"}`, () => {
    const got = {
      status,
      headers: new Headers(),
      body: new TextEncoder().encode(body),
      end: "whole",
    } as const;
    const expected = { stream: true, isVerbatim: true };
    const { findings } = judgeAnswer(turn, got, expected);
    assertEquals(findings.map(({ kind }) => kind), kinds);
  });
}

Deno.test("judgeLeak() finds a token in a head and in a body", () => {
  const token = newSecret("refresh_token");
  const kinds = (got: { head: string; body: string }) =>
    judgeLeak(got).map(({ kind }) => kind);
  assertEquals(kinds({ head: "x", body: "y" }), []);
  assertEquals(kinds({ head: `x: ${token}`, body: token }), ["leak", "leak"]);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt";
import {
  readDecisions,
  type RecordedDecision,
} from "../../lib/cli/decisions/read_decisions.ts";
import { replayText } from "../../lib/cli/decisions/replay.ts";

const WINDOW = {
  class: "week",
  minutes: 10_080,
  used: 40,
  resetsAt: 1_800_100_000_000,
  running: true,
};
const ACCOUNT = {
  id: "a",
  readiness: "ready",
  inFlight: 0,
  windows: [WINDOW],
  hasCredits: false,
  weight: 1,
  paused: false,
  priority: 0,
  keep: 0,
};
const INPUT = {
  now: 1_800_000_000_000,
  policy: "quota",
  model: "gpt-6.2-sol",
  inTurn: false,
  tried: [],
  doubts: ["doubtful"],
  accounts: [ACCOUNT, { ...ACCOUNT, id: "b" }],
};
const DECISION = {
  account: "a",
  rule: "expiring",
  session: "Qt2p6xic",
  input: INPUT,
};

function read(text: string): readonly RecordedDecision[] {
  const decisions = readDecisions(text);
  assert(decisions.ok, decisions.ok ? "" : decisions.error);
  return decisions.value;
}

Deno.test("readDecisions() reads an answer of the admin port, and JSON lines", () => {
  const line = JSON.stringify(DECISION);
  const [one, ...none] = read(JSON.stringify({ decisions: [DECISION] }));
  assertEquals(none, []);
  assert(one);
  assertEquals([one.account, one.rule, one.session], [
    "a",
    "expiring",
    "Qt2p6xic",
  ]);
  // Nothing of the input is lost, and nothing is added.
  assertEquals(JSON.parse(JSON.stringify(one.input)), INPUT);
  assertEquals(read(`${line}\n\n  ${line}\r\n`), [one, one]);
  assertEquals(read('{"decisions":[]}'), []);
});

/** `DECISION` with another input, as text. */
function withInput(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...DECISION, input: { ...INPUT, ...fields } });
}

function withAccount(fields: Readonly<Record<string, unknown>>): string {
  return withInput({ accounts: [ACCOUNT, { ...ACCOUNT, ...fields }] });
}

const BAD: ReadonlyArray<[text: string, says: string]> = [
  ["", "there is nothing in it"],
  [" \n\n", "there is nothing in it"],
  ["[]", 'line 1 is not a JSON object: "[]"'],
  [`${JSON.stringify(DECISION)}\n{"half`, 'line 2 is not a JSON object: "{"'],
  ['{"decisions":7}', '"decisions" is not a list'],
  ['{"decisions":[7]}', 'decisions[0]: "decision" is 7, expected an object'],
  ['{"account":"a"}', 'line 1: "input" is missing, expected an object'],
  [withInput({ now: "today" }), '"now" is "today", expected a number'],
  [withInput({ now: null }), '"now" is null, expected a number'],
  [
    withInput({ policy: "best" }),
    '"policy" is "best", expected one of quota, least_in_flight',
  ],
  [withInput({ inTurn: 1 }), '"inTurn" is 1, expected true or false'],
  [withInput({ tried: {} }), '"tried" is {}, expected a list'],
  [withInput({ tried: [1] }), '"tried[0]" is 1, expected a text'],
  [withInput({ doubts: ["some"] }), '"doubts[0]" is "some", expected one of'],
  [withInput({ accounts: [1] }), '"accounts[0]" is 1, expected an object'],
  [withAccount({ id: 7 }), '"accounts[1].id" is 7, expected a text'],
  [
    withAccount({ readiness: undefined }),
    '"accounts[1].readiness" is missing, expected one of ready',
  ],
  [withAccount({ keep: "x" }), '"accounts[1].keep" is "x", expected a number'],
  [withAccount({ paused: null }), '"accounts[1].paused" is null'],
  [
    withAccount({ windows: [{ ...WINDOW, class: "day" }] }),
    '"accounts[1].windows[0].class" is "day", expected one of short, week',
  ],
  [
    withAccount({ windows: [{ ...WINDOW, used: [] }] }),
    '"accounts[1].windows[0].used" is [], expected a number',
  ],
  [`{"input":${"[".repeat(2000)}`, "line 1 is not a JSON object"],
];

for (const [text, says] of BAD) {
  Deno.test(`readDecisions() says ${says}`, () => {
    const decisions = readDecisions(text);
    assert(!decisions.ok);
    assertStringIncludes(decisions.error, says);
    assert(decisions.error.length < 400, decisions.error);
  });
}

Deno.test("readDecisions() takes no damaged text for a good one", () => {
  const text = JSON.stringify({ decisions: [DECISION, DECISION] });
  for (let end = 0; end < text.length; end++) {
    assert(!readDecisions(text.slice(0, end)).ok, text.slice(0, end));
  }
});

function recorded(count: number, account: string): RecordedDecision[] {
  const [one] = read(JSON.stringify(DECISION));
  assert(one);
  return Array.from({ length: count }, () => ({ ...one, account }));
}

Deno.test("replayText() counts what differs, and lists twenty of them", () => {
  assertEquals(
    replayText(recorded(3, "a"), undefined),
    "3 decisions made again as recorded: 0 differ (0%)",
  );
  assertEquals(
    replayText([], "quota"),
    "0 decisions made again by quota: 0 differ (0%)",
  );
  const mixed = [...recorded(7, "a"), ...recorded(1, "b")];
  const [line, blank, head, row, ...more] = stripAnsiCode(
    replayText(mixed, "fill_first"),
  ).split("\n");
  assertEquals(line, "8 decisions made again by fill_first: 1 differs (13%)");
  assertEquals([blank, more], ["", []]);
  assertEquals(head?.split(/ {2,}/), [
    ...["TIME", "SESSION", "MODEL", "WAS", "BY RULE", "NOW", "BY RULE"],
  ]);
  assertEquals(row?.split(/ {2,}/), [
    ...["2027-01-15T08:00:00.000Z", "Qt2p6xic", "gpt-6.2-sol"],
    ...["b", "expiring", "a", "fill_first"],
  ]);
  const many = replayText(recorded(30, "b"), "fill_first").split("\n");
  assertEquals([many.length, many.at(-1)], [24, "and 10 more"]);
});

Deno.test("replayText() escapes what a file says", () => {
  const [one] = recorded(1, "\x1b[2J");
  assert(one);
  const text = replayText([{ ...one, session: "\x07" }], undefined);
  assertStringIncludes(stripAnsiCode(text), "\\u{1b}[2J");
  assertStringIncludes(text, "\\u{7}");
});

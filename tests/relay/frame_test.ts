import { assert, assertEquals } from "@std/assert";
import { Login } from "../../lib/accounts/pool/credential.ts";
import type { PrepareContext } from "../../lib/downstream/normalize.ts";
import {
  frameFor,
  readEvent,
  readFrame,
} from "../../lib/relay/websocket/frame.ts";
import { randomObject } from "../support/json_documents.ts";
import { seeded } from "../support/random.ts";
import { IDENTITY, SESSION_NAMES } from "../support/identity.ts";

const CONTEXT: PrepareContext = {
  normalize: true,
  identity: IDENTITY,
  newId: () => "new",
  sessionNames: SESSION_NAMES,
  parallelToolCalls: () => Promise.resolve(undefined),
  forms: { of: () => Promise.resolve("plain") },
};
const CODEX = { headers: new Headers({ originator: "codex_exec" }) };
const CREDENTIAL = {
  accessToken: "t",
  expiresAt: 0,
  login: new Login(),
  claims: {
    expiresAt: undefined,
    issuedAt: undefined,
    email: undefined,
    accountId: "acct_123",
    userId: undefined,
    planType: undefined,
    fedramp: false,
  },
};
const ID = "f6798cd7-ecb0-5266-b352-c601fd5c31ea";

const FRAMES: readonly [
  text: string,
  read: "turn" | "continued" | "other" | "error",
][] = [
  ['{"type":"response.create"}', "turn"],
  [' {"a":1,\n"type" : "response.create" } ', "turn"],
  ['{"type":"response.create","previous_response_id":null}', "turn"],
  ['{"type":"response.create","previous_response_id":"r"}', "continued"],
  ['{"type":"response.create","previous_response_id":7}', "continued"],
  ['{"previous_response_id":"r","type":"response.create"}', "continued"],
  [
    '{"type":"response.create","input":{"previous_response_id":"r"}}',
    "turn",
  ],
  ['{"type":"response.processed"}', "other"],
  ['{"type":"x","a":{"type":"response.create"}}', "other"],
  ['{"type":"response.create","type":"x"}', "other"],
  ['{"type":"x","type":"response.create"}', "turn"],
  ["{}", "other"],
  ['{"type":7}', "other"],
  ["", "error"],
  ["[]", "error"],
  ['"response.create"', "error"],
  ['{"type":"response.create"', "error"],
  ['{"type":"response.create"}x', "error"],
  ["\ufeff{}", "error"],
];

for (const [text, read] of FRAMES) {
  Deno.test(`frame ${JSON.stringify(text)}: ${read}`, async () => {
    const frame = await readFrame(text, CODEX, CONTEXT);
    if (!frame.ok) return assertEquals(read, "error", frame.error.message);
    const { value } = frame;
    if (value.kind === "other") return assertEquals(read, "other");
    assertEquals(value.turn.selfContained ? "turn" : "continued", read);
  });
}

Deno.test("a turn is the same for every account but for its id", async () => {
  const frame = await readFrame(
    '{"type":"response.create","n":1e400,"input":[],' +
      '"client_metadata":{"x-codex-turn-state":"s","x-codex-ws-stream-request-start-ms":"1"}}',
    CODEX,
    CONTEXT,
  );
  assert(frame.ok && frame.value.kind === "turn");
  const { prepared } = frame.value.turn;
  const text = (owned: boolean, resentAt: number | undefined) =>
    frameFor(prepared, {
      credential: CREDENTIAL,
      ownsTurnState: () => owned,
      resentAt,
    });
  const all = (state: string, ms: string) =>
    '{"type":"response.create","n":1e400,"input":[],"client_metadata":{' +
    `${state}"x-codex-ws-stream-request-start-ms":"${ms}",` +
    `"x-codex-installation-id":"${ID}"}}`;
  const state = '"x-codex-turn-state":"s",';
  assertEquals(text(true, undefined), all(state, "1"));
  assertEquals(text(false, undefined), all("", "1"));
  assertEquals(text(true, 99), all(state, "99"));
  assertEquals(text(true, undefined), all(state, "1"));
});

const EVENTS: readonly [text: string, type: string, outcome?: string][] = [
  ['{"type":"response.created"}', "response.created"],
  ['{ "a":1, "type":"response.created"}', "response.created"],
  ['{"type":"response.completed"}', "response.completed", "success"],
  ['{"type":"response.done"}', "response.done", "success"],
  ['{"type":"response.incomplete"}', "response.incomplete", "success"],
  ['{"response":{},"type":"response.done"}', "response.done", "success"],
  [
    '{"type":"response.failed","response":{"error":{"code":"slow_down"}}}',
    "response.failed",
    "rate_limited",
  ],
  [
    '{"type":"error","status":401,"error":{}}',
    "error",
    "access_token_rejected",
  ],
  ['{"type":"error","error":{"message":"x"}}', "error", "unavailable"],
  ['{"type":"error"}', "error", "unavailable"],
  ['{"type":"error","status":400}', "error", "request_rejected"],
  ["not json", ""],
  ["", ""],
  ["[]", ""],
  ['{"type":null}', ""],
  ['{"type":"response.delta","response.completed":1}', "response.delta"],
  ['{"type":"\\u0065rror"}', "error", "unavailable"],
  [`{"a":${"[".repeat(99_999)}${"]".repeat(99_999)},"type":"error"}`, ""],
  [
    `{"type":"error","error":${"[".repeat(99_999)}${"]".repeat(99_999)}}`,
    "error",
    "unavailable",
  ],
  [
    `{"a":"${"x".repeat(2_000_000)}","type":"response.completed"}`,
    "response.completed",
    "success",
  ],
  [
    `{"type":"error","code":"slow_down","a":"${"x".repeat(2_000_000)}"}`,
    "error",
    "rate_limited",
  ],
];

for (const [text, type, outcome] of EVENTS) {
  Deno.test(`event ${JSON.stringify(text).slice(0, 60)}`, () => {
    const event = readEvent(text, 0);
    assertEquals(event.type, type);
    const kind = event.outcome?.kind === "failed"
      ? event.outcome.failure.kind
      : event.outcome?.kind;
    assertEquals(kind, outcome);
  });
}

Deno.test("a failed turn keeps upstream's words", () => {
  const text = '{"type":"error","status":400,"error":{"message":"é"}}';
  const { outcome } = readEvent(text, 0);
  assert(outcome?.kind === "failed");
  assert(outcome.failure.kind === "request_rejected");
  const { body, status } = outcome.failure.answer;
  assertEquals(new TextDecoder().decode(body), text);
  assertEquals(status, 200);
});

const STATES: readonly [text: string, state: string | undefined][] = [
  [
    '{"type":"response.metadata","headers":{"x-codex-turn-state":"s"}}',
    "s",
  ],
  [
    '{"type":"response.metadata","headers":{"x-codex-turn-state":7}}',
    undefined,
  ],
  ['{"type":"response.metadata","headers":null}', undefined],
  ['{"type":"response.metadata"}', undefined],
  [
    '{"type":"response.created","headers":{"x-codex-turn-state":"s"}}',
    undefined,
  ],
];

for (const [text, state] of STATES) {
  Deno.test(`turn state of ${text}`, () => {
    assertEquals(readEvent(text, 0).turnState, state);
  });
}

Deno.test("readEvent finds the type that JSON.parse finds, wherever it stands", () => {
  const random = seeded(52);
  const types = ['"error"', '"response.created"', '"\\u0065rror"', "7", '""'];
  for (let round = 0; round < 500; round++) {
    const rest = randomObject(random, 3);
    const open = rest.indexOf("{") + 1;
    const empty = rest.slice(open, rest.lastIndexOf("}")).trim() === "";
    const member = `"type":${random.pick(types)}`;
    const text = random.oneIn(2)
      ? `${rest.slice(0, open)}${member}${empty ? "" : ","}${rest.slice(open)}`
      : rest.replace(/\}\s*$/, `${empty ? "" : ","}${member}}`);
    const { type } = JSON.parse(text);
    const expected = typeof type === "string" ? type : "";
    assertEquals(readEvent(text, 0).type, expected, text);
  }
});

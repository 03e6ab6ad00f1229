import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import {
  derivedSession,
  type SessionNames,
} from "../../lib/downstream/derived_session.ts";
import { scanObject } from "../../lib/protocol/json_edit.ts";
import { SESSION_NAMES } from "../support/identity.ts";
import { prepared } from "./support.ts";

type Body = Readonly<Record<string, unknown>>;

function sessionOf(
  body: Body | string,
  names: SessionNames = SESSION_NAMES,
): string | undefined {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = new TextEncoder().encode(text);
  const scan = scanObject(bytes);
  assert(scan.ok);
  return derivedSession(bytes, scan.value, names);
}

const user = (content: unknown) => ({ role: "user", content });
const said = (text: string) => ({
  type: "message",
  role: "assistant",
  id: "msg_1",
  content: [{ type: "output_text", text, annotations: [] }],
});
const text = (text: string) => [{ type: "input_text", text }];
const rules = (content: string) => ({ role: "system", content });

const HI = { model: "m", instructions: "be brief", input: [user("hi")] };

/** What is the same conversation as `HI`, further on or written otherwise. */
const SAME: ReadonlyArray<[what: string, body: Body]> = [
  ["grown by two items", { ...HI, input: [user("hi"), said("ho"), user("?")] }],
  ["a bare string", { ...HI, input: "hi" }],
  ["a list of one text", { ...HI, input: [user(text("hi"))] }],
  ["another order", { input: HI.input, instructions: "be brief", model: "m" }],
  ["other options", { ...HI, stream: true, temperature: 1, tools: [{ a: 1 }] }],
  ["an id", { ...HI, input: [{ id: "i", type: "message", ...user("hi") }] }],
  ["null before it", { ...HI, previous_response_id: null }],
];

for (const [what, body] of SAME) {
  Deno.test(`derivedSession() is the same with ${what}`, () => {
    assertEquals(sessionOf(body), sessionOf(HI));
  });
}

const OTHER: ReadonlyArray<[what: string, body: Body]> = [
  ["model", { ...HI, model: "n" }],
  ["instructions", { ...HI, instructions: "be long" }],
  ["no instructions", { model: "m", input: HI.input }],
  ["first item", { ...HI, input: [user("ho")] }],
  ["role", { ...HI, input: [{ role: "assistant", content: "hi" }] }],
  ["image", { ...HI, input: [user([{ type: "input_image", text: "hi" }])] }],
  ["parts run together", { ...HI, model: "mb", instructions: "e brief" }],
];

for (const [what, body] of OTHER) {
  Deno.test(`derivedSession() is another with another ${what}`, () => {
    assertNotEquals(sessionOf(body), sessionOf(HI));
  });
}

Deno.test("derivedSession() looks behind the rules that all have in common", () => {
  const asked = (...items: readonly unknown[]) =>
    sessionOf({ model: "m", input: [rules("be nice"), ...items] });
  assertNotEquals(asked(user("hi")), asked(user("ho")));
  assertEquals(asked(user("hi")), asked(user("hi"), said("ho"), user("?")));
  const developer = { ...rules("be kind"), role: "developer" };
  assertNotEquals(asked(developer, user("hi")), asked(developer, user("ho")));
});

const NONE: readonly string[] = [
  "{}",
  '{"model":"m"}',
  '{"model":"m","input":[]}',
  '{"model":"m","input":null}',
  '{"model":"m","input":7}',
  '{"model":"m","input":[{"role":"user","content":"hi"}],"previous_response_id":"r"}',
];

for (const body of NONE) {
  Deno.test(`derivedSession() is none for ${body}`, () => {
    assertEquals(sessionOf(body), undefined);
  });
}

for (const item of ["7", '"x"', "[]", "{}", '{"role":7}', '{"content":{}}']) {
  Deno.test(`derivedSession() takes an item that is ${item}`, () => {
    assertMatch(sessionOf(`{"input":[${item}]}`) ?? "", UUID);
  });
}

const UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

Deno.test("derivedSession() has the form of the client's ids, and times of its day", () => {
  const times = Array.from({ length: 100 }, (_, n) => {
    const id = sessionOf({ ...HI, input: String(n) }) ?? "";
    assertMatch(id, UUID);
    return Number.parseInt(id.replace("-", "").slice(0, 12), 16);
  });
  const { startedAt } = SESSION_NAMES;
  for (const time of times) {
    assert(time <= startedAt && time > startedAt - 6 * 3_600_000);
  }
  assertEquals(new Set(times).size, 100);
});

Deno.test("derivedSession() says nothing without the key", () => {
  const other = { ...SESSION_NAMES, key: new Uint8Array(32).fill(1) };
  assertNotEquals(sessionOf(HI, other), sessionOf(HI));
});

Deno.test("derivedSession() tells large items apart by both ends", () => {
  const large = (first: string, last: string) =>
    sessionOf({ ...HI, input: [user(first + "x".repeat(400_000) + last)] });
  assertEquals(large("a", "b"), large("a", "b"));
  assertNotEquals(large("a", "b"), large("a", "c"));
  assertNotEquals(large("a", "b"), large("b", "b"));
});

const BODY = JSON.stringify(HI);
const ID = sessionOf(HI);

Deno.test("prepare() gives an SDK caller without a session a derived one", async () => {
  const given = { dialect: "openai", mode: "normalize", body: BODY } as const;
  const { headers, sessionKey } = await prepared(given);
  assertEquals(sessionKey, ID);
  assertEquals(
    headers.filter(([name]) =>
      name === "session-id" || name === "x-client-request-id"
    ),
    [["session-id", String(ID)], ["x-client-request-id", String(ID)]],
  );
});

for (
  const [dialect, mode] of [
    ["openai", "passthrough"],
    ["codex", "normalize"],
    ["codex", "passthrough"],
  ] as const
) {
  Deno.test(`prepare() keeps a ${dialect} session in ${mode} to itself`, async () => {
    const { headers, sessionKey } = await prepared({
      dialect,
      mode,
      body: BODY,
    });
    assertEquals(sessionKey, ID);
    assert(!JSON.stringify(headers).includes(String(ID)));
  });
}

const NAMED: ReadonlyArray<[headers: Record<string, string>, more: Body]> = [
  [{ "session-id": "own" }, {}],
  [{ "session_id": "own" }, {}],
  [{ "x-codex-parent-thread-id": "own" }, {}],
  [{}, { prompt_cache_key: "own" }],
];

for (const [headers, more] of NAMED) {
  const what = JSON.stringify({ ...headers, ...more });
  Deno.test(`prepare() derives no session beside ${what}`, async () => {
    const { sessionKey } = await prepared({
      dialect: "openai",
      mode: "normalize",
      headers,
      body: JSON.stringify({ ...HI, ...more }),
    });
    assertEquals(sessionKey, "own");
  });
}

Deno.test("prepare() derives no session for a search or an image", async () => {
  for (const endpoint of ["alpha/search", "images/generations"] as const) {
    const { sessionKey } = await prepared({
      dialect: "openai",
      mode: "normalize",
      endpoint,
      body: BODY,
    });
    assertEquals(sessionKey, undefined);
  }
});

import { readClaims } from "../../lib/protocol/jwt.ts";
import { assertEquals } from "@std/assert";
import { randomBytes, seeded } from "../support/random.ts";

const encoder = new TextEncoder();

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function part(value: unknown): string {
  return base64url(encoder.encode(JSON.stringify(value)));
}

function token(payload: unknown): string {
  return `${part({ alg: "RS256" })}.${part(payload)}.c2ln`;
}

const NOTHING = {
  expiresAt: undefined,
  issuedAt: undefined,
  email: undefined,
  accountId: undefined,
  userId: undefined,
  planType: undefined,
  fedramp: false,
};

Deno.test("readClaims reads an id token", () => {
  const claims = readClaims(token({
    exp: 1_790_000_000,
    iat: 1_789_996_400,
    email: "ä@example.com",
    "https://api.openai.com/auth": {
      chatgpt_account_id: "acct_123",
      chatgpt_user_id: "user_1",
      chatgpt_plan_type: "plus",
      chatgpt_account_is_fedramp: true,
    },
  }));
  assertEquals(claims, {
    expiresAt: 1_790_000_000_000,
    issuedAt: 1_789_996_400_000,
    email: "ä@example.com",
    accountId: "acct_123",
    userId: "user_1",
    planType: "plus",
    fedramp: true,
  });
});

Deno.test("readClaims finds the email of an access token in its profile", () => {
  const profile = { "https://api.openai.com/profile": { email: "a@b" } };
  assertEquals(readClaims(token(profile))?.email, "a@b");
  assertEquals(readClaims(token({ ...profile, email: "c@d" }))?.email, "c@d");
});

Deno.test("readClaims takes the user id by its older name too", () => {
  const older = { "https://api.openai.com/auth": { user_id: "user_1" } };
  assertEquals(readClaims(token(older))?.userId, "user_1");
});

Deno.test("readClaims leaves out what is missing or of another type", () => {
  assertEquals(readClaims(token({})), NOTHING);
  const odd = {
    exp: "1790000000",
    iat: "1789996400",
    email: 1,
    "https://api.openai.com/auth": {
      chatgpt_account_id: null,
      chatgpt_user_id: [],
      chatgpt_plan_type: {},
      chatgpt_account_is_fedramp: "true",
    },
    "https://api.openai.com/profile": "a@b",
  };
  assertEquals(readClaims(token(odd)), NOTHING);
});

Deno.test("readClaims accepts padding, and a header that it does not read", () => {
  const payload = encoder.encode('{"exp":1} ').toBase64();
  assertEquals(payload.endsWith("="), true);
  assertEquals(readClaims(`?.${payload}.sig`)?.expiresAt, 1000);
});

const NO_DATES = [8.64e12 + 1, 1e308, -1e308, -8.64e12 - 1];

for (const seconds of NO_DATES) {
  Deno.test(`readClaims knows no date ${seconds} s from 1970`, () => {
    assertEquals(readClaims(token({ exp: seconds, iat: seconds })), NOTHING);
  });
}

Deno.test("readClaims knows dates as far as a Date reaches", () => {
  const claims = readClaims(token({ exp: 8.64e12, iat: -8.64e12 }));
  assertEquals([claims?.expiresAt, claims?.issuedAt], [8.64e15, -8.64e15]);
  new Date(claims?.expiresAt ?? NaN).toISOString();
});

const NO_HEADERS = [
  "",
  " ",
  "a\nb",
  "a\r\nx: y",
  "a\0",
  "ключ",
  "é",
  " a",
  "a\u2028",
];

for (const id of NO_HEADERS) {
  Deno.test(`readClaims leaves out the workspace ${JSON.stringify(id)}`, () => {
    const auth = { chatgpt_account_id: id, chatgpt_user_id: "u" };
    const claims = readClaims(token({ "https://api.openai.com/auth": auth }));
    assertEquals(claims, { ...NOTHING, userId: "u" });
  });
}

const NOT_TOKENS = [
  `${part({})}.${part({})}.é`,
  `${part({})}.${part({})}.a\nb`,
  `${part({})}.${part({})}.a b`,
  `${part({})}.${part({})}.${"x".repeat(65_536)}`,
  "",
  "at-0123456789",
  "a.b",
  "a.b.c",
  `${part({})}.${part({})}`,
  `${part({})}.${part({})}.`,
  `.${part({})}.c`,
  `${part({})}.${part({})}.c.d`,
  `${part({})}.${part([])}.c`,
  `${part({})}.${part(null)}.c`,
  `${part({})}.${part("x")}.c`,
  `${part({})}.${part({}).slice(0, 2)}.c`,
  `${part({})}.e+/9.c`,
];

for (const text of NOT_TOKENS) {
  const shown = JSON.stringify(text.slice(0, 40));
  Deno.test(`readClaims gives undefined for ${shown}`, () => {
    assertEquals(readClaims(text), undefined);
  });
}

Deno.test("readClaims never throws on damaged tokens", () => {
  const random = seeded(1);
  const whole = token({
    exp: 1,
    email: "a",
    "https://api.openai.com/auth": {},
  });
  let read = 0;
  for (let round = 0; round < 5000; round++) {
    const bytes = encoder.encode(whole);
    const at = random.int(bytes.length);
    bytes[at] = random.int(256);
    const text = new TextDecoder().decode(bytes);
    if (readClaims(text) !== undefined) read++;
    readClaims(`a.${base64url(randomBytes(random, random.int(40)))}.c`);
  }
  // Damage outside the payload does not matter, inside it mostly does.
  assertEquals(read > 0 && read < 5000, true);
});

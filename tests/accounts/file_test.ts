import { assert, assertEquals } from "@std/assert";
import { parseAccountFile } from "../../lib/accounts/files/file.ts";
import {
  newAccountFile,
  withTokens,
  withValues,
} from "../../lib/accounts/files/file_edit.ts";
import { accountIdOf, tokenHash } from "../../lib/accounts/files/digest.ts";
import { accessToken, accountFile, NOW } from "../support/accounts.ts";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parsed(value: unknown) {
  return parseAccountFile(bytesOf(JSON.stringify(value)));
}

Deno.test("accountIdOf() is half of the trimmed token's SHA-256", () => {
  const id = "c50cb5aa6210c2975a97f8d76411cb35";
  assertEquals(accountIdOf("rt_123"), id);
  assertEquals(accountIdOf(" rt_123\n"), id);
});

Deno.test("parseAccountFile() reads our own layout", () => {
  const file = parsed({
    refresh_token: " rt_1\n",
    label: "main",
    email: null,
    access_token: "",
    codaze_previous: [tokenHash("rt_0"), "short", 7],
    more: { of: "the user" },
  });
  assertEquals(file, {
    ok: true,
    value: accountFile({
      refreshToken: "rt_1",
      label: "main",
      previous: [tokenHash("rt_0")],
    }),
  });
});

Deno.test("parseAccountFile() reads the layout of Codex", () => {
  const file = parsed({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: "i",
      access_token: "a",
      refresh_token: "rt_1",
      account_id: "acct_1",
    },
    last_refresh: "2026-11-22T12:00:00Z",
  });
  assertEquals(file, {
    ok: true,
    value: accountFile({
      layout: "codex",
      refreshToken: "rt_1",
      accessToken: "a",
      idToken: "i",
      accountId: "acct_1",
    }),
  });
});

Deno.test("parseAccountFile() keeps 20 hashes of earlier tokens", () => {
  const hashes = Array.from({ length: 25 }, (_, n) => tokenHash(`rt_${n}`));
  const file = parsed({ refresh_token: "rt", codaze_previous: hashes });
  assertEquals(file.ok && file.value.previous, hashes.slice(5));
});

const BROKEN: ReadonlyArray<readonly [string, string]> = [
  ["", "file is not a JSON object"],
  ["[]", "file is not a JSON object"],
  ['{"refresh_token":"rt_secret"', "file is not a JSON object"],
  ["{}", '"refresh_token" is missing or empty'],
  ['{"refresh_token":" "}', '"refresh_token" is missing or empty'],
  ['{"refresh_token":["rt_secret"]}', '"refresh_token" must be a string'],
  ['{"refresh_token":"rt_secret","label":1}', '"label" must be a string'],
  ['{"refresh_token":"rt_secret","email":{}}', '"email" must be a string'],
  [
    '{"refresh_token":"rt_secret","access_token":9}',
    '"access_token" must be a string',
  ],
  ['{"tokens":{}}', '"tokens.refresh_token" is missing or empty'],
  [
    '{"tokens":{"refresh_token":5}}',
    '"tokens.refresh_token" must be a string',
  ],
  ['{"refresh_token":"rt_sec\nret"}', "file is not a JSON object"],
  [
    '{"refresh_token":"rt_sec\\nret"}',
    '"refresh_token" has characters that no token has',
  ],
  [
    `{"refresh_token":"${"x".repeat(65_537)}"}`,
    '"refresh_token" is longer than any token',
  ],
  ["\ufeff\ufeff{}", "file is not a JSON object"],
  [
    '{"OPENAI_API_KEY":"sk-1","tokens":null}',
    '"refresh_token" is missing or empty',
  ],
];

Deno.test("parseAccountFile() takes the tokens of Codex where ours are empty", () => {
  for (const refresh_token of [undefined, null, " "]) {
    const file = parsed({ refresh_token, tokens: { refresh_token: "rt_1" } });
    assertEquals(file.ok && file.value.refreshToken, "rt_1");
  }
});

Deno.test("parseAccountFile() says what is wrong with UTF-16", () => {
  for (const mark of [[0xff, 0xfe], [0xfe, 0xff]]) {
    const bytes = new Uint8Array([...mark, 0x7b, 0, 0x7d, 0]);
    const error = "file is UTF-16: save it as UTF-8";
    assertEquals(parseAccountFile(bytes), { ok: false, error });
  }
});

/** The file once its refresh token is `rt_2`. */
function rotated(bytes: Uint8Array): Uint8Array {
  const file = parseAccountFile(bytes);
  assert(file.ok);
  const edited = withTokens(
    bytes,
    { ...file.value, refreshToken: "rt_2" },
    NOW,
  );
  assert(edited.ok);
  return edited.value;
}

Deno.test("withTokens() reads past a byte order mark and drops it", () => {
  const bytes = bytesOf('\ufeff{"refresh_token":"rt_1"}');
  assertEquals(textOf(rotated(bytes)), '{"refresh_token":"rt_2"}');
});

Deno.test("withTokens() leaves bytes alone that are no UTF-8, inside tokens too", () => {
  const bytes = new Uint8Array([
    ...bytesOf('{"x":"'),
    0xff,
    ...bytesOf('","tokens":{"y":"'),
    0xe9,
    ...bytesOf('","refresh_token":"rt_1"}}'),
  ]);
  const kept = [...rotated(bytes)].filter((byte) => byte > 0x7f);
  assertEquals(kept, [0xff, 0xe9]);
});

/** Access tokens of which nothing can be made. */
const DAMAGED = ["ключ", "a.é.c", "a\nb", "a b", "x".repeat(65_537)];

for (const token of DAMAGED) {
  Deno.test(`parseAccountFile() leaves out the access token ${JSON.stringify(token).slice(0, 20)}, and keeps the login`, () => {
    const tokens = {
      refresh_token: "rt_1",
      access_token: token,
      id_token: token,
    };
    for (
      const value of [tokens, { tokens: { ...tokens, account_id: "a\nb" } }]
    ) {
      const file = parsed(value);
      assert(file.ok);
      const { refreshToken, accessToken, idToken, accountId } = file.value;
      assertEquals(
        [refreshToken, accessToken, idToken, accountId],
        ["rt_1", undefined, undefined, undefined],
      );
    }
  });
}

Deno.test("parseAccountFile() refuses a file of more than 1 MiB", () => {
  const text = JSON.stringify({
    refresh_token: "rt",
    more: "x".repeat(2 ** 20),
  });
  const error = "file is larger than 1 MiB";
  assertEquals(parseAccountFile(bytesOf(text)), { ok: false, error });
});

for (const [text, reason] of BROKEN) {
  const shown = text.slice(0, 70) || "nothing";
  Deno.test(`parseAccountFile() refuses ${shown}`, () => {
    assertEquals(parseAccountFile(bytesOf(text)), { ok: false, error: reason });
  });
}

Deno.test("withTokens() changes the named values and no other byte", () => {
  const text =
    '{\n\t"refresh_token" : "rt_1",\n\t"big": 12345678901234567890,\n\t"x": [ 1 ]\n}\n';
  const next = accountFile({
    refreshToken: "rt_2",
    previous: [tokenHash("rt_1")],
  });
  const edited = withTokens(bytesOf(text), next, NOW);
  assert(edited.ok);
  const out = textOf(edited.value);
  assert(out.includes('"refresh_token" : "rt_2"'), out);
  assert(out.includes('\t"big": 12345678901234567890,\n\t"x": [ 1 ]'), out);
  assertEquals(parseAccountFile(edited.value), { ok: true, value: next });
});

Deno.test("withTokens() keeps the layout of Codex and its last_refresh", () => {
  const before = {
    auth_mode: "chatgpt",
    tokens: {
      id_token: "i",
      access_token: "a",
      refresh_token: "rt_1",
      oauth_provenance: { issuer: "x" },
      account_id: "acct_1",
    },
    last_refresh: "2020-01-01T00:00:00Z",
  };
  const next = accountFile({
    layout: "codex",
    refreshToken: "rt_2",
    accessToken: "a2",
    idToken: "i2",
    email: "not@written.example",
  });
  const edited = withTokens(bytesOf(JSON.stringify(before)), next, NOW);
  assert(edited.ok);
  assertEquals(JSON.parse(textOf(edited.value)), {
    ...before,
    tokens: {
      ...before.tokens,
      id_token: "i2",
      access_token: "a2",
      refresh_token: "rt_2",
    },
    last_refresh: new Date(NOW).toISOString(),
  });
});

Deno.test("newAccountFile() is read back as what was written", () => {
  const file = accountFile({
    refreshToken: "rt_1",
    accessToken: accessToken("ann"),
    label: 'a "quoted" 😀 label',
    email: "ann@example.com",
    previous: [tokenHash("rt_0")],
  });
  const bytes = newAccountFile(file);
  assertEquals(parseAccountFile(bytes), { ok: true, value: file });
});

Deno.test("account files with random damage neither throw nor leak", () => {
  const secret = "rt_s3cr3t-0123456789";
  const seeds = [
    { refresh_token: secret, label: "l", access_token: secret, n: [1, "x"] },
    { tokens: { refresh_token: secret, access_token: secret }, email: "e" },
  ].map((seed) => JSON.stringify(seed, null, 1));
  let state = 11;
  const random = (below: number) => {
    state = state * 48271 % 2147483647;
    return state % below;
  };
  const parts = ["", "null", '"', "{", "}", "\\", "[1]", "\u0000", "1e999"];
  let refused = 0;
  for (let round = 0; round < 5000; round++) {
    let text = seeds[round % 2] ?? "";
    for (let n = random(3) + 1; n > 0; n--) {
      const at = random(text.length);
      text = text.slice(0, at) + (parts[random(parts.length)] ?? "") +
        text.slice(at + random(12));
    }
    const bytes = bytesOf(text);
    const file = parseAccountFile(bytes);
    if (!file.ok) {
      refused++;
      assert(!/s3cr3t|0123/.test(file.error), file.error);
      withValues(bytes, { codaze_reason: "x" });
      continue;
    }
    const edited = withTokens(bytes, file.value, NOW);
    assert(edited.ok, text);
    const { refreshToken, label, layout } = file.value;
    const again = parseAccountFile(edited.value);
    assert(again.ok);
    assertEquals(
      [again.value.refreshToken, again.value.label, again.value.layout],
      [refreshToken, label, layout],
    );
  }
  assert(refused > 500 && refused < 4900, String(refused));
});

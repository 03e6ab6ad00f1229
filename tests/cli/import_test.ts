import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { join } from "@std/path";
import { MAX_TOKEN_CHARS } from "../../lib/limits.ts";
import { parseSource } from "../../lib/cli/import/import_source.ts";
import { refreshServerError } from "../../lib/simulator/faults/token_faults.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { codexFile } from "../support/account_files.ts";
import { assertNoToken } from "../support/canary.ts";
import { type Ended, runCodaze } from "../support/codaze.ts";
import { openTestPool, type TestPool, VIAS } from "./pool_support.ts";

interface RunOptions {
  readonly words?: readonly string[];
  readonly stdin?: string;
}

function runImport(
  test: TestPool,
  { words = [], stdin = "" }: RunOptions,
): Promise<Ended> {
  return runCodaze(["import", ...words, ...test.flags], { stdin });
}

/** What Codex leaves behind after a sign-in (C15). */
function authJson(account: SimulatedAccount): string {
  return JSON.stringify(codexFile({
    refreshToken: account.currentRefreshToken(),
    accessToken: account.issueAccessToken(),
    accountId: account.accountId,
    lastRefresh: "2026-11-22T12:00:00.000000000Z",
  }));
}

/** A new person's file in a folder beside the accounts. */
async function fileOf(
  test: TestPool,
  name: string,
  text: (account: SimulatedAccount) => string,
): Promise<string> {
  const account = test.simulator.addAccount({ name });
  const outside = join(test.dir, "outside");
  await Deno.mkdir(outside, { recursive: true });
  const path = join(outside, `${name}.json`);
  await Deno.writeTextFile(path, text(account));
  return path;
}

Deno.test({
  name: "codaze import names a link that a shell makes, of any file",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using test = await openTestPool("folder", []);
    const path = await fileOf(test, "my auth", authJson);
    const up = "../".repeat(fileURLToPath(import.meta.url).split("/").length);
    const { code, stderr } = await runImport(test, {
      words: [`${up}.${path}`, "--no-check"],
    });
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      `: ln -s '${path}' ${join(test.dir, "codex.json")}\n`,
    );
  },
});

Deno.test({
  name: "codaze import does not spend what Codex here signs in with",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using test = await openTestPool("folder", []);
    const path = await fileOf(test, "auth", authJson);
    const env = { CODEX_HOME: join(test.dir, "outside") };
    const words = ["import", path, ...test.flags];
    const refused = await runCodaze(words, { env });
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertStringIncludes(
      refused.stderr,
      `share it with ln -s ${path} ${
        join(test.dir, "codex.json")
      }, or pass --yes`,
    );
    assertEquals(test.account("auth").refreshCount, 0);
    assertEquals(await test.files(), []);

    const link = join(test.dir, "codex.json");
    await Deno.symlink(path, link);
    const shared = await runCodaze(words, { env });
    assertEquals([shared.code, shared.stderr], [0, ""]);
    assertStringIncludes(
      shared.stdout,
      `shared with Codex already, by the link ${link}`,
    );
    await Deno.remove(link);

    const asked = await runCodaze([...words, "--yes"], { env });
    assertEquals(asked.code, 0, asked.stderr);
    assertEquals(test.account("auth").refreshCount, 1);
  },
});

for (const via of VIAS) {
  Deno.test(`by the ${via}, codaze import takes in Codex's auth.json`, async () => {
    await using test = await openTestPool(via, []);
    const path = await fileOf(test, "auth", authJson);
    const ended = await runImport(test, { words: [path, "--label", "me"] });
    assertEquals(ended.code, 0, ended.stderr);
    assertEquals(ended.stdout, `${path}: added me (auth@example.test), plus\n`);
    assertStringIncludes(
      ended.stderr,
      `Codex still has this sign-in in ${path}`,
    );
    assertStringIncludes(ended.stderr, "its token is spent now");
    assertEquals(test.account("auth").refreshCount, 1);

    const [file = ""] = await test.files();
    const { refresh_token: saved, label } = await test.read(file);
    assertEquals([saved, label], [
      test.account("auth").currentRefreshToken(),
      "me",
    ]);
    const again = await runImport(test, { words: [path] });
    assertEquals([again.code, again.stdout, again.stderr], [
      0,
      `${path}: already there: me (auth@example.test)\n`,
      "",
    ]);
    assertEquals(test.account("auth").refreshCount, 1);
    assertEquals(test.simulator.violations, []);
  });

  Deno.test(`by the ${via}, codaze import leaves no trace of a dead sign-in`, async () => {
    await using test = await openTestPool(via);
    const path = await fileOf(test, "late", authJson);
    test.account("late").revoke();
    const ended = await runImport(test, { words: [path] });
    assertEquals([ended.code, ended.stdout], [1, ""]);
    assertStringIncludes(
      ended.stderr,
      `Cannot import ${path}: its sign-in is dead, run codaze login`,
    );
    const listed = await test.pool.list();
    assert(listed.ok);
    assertEquals(listed.value.accounts.map(({ id }) => id), ["a"]);
    assertEquals(await test.files(), ["a.json"]);
  });

  Deno.test(`by the ${via}, codaze import keeps what it cannot check now`, async () => {
    await using test = await openTestPool(via, []);
    const account = test.simulator.addAccount({ name: "new" });
    account.faultAt("token", refreshServerError());
    const token = account.currentRefreshToken();
    const ended = await runImport(test, { stdin: `  ${token}\r\n` });
    assertEquals(ended.code, 0, ended.stderr);
    assertStringIncludes(ended.stdout, "standard input: added ");
    assertStringIncludes(ended.stderr, "could not be checked now: ");
    assertEquals((await test.files()).length, 1);
  });

  Deno.test(`by the ${via}, codaze import goes on after a bad file`, async () => {
    await using test = await openTestPool(via, []);
    const good = await fileOf(test, "good", (account) =>
      JSON.stringify({
        refresh_token: account.currentRefreshToken(),
        label: "from the file",
      }));
    const bad = await fileOf(
      test,
      "bad",
      (account) => `{"refresh_token":"${account.currentRefreshToken()}`,
    );
    const none = join(test.dir, "none.json");
    const ended = await runImport(test, { words: [bad, none, good] });
    assertEquals(ended.code, 1);
    assertEquals(ended.stderr.trim().split("\n"), [
      `codaze: Cannot import ${bad}: it is not a whole JSON object`,
      `codaze: Cannot import ${none}: no such file`,
    ]);
    assertEquals(ended.stdout.split("\n"), [
      `${good}: added from the file (good@example.test), plus`,
      "1 imported, 2 failed",
      "",
    ]);
  });
}

Deno.test("codaze import --no-check asks nobody", async () => {
  await using test = await openTestPool("folder", []);
  const path = await fileOf(test, "auth", authJson);
  const ended = await runImport(test, { words: [path, "--no-check"] });
  assertEquals([ended.code, ended.stdout], [
    0,
    `${path}: added auth@example.test, plus\n`,
  ]);
  assertStringIncludes(ended.stderr, "two programs must not refresh copies");
  assertEquals(test.simulator.requests.length, 0);
});

Deno.test("codaze import of a newer sign-in keeps the account", async () => {
  await using test = await openTestPool("gateway");
  await test.pool.refresh("a");
  const account = test.account("a");
  account.signIn();
  const ended = await runImport(test, { stdin: authJson(account) });
  assertEquals([ended.code, ended.stdout, ended.stderr], [
    0,
    "standard input: signed in again: a (a@example.test), plus\n",
    "",
  ]);
  assertEquals(await test.files(), ["a.json"]);
});

Deno.test("codaze import takes no token from the command line", async () => {
  await using test = await openTestPool("folder", []);
  const account = test.simulator.addAccount({ name: "new" });
  const given: ReadonlyArray<(token: string) => readonly string[]> = [
    (token) => [token],
    (token) => ["file.json", token],
    (token) => ["--token", token],
    (token) => ["--label", "x", token],
  ];
  const tokens = [
    account.currentRefreshToken(),
    account.issueAccessToken(),
    "rt.1.AbCdEfGh",
    "a".repeat(60),
  ];
  for (const [at, token] of tokens.entries()) {
    const ended = await runImport(test, { words: given[at]?.(token) ?? [] });
    assertEquals([ended.code, ended.stdout], [2, ""]);
    assertStringIncludes(ended.stderr, "the command line, where");
    assert(!ended.stderr.includes(token.slice(0, 12)), ended.stderr);
  }
  const flag = await runImport(test, { words: [`--token=${tokens[0]}`] });
  assertEquals(flag.code, 2);
  assertEquals(await test.files(), []);
});

const USAGE: ReadonlyArray<[words: readonly string[], says: string]> = [
  [["--label", "x", "a.json", "b.json"], 'Cannot use --label "x"'],
  [["-", "-"], 'Cannot use "-": expected it once'],
  [["--checked"], 'Cannot use "--checked"'],
];

Deno.test("codaze import exits with 2 for what it cannot make out", async () => {
  await using test = await openTestPool("folder", []);
  for (const [words, says] of USAGE) {
    const ended = await runImport(test, { words });
    assertEquals([ended.code, ended.stdout], [2, ""]);
    assertStringIncludes(ended.stderr, says);
  }
});

const JWT = `eyJhbGciOiJub25lIn0.${btoa("{}")}.simulated`;

const BAD_SOURCES: ReadonlyArray<[text: string, reason: string]> = [
  ["", "it is empty"],
  [" \n", "it is empty"],
  ["[]", "it is not a whole JSON object"],
  ['{"refresh_token":"rt_0123456789', "it is not a whole JSON object"],
  ["two words", "it is neither a JSON object nor one token on one line"],
  ["rt_1\nrt_2", "it is neither a JSON object nor one token on one line"],
  ["rt_\x1b[2J", "it is neither a JSON object nor one token on one line"],
  [JWT, "it holds an access token or an id token: expected a refresh token"],
  ["at-canary", "it holds a personal access token: expected a refresh token"],
  ["sk-canary", "it holds an API key: expected a refresh token"],
  ["{}", '"refresh_token" is missing or empty'],
  ['{"refresh_token":7}', '"refresh_token" must be a string'],
  ['{"refresh_token":"rt_x","label":7}', '"label" must be a string'],
  ['{"tokens":{}}', '"tokens.refresh_token" is missing or empty'],
  [
    '{"tokens":{"refresh_token":{}}}',
    '"tokens.refresh_token" must be a string',
  ],
  [
    `{"tokens":{"refresh_token":"${JWT}"}}`,
    '"tokens.refresh_token" holds an access token or an id token: expected a refresh token',
  ],
  [
    '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-canary"}',
    '"OPENAI_API_KEY" is no ChatGPT sign-in: run codaze login',
  ],
  [
    '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-canary","tokens":null}',
    '"OPENAI_API_KEY" is no ChatGPT sign-in: run codaze login',
  ],
  [
    '{"auth_mode":"chatgpt","personal_access_token":"at-canary"}',
    '"personal_access_token" is no ChatGPT sign-in: run codaze login',
  ],
];

for (const [text, reason] of BAD_SOURCES) {
  Deno.test(`parseSource() says of ${JSON.stringify(text)} that ${reason}`, () => {
    const source = parseSource(new TextEncoder().encode(text));
    assertEquals(source, { ok: false, error: reason });
    assertNoToken(reason, "a reason");
    assert(!reason.includes("canary"));
  });
}

Deno.test("parseSource() refuses what no token file is", () => {
  const source = parseSource(new Uint8Array(1024 * 1024 + 1));
  assertEquals(source, { ok: false, error: "file is larger than 1 MiB" });
});

Deno.test("parseSource() refuses a token that no file could hold", () => {
  const text = "r".repeat(MAX_TOKEN_CHARS + 1);
  assertEquals(parseSource(new TextEncoder().encode(text)), {
    ok: false,
    error: "it is neither a JSON object nor one token on one line",
  });
});

for (const [name, mark] of [["little", 0xfeff], ["big", 0xfffe]] as const) {
  Deno.test(`parseSource() tells UTF-16 in ${name} endian`, () => {
    const text = JSON.stringify({ tokens: { refresh_token: "rt_x" } });
    const units = [...text].map((one) => one.charCodeAt(0));
    const swap = (unit: number) =>
      mark === 0xfeff ? unit : (unit & 0xff) << 8 | unit >> 8;
    const bytes = Uint16Array.of(mark, ...units.map(swap)).buffer;
    assertEquals(parseSource(new Uint8Array(bytes)), {
      ok: false,
      error: "file is UTF-16: save it as UTF-8",
    });
  });
}

Deno.test("parseSource() takes a BOM, a bare token, and every field", () => {
  const parse = (text: string) => parseSource(new TextEncoder().encode(text));
  assertEquals(parse("\ufeffrt_x\n"), {
    ok: true,
    value: { login: { refreshToken: "rt_x" }, ofCodex: false },
  });
  const fields = { label: "l", email: "e", access_token: "at", id_token: "id" };
  assertEquals(
    parse("\ufeff" + JSON.stringify({ refresh_token: " rt_x ", ...fields })),
    {
      ok: true,
      value: {
        login: {
          refreshToken: "rt_x",
          accessToken: "at",
          idToken: "id",
          label: "l",
          email: "e",
        },
        ofCodex: false,
      },
    },
  );
});

/** `codaze accounts reset-credit`, typed by a person and by a program. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Ended, runCodaze } from "../support/codaze.ts";
import { openTestPool, type TestPool } from "./pool_support.ts";

const SPENT = [{ minutes: 300, used: 100 }];

function reset(test: TestPool, ...words: readonly string[]): Promise<Ended> {
  return runCodaze(["accounts", "reset-credit", ...words, ...test.flags]);
}

function spendings(test: TestPool): number {
  return test.simulator.requests.filter(({ target }) =>
    target.endsWith("/consume")
  ).length;
}

Deno.test("without a terminal it shows what would be spent, and the command that spends it", async () => {
  await using test = await openTestPool("gateway", ["ada"]);
  test.account("ada").setQuota({ windows: SPENT, resetCredits: 2 });
  const shown = await reset(test, "ada");
  assertEquals([shown.code, shown.stderr], [0, ""]);
  assertStringIncludes(
    shown.stdout,
    'This resets the limits of ada by "Rate limit reset", one of 2.\n',
  );
  assertMatch(
    shown.stdout,
    /Nothing is spent yet\. To spend it: codaze accounts reset-credit ada --confirm [0-9a-f-]{36}\n$/,
  );
  assertEquals(spendings(test), 0);

  const [confirm = ""] = /[0-9a-f-]{36}/.exec(shown.stdout) ?? [];
  const spent = await reset(test, "ada", "--confirm", confirm);
  assertEquals([spent.code, spent.stderr], [0, ""]);
  assertMatch(spent.stdout, /^Reset: the limits of ada/);
  assertEquals(spendings(test), 1);

  const again = await reset(test, "ada", `--confirm=${confirm}`);
  assertEquals([again.code, again.stdout], [1, ""]);
  assertStringIncludes(again.stderr, "nothing was offered");
  assertEquals(spendings(test), 1);
});

Deno.test("a reset that would reset nothing is not spent", async () => {
  await using test = await openTestPool("gateway", ["ada"]);
  test.account("ada").setQuota({ resetCredits: 1 });
  const { stdout } = await reset(test, "ada");
  const [confirm = ""] = /[0-9a-f-]{36}/.exec(stdout) ?? [];
  const { code, stderr } = await reset(test, "ada", "--confirm", confirm);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "so nothing is spent");
});

Deno.test("what cannot be is told", async () => {
  await using test = await openTestPool("gateway", ["ada"]);
  const none = await reset(test, "ada");
  assertEquals([none.code, none.stdout], [1, ""]);
  assertStringIncludes(none.stderr, "there is no reset to spend");
  const unknown = await reset(test, "nobody");
  assertStringIncludes(unknown.stderr, 'No account "nobody"');
});

Deno.test("without a gateway nothing is asked for", async () => {
  await using test = await openTestPool("folder", ["ada"]);
  const { code, stdout, stderr } = await reset(test, "ada");
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "Only a running gateway can ask for a reset");
  assertEquals(test.simulator.requests.length, 0);
});

Deno.test("no terminal obeys what a gateway says of a reset", async () => {
  const account = { id: "a", label: "a", routing_state: "ready" };
  let answer: unknown = {};
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) =>
      Response.json(
        url.endsWith("/consume") ? answer : {
          accounts: [account],
          invalid_files: [],
          accounts_dir: "/x",
        },
      ),
  );
  const admin = `--admin-listen=127.0.0.1:${server.addr.port}`;
  const run = () =>
    runCodaze(["accounts", "reset-credit", "a", admin], {
      env: { HOME: "/nowhere" },
    });
  const said: Record<string, string> = {};
  const answers = {
    offer: {
      spends: { title: "\x1b[2J", expires_at: "\x1b[3J" },
      confirm: "f1a3fb2c-5f0e-4a35-9e0a-1f0f6c1d9a52",
    },
    command: { spends: {}, confirm: "a; rm -rf /" },
    code: { code: "\x1b[2J" },
  };
  for (const [what, one] of Object.entries(answers)) {
    answer = one;
    const { stdout, stderr } = await run();
    said[what] = `${stdout}${stderr}`.split("\n", 1)[0] ?? "";
  }
  assertEquals(said, {
    offer:
      'This resets the limits of a by "\\u{1b}[2J", good until \\u{1b}[3J.',
    command:
      `codaze: The gateway on 127.0.0.1:${server.addr.port} answered 200`,
    code: 'codaze: Upstream answered "\\u{1b}[2J": see codaze accounts',
  });
});

const USAGE: ReadonlyArray<[words: readonly string[], says: string]> = [
  [["reset-credit"], "Name one account for reset-credit"],
  [["reset-credit", "a", "--yes"], "Cannot use --yes with reset-credit"],
  [["reset-credit", "a", "b"], 'Cannot use "b"'],
  [["wake", "a", "--confirm", "x"], "Cannot use --confirm without"],
  [["--confirm", "x"], "Cannot use --confirm without"],
];

Deno.test("it exits with 2 for what it cannot make out", async () => {
  for (const [words, says] of USAGE) {
    const { code, stdout, stderr } = await runCodaze(["accounts", ...words], {
      env: { HOME: "/nowhere" },
    });
    assertEquals([code, stdout], [2, ""], says);
    assertStringIncludes(stderr, says);
  }
});

/** The commands that steer the pool, and those that explain it. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { runCodaze } from "../support/codaze.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openTestPool, type TestPool, VIAS } from "./pool_support.ts";

function accounts(test: TestPool, ...words: readonly string[]) {
  return runCodaze(["accounts", ...words, ...test.flags]);
}

async function viewOf(test: TestPool, name: string) {
  const found = await test.pool.find(name);
  assert(found.ok, found.ok ? "" : found.error);
  return found.value;
}

for (const via of VIAS) {
  Deno.test(`by the ${via}, accounts are paused and resumed`, async () => {
    await using test = await openTestPool(via, ["ada", "grace", "linus"]);
    const paused = await accounts(test, "pause", "ada", "GRACE");
    assertEquals([paused.code, paused.stderr], [0, ""]);
    assertEquals(
      paused.stdout,
      "Paused: ada; turns under way end there\n" +
        "Paused: grace; turns under way end there\n",
    );
    const { stdout } = await accounts(test);
    assertMatch(
      stdout,
      /^ada .* paused .*\ngrace .* paused .*\nlinus .* cold/m,
    );
    assertMatch(stdout, /, 2 paused/);
    const resumed = await accounts(test, "resume", "ada");
    assertEquals(resumed.stdout, "Resumed: ada\n");
    assertEquals((await viewOf(test, "ada")).paused, false);
    assertEquals((await viewOf(test, "grace")).paused, true);
  });

  Deno.test(`by the ${via}, a wrong name among others changes nothing`, async () => {
    await using test = await openTestPool(via, ["ada", "grace"]);
    const { code, stderr } = await accounts(test, "pause", "ada", "nobody");
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'No account "nobody"');
    assertEquals((await viewOf(test, "ada")).paused, false);
  });

  Deno.test(`by the ${via}, an account is preferred, and keeps something`, async () => {
    await using test = await openTestPool(via, ["ada"]);
    const STEPS: ReadonlyArray<[words: readonly string[], says: string]> = [
      [["prefer", "ada"], "ada has the priority 1: the highest serves first"],
      [["prefer", "ada", "-3"], "ada has the priority -3"],
      [["prefer", "ada", "0"], "ada is as good as any other"],
      [["prefer", "ada", "+9"], "ada has the priority 9"],
      [["keep", "ada", "20%"], "ada keeps 20% of each window for its owner"],
      [["keep", "ada", "0"], "ada keeps nothing for its owner"],
      [["keep", "ada", "15"], "ada keeps 15% of each window"],
    ];
    for (const [words, says] of STEPS) {
      const { code, stdout, stderr } = await accounts(test, ...words);
      assertEquals([code, stderr], [0, ""], says);
      assertStringIncludes(stdout, says);
    }
    const { priority, keep } = await viewOf(test, "ada");
    assertEquals([priority, keep], [9, 15]);
    const details = await accounts(test, "ada");
    assertStringIncludes(details.stdout, "priority 9, keeps 15%");
  });

  Deno.test(`by the ${via}, an account gets another label`, async () => {
    await using test = await openTestPool(via, ["ada", "grace"]);
    const { code, stdout, stderr } = await accounts(
      test,
      ...["rename", "ada", "my own"],
    );
    assertEquals([code, stdout, stderr], [0, "Renamed: my own\n", ""]);
    assertEquals((await test.read("ada.json"))["label"], "my own");
    assertEquals((await viewOf(test, "my own")).id, "ada");
    const taken = await accounts(test, "rename", "my own", "Grace");
    assertEquals([taken.code, taken.stdout], [1, ""]);
    assertStringIncludes(taken.stderr, "another account has the label");
  });

  Deno.test(`by the ${via}, codaze accounts NAME says all about one`, async () => {
    await using test = await openTestPool(via, ["ada", "grace"]);
    const { code, stdout, stderr } = await accounts(test, "ada");
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^ada\n {2}state +cold\n/);
    assertStringIncludes(stdout, join(test.dir, "ada.json"));
    assert(!stdout.includes("grace"));
    const json = await accounts(test, "ada", "--json");
    assertEquals(JSON.parse(json.stdout).id, "ada");
  });
}

Deno.test("settings without a gateway are those of the next one", async () => {
  await using test = await openTestPool("folder", ["ada", "grace"]);
  await accounts(test, "pause", "grace");
  await accounts(test, "keep", "ada", "10");
  const state = await Deno.readTextFile(join(test.dir, ".codaze-state.json"));
  assert(!/ada|grace/.test(state), state);
  const again = await accounts(test, "--json");
  const { accounts: [ada, grace] } = JSON.parse(again.stdout);
  assertEquals([ada.keep, ada.paused], [10, false]);
  assertEquals([grace.keep, grace.paused], [0, true]);
});

/** Runs a command of the program against this gateway. */
function run(test: TestGateway, ...words: readonly string[]) {
  const admin = new URL(test.gateway.adminOrigin).host;
  return runCodaze([...words, `--admin-listen=${admin}`]);
}

Deno.test("codaze policy shows and sets the policy of a running gateway", async () => {
  await using test = await startTestGateway();
  assertEquals((await run(test, "policy")).stdout, "quota\n");
  const set = await run(test, "policy", "fill_first");
  assertEquals([set.code, set.stderr], [0, ""]);
  assertMatch(set.stdout, /^fill_first, until the gateway ends/);
  assertEquals(test.gateway.registry.policy, "fill_first");
  const bad = await run(test, "policy", "best");
  assertEquals([bad.code, bad.stdout], [2, ""]);
  assertStringIncludes(bad.stderr, 'Cannot use "best": expected one of quota');
});

Deno.test("codaze explain says in words who would serve, and why", async () => {
  await using test = await startTestGateway({
    accounts: ["ada", "grace"],
    warm: true,
    flags: ["--routing-policy=fill_first"],
  });
  const headers = { "session-id": "one" };
  await (await test.turn({}, { headers })).text();
  const known = await run(test, "explain", "--session", "one");
  assertEquals([known.code, known.stderr], [0, ""]);
  assertEquals(
    known.stdout,
    `
ada would serve: the session is at home there, with its cached prompt
  rule owner, policy fill_first

The others:
  grace  may serve, but the session stays where it is
`.trimStart(),
  );
  await run(test, "accounts", "pause", "ada");
  const other = await run(
    test,
    ...["explain", "--session=two", "--model", "gpt-x"],
  );
  assertEquals(
    other.stdout,
    `
grace would serve for gpt-x: no other account may serve
  rule only, policy fill_first
  the session is not known, so it is a new one

The others:
  ada  paused: codaze accounts resume brings it back
`.trimStart(),
  );
  await run(test, "accounts", "pause", "grace");
  const nobody = await run(test, "explain");
  assertMatch(nobody.stdout, /^Nobody would serve: no account may serve\n/);
});

Deno.test("codaze replay makes decisions of a gateway again", async () => {
  await using test = await startTestGateway({
    accounts: ["ada", "grace"],
    warm: true,
    flags: ["--routing-policy=round_robin"],
  });
  for (const id of ["one", "two", "three"]) {
    await (await test.turn({}, { headers: { "session-id": id } })).text();
  }
  const file = join(test.dir, "decisions");
  const answer = await test.admin("/admin/decisions?limit=1000&full=1");
  await Deno.writeTextFile(file, await answer.text());
  const same = await runCodaze(["replay", file]);
  assertEquals(
    [same.code, same.stdout, same.stderr],
    [0, "3 decisions made again as recorded: 0 differ (0%)\n", ""],
  );
  const other = await runCodaze(["replay", file, "--policy", "fill_first"]);
  const lines = other.stdout.split("\n");
  assertEquals(
    lines[0],
    "3 decisions made again by fill_first: 1 differs (33%)",
  );
  assertMatch(lines[3] ?? "", /grace +round_robin +ada +fill_first$/);
});

const BAD_REPLAYS: ReadonlyArray<
  [words: readonly string[], code: number, says: string]
> = [
  [[], 2, "Name a file with recorded decisions"],
  [["deno.json", "other"], 2, 'Cannot use "other": expected one file'],
  [["deno.json", "--policy=best"], 2, 'Cannot use --policy "best"'],
  [["no-such-file"], 1, "Cannot read no-such-file: no such file in "],
  [["lib"], 1, "Cannot read lib: it is a folder"],
  [["README.md"], 1, "Cannot replay README.md: line 1 is not a JSON object"],
];

Deno.test("codaze replay says what is wrong with a file", async () => {
  const ends = await Promise.all(
    BAD_REPLAYS.map(([words]) => runCodaze(["replay", ...words])),
  );
  for (const [at, { code, stdout, stderr }] of ends.entries()) {
    const [, expected, says = ""] = BAD_REPLAYS[at] ?? [];
    assertEquals([code, stdout], [expected, ""], stderr);
    assertStringIncludes(stderr, says);
  }
});

Deno.test("commands about a running gateway say that there is none", async () => {
  await using test = await openTestPool("folder");
  const dir = `--accounts-dir=${test.dir}`;
  for (const words of [["policy"], ["explain"], ["accounts", "--fresh"]]) {
    const { code, stdout, stderr } = await runCodaze([...words, dir]);
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(
      stderr,
      `No gateway runs on ${test.dir}: start codaze`,
    );
  }
});

Deno.test("codaze accounts --fresh shows what upstream's pages say", async () => {
  await using test = await startTestGateway({
    accounts: ["ada", "grace"],
    warm: true,
  });
  const { code, stdout, stderr } = await run(
    test,
    ...["accounts", "--fresh", "--json"],
  );
  assertEquals([code, stderr], [0, ""]);
  const { accounts } = JSON.parse(stdout);
  assertEquals(
    accounts.map(({ quota }: Record<string, { source: string }>) =>
      quota?.source
    ),
    ["usage_page", "usage_page"],
  );
  const details = await run(test, "accounts", "grace");
  assertStringIncludes(details.stdout, "from the page of usage");
});

/** An admin port that reads pages, or one that does not know how. */
async function withPages(
  answer: (id: string) => Response,
  check: (
    run: (...words: readonly string[]) => ReturnType<typeof runCodaze>,
    asked: string[],
  ) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const accounts = ["ada", "grace"].map((id) => ({
    id,
    label: id,
    routing_state: "ready",
    serves: id === "grace" ? "now" : "spent",
  }));
  const gone = { id: "old", routing_state: "auth_invalid", serves: "invalid" };
  const pool = { accounts: [...accounts, gone], accounts_dir: "/x" };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ method, url }) => {
      const [, id] = /accounts\/(\w+)\/quota$/.exec(url) ?? [];
      if (method !== "POST" || id === undefined) return Response.json(pool);
      asked.push(id);
      return answer(id);
    },
  );
  const flags = [`--admin-listen=127.0.0.1:${server.addr.port}`];
  const env = { HOME: "/nowhere" };
  await check(
    (...words) => runCodaze(["accounts", ...words, ...flags], { env }),
    asked,
  );
}

function refusal(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}

Deno.test("codaze accounts --fresh has the pages read, one after the other", async () => {
  const answer = (id: string) =>
    id === "ada" ? refusal(502, "the page says 403") : Response.json({});
  await withPages(answer, async (run, asked) => {
    const all = await run("--fresh");
    assertEquals([all.code, all.stderr], [0, "ada: the page says 403\n"]);
    assertMatch(all.stdout, /^LABEL/);
    assertEquals(asked.splice(0), ["ada", "grace"]);
    const one = await run("grace", "--fresh");
    assertEquals([one.code, asked.splice(0)], [0, ["grace"]]);
    const bad = await run("ada", "--fresh");
    assertEquals([bad.code, bad.stdout], [1, ""]);
    assertEquals(bad.stderr, "codaze: the page says 403\n");
  });
});

Deno.test("codaze accounts --fresh says that a gateway cannot read pages", async () => {
  const answer = () => refusal(404, "No such path: /admin/accounts/ada/quota");
  await withPages(answer, async (run, asked) => {
    const { code, stdout, stderr } = await run("--fresh");
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "This gateway cannot read upstream's pages");
    assertEquals(asked, ["ada"]);
  });
});

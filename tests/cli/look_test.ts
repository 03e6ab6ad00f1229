/** A look at the accounts changes nothing in their folder. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { journalPath } from "../../lib/accounts/refresh/journal.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import { runCodaze } from "../support/codaze.ts";
import { nobodyListens, openTestPool, type TestPool } from "./pool_support.ts";

/** Every command that only looks, as typed. */
const LOOKS: ReadonlyArray<readonly string[]> = [
  ["accounts"],
  ["accounts", "--json"],
  ["accounts", "wake", "a"],
  ["accounts", "wake", "--all"],
  ["accounts", "remove", "nobody"],
  ["accounts", "refresh", "nobody"],
  ["doctor"],
  ["doctor", "--json"],
  ["service", "status"],
  ["service", "print", "--systemd"],
  ["import", "/nowhere/auth.json"],
];

/** Everything that a gateway would put in order at its start. */
async function untidy(test: TestPool): Promise<void> {
  const { dir } = test;
  await Deno.copyFile(join(dir, "a.json"), join(dir, "twin.json"));
  await Deno.writeTextFile(join(dir, ".codaze-a.json.x.tmp"), "left");
  await Deno.writeTextFile(join(dir, "half.json"), "{");
  const token = test.account("b").currentRefreshToken();
  await save(
    journalPath(dir, tokenHash(token)),
    '{"tries":1}\n{"refresh_token":"rt_waiting"}\n',
  );
  await save(journalPath(dir, tokenHash("rt_unknown")), "");
  // Signed in again since, which a gateway notes.
  const back = {
    ...JSON.parse(await Deno.readTextFile(join(dir, "a.json"))),
    refresh_token: "rt_old",
    codaze_reason: "it is dead",
  };
  await save(join(dir, "trash", "a.json"), JSON.stringify(back));
}

async function save(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, text);
}

/** Names and contents of all that is in `dir`. */
async function contents(dir: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    if (!isDirectory) all[name] = await Deno.readTextFile(path);
    else {
      all[`${name}/`] = "";
      const inside = Object.entries(await contents(path));
      for (const [one, text] of inside) all[`${name}/${one}`] = text;
    }
  }
  return all;
}

for (const words of LOOKS) {
  Deno.test(`codaze ${words.join(" ")} leaves the folder as it is`, async () => {
    await using test = await openTestPool("folder", ["a", "b"]);
    await untidy(test);
    const before = await contents(test.dir);
    assert(Object.keys(before).length > 8);
    const env = { HOME: join(test.dir, "..") };
    const flags = words[0] === "service" ? [] : test.flags;
    await runCodaze([...words, ...flags], { env });
    assertEquals(await contents(test.dir), before);
  });

  Deno.test(`codaze ${words.join(" ")} makes no folder`, async () => {
    const home = await Deno.makeTempDir({ prefix: "codaze-test-" });
    try {
      const flags = words[0] === "service"
        ? []
        : [`--admin-listen=${nobodyListens()}`];
      await runCodaze([...words, ...flags], {
        env: { HOME: home, CODEX_HOME: "", XDG_CONFIG_HOME: "" },
      });
      assertEquals(await contents(home), {});
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
}

Deno.test("codaze accounts tells what a gateway would do about the folder", async () => {
  await using test = await openTestPool("folder", ["a", "b"]);
  await untidy(test);
  const { code, stdout, stderr } = await runCodaze(["accounts", ...test.flags]);
  assertEquals([code, stderr], [0, ""]);
  for (
    const words of [
      /^ {2}(twin|a)\.json: duplicate of (a|twin)\.json; a gateway moves it to trash\/$/m,
      /^ {2}half\.json: file is not a JSON object$/m,
      /new tokens wait beside its file, where a crash has left them/,
    ]
  ) {
    assert(words.test(stdout), `${words} is not in ${stdout}`);
  }
});

Deno.test("codaze accounts says what is wrong with the folder", async () => {
  await using test = await openTestPool("folder", []);
  const file = join(test.dir, "file");
  await Deno.writeTextFile(file, "");
  const { code, stderr } = await runCodaze([
    "accounts",
    `--admin-listen=${nobodyListens()}`,
    `--accounts-dir=${file}`,
  ]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `Cannot use --accounts-dir "${file}"`);
  assertStringIncludes(stderr, "name a folder");
});

/** Sign-ins that the server has ended: rows of the pool, from `trash/`. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Registry } from "../../lib/accounts/pool/registry.ts";
import { AccountStore } from "../../lib/accounts/store.ts";
import { FakeLog } from "../support/log.ts";
import { after } from "../support/system.ts";
import {
  accessToken,
  NOW,
  registryOf,
  type Setup,
  setup,
} from "../support/accounts.ts";

const DAY = 86_400_000;

/** A person's file, with a token of theirs that tells who they are. */
function login(person: string, refreshToken: string, issued = 0) {
  return {
    refresh_token: refreshToken,
    access_token: accessToken(person, 3600, issued),
    label: `${person}'s`,
  };
}

interface Reopened {
  readonly registry: Registry;
  readonly store: AccountStore;
  readonly log: FakeLog;
}

/** What a program sees that starts on the same folder now. */
async function reopen({ dir, clock }: Setup): Promise<Reopened> {
  const log = new FakeLog();
  const registry = registryOf([], log, clock);
  const options = { dir, registry, ...clock.read, after, log };
  const opened = await AccountStore.open(options);
  if (!opened.ok) throw new Error(opened.error);
  return { registry, store: opened.value, log };
}

/** Has the server end the sign-in of this account. */
async function giveUp(
  { registry, store }: Pick<Setup, "registry" | "store">,
  id: string,
): Promise<void> {
  const account = registry.get(id);
  assert(account !== undefined);
  assert((await store.trash(account, "401: token_expired")).ok);
}

function rows({ registry }: Pick<Setup, "registry">, now = NOW) {
  return registry.accounts().map((account) => [
    account.id,
    account.label,
    account.status(now).state,
  ]);
}

Deno.test("an account whose sign-in was ended is listed after a restart", async () => {
  await using pool = await setup({
    "a.json": login("ada", "rt_a"),
    "b.json": login("bob", "rt_b"),
  });
  await giveUp(pool, "a");
  pool.clock.pass(DAY);
  const later = await reopen(pool);
  assertEquals(rows(later, pool.clock.now), [
    ["a", "ada's", "invalid"],
    ["b", "bob's", "serving"],
  ]);
  const account = later.registry.get("a");
  assertEquals(account?.status(pool.clock.now), {
    state: "invalid",
    since: NOW,
  });
  assertEquals(account?.history.lastError, "401: token_expired");
  assertEquals(account?.email, "ada@example.com");
  assertEquals(await pool.names(), ["b.json", "trash"]);
});

Deno.test("a long reason of the server costs no signed-out account", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  const reason = "401: " + "x".repeat(1024 * 1024);
  assert((await pool.store.trash(account, reason)).ok);
  assertEquals(rows(await reopen(pool)), [["a", "ada's", "invalid"]]);
  assert(pool.log.lines.every((line) => line.length < 1000));
});

Deno.test("a sign-in of the same person brings it back after a restart", async () => {
  await using pool = await setup({
    "mine.json": { ...login("ada", "rt_a"), note: 7 },
  });
  await giveUp(pool, "mine");
  const later = await reopen(pool);
  const imported = await later.store.importToken({
    refreshToken: "rt_new",
    accessToken: accessToken("ada", 7200, 60),
  });
  assert(imported.ok, JSON.stringify(imported));
  const { account, disposition } = imported.value;
  assertEquals([account.id, account.label, disposition], [
    "mine",
    "ada's",
    "signed_in",
  ]);
  assertEquals(rows(later), [["mine", "ada's", "serving"]]);
  const file = await pool.read("mine.json");
  assertEquals([file["refresh_token"], file["label"], file["note"]], [
    "rt_new",
    "ada's",
    7,
  ]);
  assertEquals(Object.keys(file).filter((key) => /trash|reason/.test(key)), []);
  assertEquals(rows(await reopen(pool)), [["mine", "ada's", "serving"]]);
});

Deno.test("remove() takes a signed-out account off the list for good", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  const later = await reopen(pool);
  assertEquals(await later.store.remove("a"), { ok: true, value: true });
  assertEquals([rows(later), await pool.names("trash")], [[], []]);
  assertEquals(rows(await reopen(pool)), []);
});

Deno.test("remove() forgets every end of the same person", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_1") });
  await giveUp(pool, "a");
  await pool.write("a.json", login("ada", "rt_2", 60));
  await pool.store.scan();
  await giveUp(pool, "a");
  const later = await reopen(pool);
  assertEquals(rows(later), [["a", "ada's", "invalid"]]);
  assertEquals(later.registry.get("a")?.refreshToken, "rt_2");
  assertEquals(await later.store.remove("a"), { ok: true, value: true });
  assertEquals(rows(await reopen(pool)), []);
});

Deno.test("remove() of a signed-out account spares a file that has its name since", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  await pool.write("a.json", login("eve", "rt_e"));
  assertEquals(await pool.store.remove("a"), { ok: true, value: true });
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_e");
});

Deno.test("a person who is back under another name is not listed as signed out", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  await pool.write("other.json", login("ada", "rt_2", 60));
  await pool.store.scan();
  assertEquals(rows(pool), [["other", "ada's", "serving"]]);
  // Nor when a person then deletes that file by hand.
  await Deno.remove(join(pool.dir, "other.json"));
  await pool.store.scan();
  assertEquals([rows(pool), rows(await reopen(pool))], [[], []]);
  const { codaze_reason: reason } = await pool.read("trash/a.json");
  assertEquals(
    reason,
    "replaced by a newer sign-in; it had ended: 401: token_expired",
  );
});

Deno.test("who has taken the name of a signed-out account does not hide it", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  await pool.write("a.json", login("bob", "rt_b"));
  for (const seen of [pool, await reopen(pool)]) {
    await seen.store.scan();
    await seen.store.scan();
    assertEquals(rows(seen), [
      ["a", "bob's", "serving"],
      ["a-2", "ada's", "invalid"],
    ]);
  }
  const imported = await pool.store.importToken({
    refreshToken: "rt_new",
    accessToken: accessToken("ada", 7200, 60),
  });
  assert(imported.ok && imported.value.account.id === "a-2");
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_b");
  assertEquals((await pool.read("a-2.json"))["label"], "ada's");
});

Deno.test("a second end under the same name keeps the name", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_1") });
  await giveUp(pool, "a");
  await pool.write("a.json", login("bob", "rt_2"));
  await pool.store.scan();
  await giveUp(pool, "a");
  assertEquals(await pool.names("trash"), ["a-2.json", "a.json"]);
  const later = await reopen(pool);
  assertEquals(rows(later).map(([id, label]) => [id, label]).sort(), [
    ["a", "bob's"],
    ["a-2", "ada's"],
  ]);
});

Deno.test("what another gateway has given up is signed out here, too", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  const other = await reopen(pool);
  const account = other.registry.get("a");
  await giveUp(pool, "a");
  await other.store.scan();
  assertEquals(rows(other), [["a", "ada's", "invalid"]]);
  assertEquals(other.registry.get("a"), account);
  assert(
    other.log.lines.some((line) => line.startsWith("warn account signed out")),
    other.log.lines.join("\n"),
  );
});

Deno.test("a file that a person takes out of trash/ is no row any more", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  const later = await reopen(pool);
  await Deno.remove(join(pool.dir, "trash", "a.json"));
  for (const seen of [pool, later]) {
    await seen.store.scan();
    assertEquals(rows(seen), []);
  }
});

Deno.test("copies in trash/ are no signed-out accounts", async () => {
  await using pool = await setup({
    "a.json": login("ada", "rt_a"),
    "copy.json": login("ada", "rt_a"),
  });
  assertEquals((await pool.names("trash")).length, 1);
  assertEquals(rows(await reopen(pool)).length, 1);
  await Deno.remove(join(pool.dir, pool.ids()[0] + ".json"));
  assertEquals(rows(await reopen(pool)), []);
});

const ENDS: ReadonlyArray<readonly [unknown, string, boolean]> = [
  // What is said to a person decides nothing.
  [true, "duplicate of what the server knows", true],
  [false, "a second file of one login", false],
  // Files of versions that said it in words only.
  [undefined, "401: token_expired", true],
  [undefined, "duplicate of a.json", false],
  [undefined, "holds a token that a.json has replaced", false],
  [undefined, "replaced by a newer sign-in of the same person", false],
  ["odd", "401: token_expired", true],
];

for (const [ended, reason, isOut] of ENDS) {
  Deno.test(`trash/ has ${isOut ? "a" : "no"} signed-out account: ${ended}, ${reason}`, async () => {
    await using pool = await setup();
    await Deno.mkdir(join(pool.dir, "trash"));
    await pool.write("trash/a.json", {
      ...login("ada", "rt_a"),
      codaze_reason: reason,
      codaze_ended: ended,
    });
    assertEquals(rows(await reopen(pool)).length, isOut ? 1 : 0);
  });
}

Deno.test({
  name: "a trash/ that cannot be read costs no row",
  // It is root's to read whatever its mode is.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using pool = await setup({ "a.json": login("ada", "rt_a") });
    await giveUp(pool, "a");
    const trash = join(pool.dir, "trash");
    await Deno.rename(trash, `${trash}-away`);
    await Deno.writeTextFile(trash, "");
    await pool.store.scan();
    assertEquals(rows(pool), [["a", "ada's", "invalid"]]);
  },
});

Deno.test("a put-back copy of the file gets another try", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  const later = await reopen(pool);
  await Deno.copyFile(
    join(pool.dir, "trash", "a.json"),
    join(pool.dir, "a.json"),
  );
  await later.store.scan();
  assertEquals(rows(later), [["a", "ada's", "serving"]]);
  // Until the server has judged it again, it has not been replaced.
  const { codaze_reason: reason } = await pool.read("trash/a.json");
  assertEquals(reason, "401: token_expired");
});

Deno.test("half a file under the name of a signed-out account settles nothing", async () => {
  await using pool = await setup({ "a.json": login("ada", "rt_a") });
  await giveUp(pool, "a");
  await pool.write("a.json", "{");
  await pool.store.scan();
  const { codaze_reason: reason } = await pool.read("trash/a.json");
  assertEquals(reason, "401: token_expired");
  await Deno.remove(join(pool.dir, "a.json"));
  assertEquals(rows(await reopen(pool)), [["a", "ada's", "invalid"]]);
});

/** Which file is which account's, and which token of a login stays. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import {
  accessToken,
  NOW,
  plain,
  rotateWhileGone,
  type Setup,
  setup,
} from "../support/accounts.ts";

/** Tokens of one person, issued `minute` minutes after the first. */
function codex(token: string, minute: number, person = "ann") {
  const access = accessToken(person, 3600, minute * 60);
  return { tokens: { refresh_token: token, access_token: access } };
}

async function rename(pool: Setup, from: string, to: string): Promise<void> {
  await Deno.rename(join(pool.dir, from), join(pool.dir, to));
}

async function rotate(pool: Setup, id: string, to: string): Promise<void> {
  const account = pool.registry.get(id);
  assert(account !== undefined);
  const tokens = {
    refreshToken: to,
    accessToken: undefined,
    from: account.refreshToken,
  };
  const saved = await pool.store.saveTokens(account, tokens);
  assert(saved.ok);
}

/** `id token` of each account. */
function view({ registry }: Setup): string {
  return registry.accounts()
    .map(({ id, refreshToken }) => `${id} ${refreshToken}`).join(", ");
}

Deno.test("swapped files: each account keeps its login and its cooldown", async () => {
  await using pool = await setup({
    "a.json": plain("rt_a"),
    "b.json": plain("rt_b"),
  });
  const [a, b] = pool.registry.accounts();
  await rename(pool, "a.json", "tmp");
  await rename(pool, "b.json", "a.json");
  await rename(pool, "tmp", "b.json");
  await pool.store.scan();
  assertEquals(view(pool), "a rt_b, b rt_a");
  assert(pool.registry.get("a") === b && pool.registry.get("b") === a);
  assertEquals([a?.signIns, b?.signIns], [0, 0]);
});

Deno.test("a file moved over another takes its account along", async () => {
  await using pool = await setup({
    "a.json": plain("rt_a"),
    "b.json": plain("rt_b"),
  });
  const a = pool.registry.get("a");
  await rename(pool, "a.json", "b.json");
  await pool.store.scan();
  assertEquals(view(pool), "b rt_a");
  assert(pool.registry.get("b") === a, "or two refreshes spend one token");
});

Deno.test("an account that was copied over keeps its newer token in mind", async () => {
  await using pool = await setup({
    "a.json": plain("rt_a"),
    "b.json": plain("rt_b1"),
  });
  await rotate(pool, "b", "rt_b2");
  await pool.write("b.json", plain("rt_a"));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_a");
  await pool.write("old-b.json", plain("rt_b1"));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_a, old-b rt_b2");
  assertEquals((await pool.read("old-b.json"))["refresh_token"], "rt_b2");
});

Deno.test("a copy beside a file that is being saved is no second account", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  await pool.write("a.json", '{"refresh_to');
  await pool.write("a.backup.json", plain("rt_1"));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_1");
  await pool.write("a.json", plain("rt_1", { label: "saved" }));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_1");
  assert(pool.registry.get("a") === account && account?.label === "saved");
  assertEquals(await pool.names("trash"), ["a.backup.json"]);
});

Deno.test("a renamed file that another process has refreshed is known", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  await rename(pool, "a.json", "z.json");
  const codaze_previous = [tokenHash("rt_1")];
  await pool.write("z.json", plain("rt_2", { codaze_previous }));
  await pool.store.scan();
  assertEquals(view(pool), "z rt_2");
  assert(pool.registry.get("z") === account);
});

Deno.test("of two accounts without a file the one with the newer token is back", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await Deno.remove(join(pool.dir, "a.json"));
  await pool.store.scan();
  const codaze_previous = [tokenHash("rt_1"), tokenHash("rt_2")];
  await pool.write("b.json", plain("rt_3", { codaze_previous }));
  await pool.store.scan();
  await Deno.remove(join(pool.dir, "b.json"));
  await pool.store.scan();
  for (const old of ["rt_1", "rt_2"]) {
    await pool.write(`${old}.json`, plain(old));
    await pool.store.scan();
    assertEquals(view(pool), `${old} rt_3`);
    await Deno.remove(join(pool.dir, `${old}.json`));
    await pool.store.scan();
  }
});

Deno.test("two files that went on from one token are two logins", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const codaze_previous = [tokenHash("rt_1")];
  await pool.write("a.json", plain("rt_2", { codaze_previous }));
  await pool.write("b.json", plain("rt_x", { codaze_previous }));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_2, b rt_x");
});

Deno.test("the official client's new token is not undone by a backup", async () => {
  await using pool = await setup({ "a.json": codex("rt_1", 0) });
  await pool.write("a.json", codex("rt_2", 1));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_2");
  await pool.write("a.json", codex("rt_1", 0));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_2");
  const { tokens } = await pool.read("a.json");
  assert(JSON.stringify(tokens).includes('"rt_2"'));
});

Deno.test("a copy of what the official client has replaced is no account", async () => {
  await using pool = await setup({ "b.json": codex("rt_1", 0) });
  const account = pool.registry.get("b");
  await pool.write("a.json", codex("rt_1", 0));
  await pool.write("b.json", codex("rt_2", 1));
  await pool.store.scan();
  assertEquals(view(pool), "b rt_2");
  assert(pool.registry.get("b") === account);
  assertEquals(await pool.names("trash"), ["a.json"]);
});

Deno.test("a backup from before the gateway knew the account is not used", async () => {
  await using pool = await setup({ "a.json": codex("rt_9", 9) });
  await pool.write("a.json", codex("rt_4", 4));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_9");
  // A later one is a new sign-in, and another person's is another login.
  await pool.write("a.json", codex("rt_10", 10));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_10");
  await pool.write("a.json", codex("rt_bob", 1, "bob"));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_bob");
  await pool.write("a.json", codex("rt_10", 10));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_10");
});

Deno.test("after a dead token an older backup gets its chance", async () => {
  await using pool = await setup({ "a.json": codex("rt_9", 9) });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.store.trash(account, "dead");
  await pool.write("a.json", codex("rt_4", 4));
  await pool.store.scan();
  assertEquals(view(pool), "a rt_4");
  assertEquals(account.status(NOW).state, "serving");
});

Deno.test("no token that only memory has is ever forgotten", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await rotateWhileGone(pool);
  for (let round = 0; round < 3; round++) {
    const names = Array.from({ length: 400 }, (_, n) => `x${round}-${n}.json`);
    for (const name of names) await pool.write(name, plain(`rt_${name}`));
    await pool.store.scan();
    for (const name of names) await Deno.remove(join(pool.dir, name));
    await pool.store.scan();
  }
  await pool.write("a.json", plain("rt_1"));
  await pool.store.scan();
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_2");
});

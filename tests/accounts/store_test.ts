import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import { ok } from "../../lib/result.ts";
import { FakeClock } from "../support/clock.ts";
import { after } from "../support/system.ts";
import {
  accessToken,
  NOW,
  plain,
  rotateWhileGone,
  type Setup,
  setup,
} from "../support/accounts.ts";

/** Saves a rotation from the account's token to `token`. */
async function rotate({ registry, store }: Setup, id: string, token: string) {
  const account = registry.get(id);
  assert(account !== undefined);
  return await store.saveTokens(account, {
    refreshToken: token,
    accessToken: accessToken(id),
    from: account.refreshToken,
  });
}

function tokenOf({ registry }: Setup, id: string): string | undefined {
  return registry.get(id)?.refreshToken;
}

Deno.test("open() makes the folder for us alone and loads accounts", async () => {
  await using pool = await setup({ "b.json": plain("rt_b") });
  await pool.write("a.json", plain("rt_a", { access_token: accessToken("a") }));
  await pool.write("notes.txt", "no account");
  await Deno.mkdir(join(pool.dir, "folder.json"));
  await pool.store.scan();
  assertEquals(pool.ids(), ["a", "b"]);
  assertEquals(pool.registry.get("a")?.credential?.claims.userId, "user_a");
});

Deno.test({
  name: "open() gives a new folder mode 0700 and warns of an open one",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using outer = await setup();
    const { AccountStore } = await import("../../lib/accounts/store.ts");
    const { registry, log } = outer;
    const dir = join(outer.dir, "made", "accounts");
    const options = {
      dir,
      registry,
      ...new FakeClock({ now: NOW }).read,
      after,
      log,
    };
    const opened = await AccountStore.open(options);
    assert(opened.ok);
    assertEquals(((await Deno.stat(dir)).mode ?? 0) & 0o777, 0o700);
    assertEquals(log.lines, []);

    await Deno.chmod(dir, 0o755);
    await AccountStore.open(options);
    assert(log.lines[0]?.startsWith("warn others can read"), log.lines[0]);
    assertEquals(((await Deno.stat(dir)).mode ?? 0) & 0o777, 0o755);
  },
});

Deno.test("open() says why a folder cannot be used", async () => {
  await using pool = await setup({ "file": "x" });
  const { AccountStore } = await import("../../lib/accounts/store.ts");
  const dir = join(pool.dir, "file", "accounts");
  const { registry, log } = pool;
  const opened = await AccountStore.open({
    dir,
    registry,
    ...new FakeClock({ now: NOW }).read,
    after,
    log,
  });
  assert(!opened.ok);
  assert(opened.error.startsWith(`Cannot use --accounts-dir "${dir}": `));
});

Deno.test("open() removes what a crash has left", async () => {
  await using pool = await setup({
    ".codaze-a.json.0.tmp": "{",
    "a.json": plain("rt_a"),
  });
  assertEquals(await pool.names(), ["a.json"]);
});

Deno.test("scan() takes an edited label and token, and a removal", async () => {
  await using pool = await setup({
    "a.json": plain("rt_a", { access_token: accessToken("a") }),
    "b.json": plain("rt_b"),
  });
  const account = pool.registry.get("a");
  account?.failed({ kind: "account_invalid", message: "dead" }, NOW);
  await pool.write("a.json", plain("rt_new", { label: "work" }));
  await Deno.remove(join(pool.dir, "b.json"));
  await pool.store.scan();
  assertEquals(pool.ids(), ["a"]);
  assertEquals(pool.registry.get("a"), account);
  assertEquals([account?.refreshToken, account?.label], ["rt_new", "work"]);
  assertEquals(account?.credential, undefined);
  assertEquals(account?.status(NOW).state, "serving");
});

Deno.test("scan() keeps a renamed account and what is known of it", async () => {
  await using pool = await setup({ "a.json": plain("rt_a") });
  const account = pool.registry.get("a");
  await Deno.rename(join(pool.dir, "a.json"), join(pool.dir, "z.json"));
  await pool.store.scan();
  assertEquals(pool.ids(), ["z"]);
  assert(pool.registry.get("z") === account);
});

Deno.test("scan() knows an account again whose file comes back", async () => {
  await using pool = await setup({ "a.json": plain("rt_a") });
  const account = pool.registry.get("a");
  await Deno.remove(join(pool.dir, "a.json"));
  await pool.store.scan();
  assertEquals(pool.ids(), []);
  await pool.write("a.json", plain("rt_a"));
  await pool.store.scan();
  assert(pool.registry.get("a") === account);
});

Deno.test("scan() reports a broken file once per change", async () => {
  await using pool = await setup({
    "a.json": plain("rt_a"),
    "broken.json": "{",
  });
  await pool.store.scan();
  assertEquals(pool.ids(), ["a"]);
  const reason = "file is not a JSON object";
  assertEquals(pool.registry.invalidFiles, [{ file: "broken.json", reason }]);
  const reports = () => pool.log.lines.filter((line) => /ignored/.test(line));
  assertEquals(reports().length, 1);
  await pool.write("broken.json", "{{");
  // It may be half of a save: one look is not enough.
  await pool.store.scan();
  assertEquals(reports().length, 1);
  await pool.store.scan();
  assertEquals(reports().length, 2);
  await pool.write("broken.json", plain("rt_b"));
  await pool.store.scan();
  assertEquals(pool.registry.invalidFiles, []);
  assertEquals(pool.ids(), ["a", "broken"]);
});

Deno.test("scan() keeps an account whose file is broken for now", async () => {
  await using pool = await setup({ "a.json": plain("rt_a") });
  await pool.write("a.json", '{"refresh');
  await pool.store.scan();
  assertEquals(tokenOf(pool, "a"), "rt_a");
  assertEquals(pool.registry.invalidFiles.length, 1);
});

Deno.test("scan() puts the second file of one token into trash/", async () => {
  await using pool = await setup({ "b.json": plain("rt_1", { label: "b" }) });
  await pool.write("a.json", plain("rt_1", { label: "a" }));
  await pool.store.scan();
  assertEquals(pool.ids(), ["b"]);
  assertEquals(await pool.names("trash"), ["a.json"]);
  assertEquals(await pool.read("trash/a.json"), {
    refresh_token: "rt_1",
    label: "a",
    codaze_reason: "duplicate of b.json",
    codaze_ended: false,
    codaze_trashed_at: new Date(NOW).toISOString(),
  });
  await pool.write("a.json", plain("rt_1"));
  await pool.store.scan();
  assertEquals(await pool.names("trash"), ["a-2.json", "a.json"]);
});

Deno.test("scan() tries a file that cannot be moved once a minute", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  // In the way of the folder.
  await pool.write("trash", "");
  await pool.write("b.json", plain("rt_1"));
  const told = () =>
    pool.log.lines.filter((line) => line.includes("cannot move")).length;
  for (let n = 0; n < 3; n++) await pool.store.scan();
  assertEquals(told(), 1);
  // A changed file is another one.
  await pool.write("b.json", plain("rt_1", { label: "b" }));
  for (let n = 0; n < 3; n++) await pool.store.scan();
  assertEquals(told(), 2);
  pool.clock.pass(60_000);
  for (let n = 0; n < 3; n++) await pool.store.scan();
  assertEquals(told(), 3);

  await Deno.remove(join(pool.dir, "trash"));
  await pool.store.scan();
  assertEquals([pool.ids(), await pool.names()], [["a"], ["a.json", "b.json"]]);
  pool.clock.pass(60_000);
  await pool.store.scan();
  assertEquals(await pool.names(), ["a.json", "trash"]);
});

Deno.test("scan() never uses a copy that holds a replaced token", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await rotate(pool, "a", "rt_2");
  await pool.write("backup.json", plain("rt_1"));
  await pool.store.scan();
  assertEquals(pool.ids(), ["a"]);
  assertEquals(await pool.names("trash"), ["backup.json"]);
});

Deno.test("scan() puts our newer token over a restored older file", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await rotate(pool, "a", "rt_2");
  await pool.write("a.json", plain("rt_1", { label: "restored" }));
  await pool.store.scan();
  assertEquals(tokenOf(pool, "a"), "rt_2");
  const file = await pool.read("a.json");
  assertEquals([file["refresh_token"], file["label"]], ["rt_2", "restored"]);
});

Deno.test("saveTokens() writes durably, mode 0600, and keeps the rest", async () => {
  await using pool = await setup({
    "a.json": { mine: 1, refresh_token: "rt_1", label: "old" },
  });
  await pool.write("a.json", { mine: 2, refresh_token: "rt_1", label: "new" });
  assertEquals(await rotate(pool, "a", "rt_2"), { ok: true, value: undefined });
  assertEquals(await pool.read("a.json"), {
    mine: 2,
    refresh_token: "rt_2",
    label: "new",
    access_token: accessToken("a"),
    email: "a@example.com",
    codaze_previous: [tokenHash("rt_1")],
  });
  const account = pool.registry.get("a");
  assertEquals([account?.label, account?.refreshToken], ["new", "rt_2"]);
  assertEquals(account?.credential?.accessToken, accessToken("a"));
  assertEquals(await pool.names(), ["a.json"]);
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(join(pool.dir, "a.json"));
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("saveTokens() shows no token before it is on disk", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const path = join(pool.dir, "a.json");
  const saving = rotate(pool, "a", "rt_2");
  while (tokenOf(pool, "a") === "rt_1") {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(tokenOnDisk(path), "rt_2");
  await saving;
});

/** At once: what is written a moment later must not be seen. */
function tokenOnDisk(path: string): unknown {
  return JSON.parse(Deno.readTextFileSync(path)).refresh_token;
}

Deno.test("saveTokens() keeps a refresh token whose access token is odd", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.store.saveTokens(account, {
    refreshToken: "rt_2",
    accessToken: "not a JWT",
    from: "rt_1",
  });
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_2");
  assertEquals(account.credential, undefined);
});

Deno.test("saveTokens() follows a file that was renamed meanwhile", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await Deno.rename(join(pool.dir, "a.json"), join(pool.dir, "z.json"));
  await rotate(pool, "a", "rt_2");
  await pool.store.scan();
  assertEquals(pool.ids(), ["z"]);
  assertEquals((await pool.read("z.json"))["refresh_token"], "rt_2");
});

Deno.test("saveTokens() does not bring a removed account back", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  assertEquals(await pool.store.remove("a"), { ok: true, value: true });
  assertEquals(await pool.store.remove("a"), { ok: true, value: false });
  const accessToken = undefined;
  await pool.store.saveTokens(account, {
    refreshToken: "rt_2",
    accessToken,
    from: "rt_1",
  });
  assertEquals(await pool.names(), ["trash"]);
});

Deno.test("saveTokens() does not write over a newer sign-in", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.write("a.json", plain("rt_signed_in"));
  await pool.store.scan();
  await pool.store.saveTokens(account, {
    refreshToken: "rt_2",
    accessToken: undefined,
    from: "rt_1",
  });
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_signed_in");
  assertEquals(tokenOf(pool, "a"), "rt_signed_in");
});

Deno.test("saveTokens() leaves a sign-in alone that no scan has seen", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await pool.write("a.json", plain("rt_signed_in"));
  const saved = await rotate(pool, "a", "rt_2");
  assertEquals(saved.ok, false);
  await pool.store.scan();
  assertEquals(tokenOf(pool, "a"), "rt_signed_in");
  assertEquals(pool.registry.get("a")?.persistPending, false);
});

Deno.test("saveTokens() keeps what the disk refuses and tries again", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await pool.write("a.json", '{"half');
  assertEquals((await rotate(pool, "a", "rt_2")).ok, false);
  const account = pool.registry.get("a");
  assertEquals([account?.refreshToken, account?.persistPending], [
    "rt_2",
    true,
  ]);
  assert(pool.log.lines.some((line) => line.startsWith("error refreshed")));

  await pool.write("a.json", plain("rt_1", { label: "mended" }));
  await pool.store.scan();
  assertEquals(account?.persistPending, false);
  const file = await pool.read("a.json");
  assertEquals([file["refresh_token"], file["label"]], ["rt_2", "mended"]);
});

Deno.test("a refusal of the disk is told once a minute, and when it ends", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const told = () =>
    pool.log.lines.filter((line) => line.includes("refreshed tokens are"))
      .map((line) => line.slice(0, line.indexOf("{")));
  const refused = "error refreshed tokens are not in the account file yet ";
  await pool.write("a.json", '{"half');
  await rotate(pool, "a", "rt_2");
  for (let n = 0; n < 3; n++) await pool.store.scan();
  assertEquals(told(), [refused]);
  await rotate(pool, "a", "rt_3");
  assertEquals(told(), [refused, refused]);
  pool.clock.pass(60_000);
  await pool.store.scan();
  assertEquals(told(), [refused, refused, refused]);

  await pool.write("a.json", plain("rt_1"));
  for (let n = 0; n < 2; n++) await pool.store.scan();
  assertEquals(told().slice(3), [
    "info refreshed tokens are in the account file now ",
  ]);
});

Deno.test("retryPending() replaces a broken file at the last", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await pool.write("a.json", '{"half');
  await rotate(pool, "a", "rt_2");
  assertEquals(await pool.store.retryPending(), 0);
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_2");
});

Deno.test("saveTokens() heals a file that was away in the meantime", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await rotateWhileGone(pool);
  await pool.write("a.json", plain("rt_1"));
  await pool.store.scan();
  assertEquals(tokenOf(pool, "a"), "rt_2");
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_2");
});

Deno.test({
  name: "saveTokens() writes through a link to the file behind it",
  ignore: Deno.build.os === "windows",
  // A link needs unscoped read and write, which the tests have.
  fn: async () => {
    await using pool = await setup();
    await using codex = await setup();
    const tokens = { refresh_token: "rt_1", access_token: "x" };
    await codex.write("auth.txt", { auth_mode: "chatgpt", tokens });
    const target = join(codex.dir, "auth.txt");
    await Deno.symlink(target, join(pool.dir, "a.json"));
    await pool.store.scan();
    await rotate(pool, "a", "rt_2");
    assert((await Deno.lstat(join(pool.dir, "a.json"))).isSymlink);
    const { tokens: written } = await codex.read("auth.txt");
    assertEquals(written, {
      refresh_token: "rt_2",
      access_token: accessToken("a"),
    });
  },
});

Deno.test("saveTokens() of many accounts at once loses none", async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `a${n}`);
  await using pool = await setup(
    Object.fromEntries(ids.map((id) => [`${id}.json`, plain(`rt_${id}_1`)])),
  );
  await Promise.all(ids.map((id) => rotate(pool, id, `rt_${id}_2`)));
  for (const id of ids) {
    const file = await pool.read(`${id}.json`);
    assertEquals(file["refresh_token"], `rt_${id}_2`);
  }
});

Deno.test("readAgain() adopts a token that another process wrote", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  assertEquals(await pool.store.readAgain(account), ok(undefined));
  await pool.write(
    "a.json",
    plain("rt_2", {
      access_token: accessToken("a"),
      codaze_previous: [tokenHash("rt_1")],
    }),
  );
  assertEquals(await pool.store.readAgain(account), ok(undefined));
  assertEquals(account.refreshToken, "rt_2");
  assertEquals(account.credential?.accessToken, accessToken("a"));
  assertEquals(account.signIns, 0);
});

Deno.test("readAgain() finds a renamed file, and tells when there is none", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await Deno.rename(join(pool.dir, "a.json"), join(pool.dir, "b.json"));
  assertEquals(await pool.store.readAgain(account), ok(undefined));
  assertEquals(account.id, "b");
  await Deno.remove(join(pool.dir, "b.json"));
  assertEquals((await pool.store.readAgain(account)).ok, false);
});

Deno.test("remove() follows a file that was renamed since the last scan", async () => {
  await using pool = await setup({ "work.json": plain("rt_a") });
  await Deno.rename(join(pool.dir, "work.json"), join(pool.dir, "job.json"));
  assertEquals(await pool.store.remove("work"), ok(true));
  await pool.store.scan();
  assertEquals([pool.ids(), await pool.names()], [[], ["trash"]]);
  const { refresh_token: token, codaze_reason: reason } = await pool.read(
    "trash/job.json",
  );
  assertEquals([token, reason], ["rt_a", "removed"]);
});

Deno.test("remove() takes a link away, and nothing of what it leads to", async () => {
  await using pool = await setup({});
  const target = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(target, JSON.stringify(plain("rt_a")));
    await Deno.symlink(target, join(pool.dir, "codex.json"));
    await pool.store.scan();
    assertEquals(await pool.store.remove("codex"), ok(true));
    await pool.store.scan();
    assertEquals([pool.ids(), await pool.names()], [[], []]);
    assertStringIncludes(await Deno.readTextFile(target), "rt_a");
  } finally {
    await Deno.remove(target);
  }
});

Deno.test("remove() spares another login that has the file's name by now", async () => {
  await using pool = await setup({ "work.json": plain("rt_a") });
  await pool.write("work.json", plain("rt_b"));
  assertEquals(await pool.store.remove("work"), ok(true));
  await pool.store.scan();
  assertEquals(tokenOf(pool, "work"), "rt_b");
  assertEquals(await pool.names(), ["work.json"]);

  await pool.write("job.json", plain("rt_b"));
  await pool.write("work.json", plain("rt_c"));
  assertEquals(await pool.store.remove("work"), ok(true));
  assertEquals(await pool.names(), ["trash", "work.json"]);
  await pool.store.scan();
  assertEquals(tokenOf(pool, "work"), "rt_c");
});

Deno.test("remove() takes a newer sign-in of the same person, and a broken file", async () => {
  const login = { access_token: accessToken("a") };
  await using pool = await setup({ "a.json": plain("rt_a", login) });
  await pool.write("b.json", plain("rt_b"));
  await pool.store.scan();
  await pool.write("a.json", plain("rt_a2", login));
  await pool.write("b.json", "{");
  assertEquals(await pool.store.remove("a"), ok(true));
  assertEquals(await pool.store.remove("b"), ok(true));
  assertEquals([pool.ids(), await pool.names()], [[], ["trash"]]);
  assertEquals((await pool.read("trash/a.json"))["refresh_token"], "rt_a2");
});

Deno.test("trash() moves a dead account's file and lists it as invalid", async () => {
  await using pool = await setup({ "a.json": plain("rt_1", { x: 1 }) });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  assertEquals(await pool.store.trash(account, "token was reused"), {
    ok: true,
    value: true,
  });
  await pool.store.scan();
  assertEquals(pool.ids(), ["a"]);
  assertEquals(account.status(NOW), { state: "invalid", since: NOW });
  assertEquals(await pool.names(), ["trash"]);
  assertEquals(await pool.read("trash/a.json"), {
    refresh_token: "rt_1",
    x: 1,
    codaze_reason: "token was reused",
    codaze_ended: true,
    codaze_trashed_at: new Date(NOW).toISOString(),
  });
});

Deno.test("trash() adopts a newer token instead", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.write("a.json", plain("rt_2"));
  assertEquals(await pool.store.trash(account, "dead"), {
    ok: true,
    value: false,
  });
  assertEquals(account.status(NOW).state, "serving");
  assertEquals(await pool.names(), ["a.json"]);
});

Deno.test("trash() leaves a newer sign-in alone that a scan has found", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.write("a.json", plain("rt_2"));
  await pool.store.scan();
  assertEquals(account.refreshToken, "rt_2");
  assertEquals(await pool.store.trash(account, "dead", "rt_1"), {
    ok: true,
    value: false,
  });
  assertEquals(account.status(NOW).state, "serving");
  assertEquals(await pool.names(), ["a.json"]);
});

Deno.test("scan() gives a trashed account that is put back another try", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.store.trash(account, "dead");
  await Deno.rename(
    join(pool.dir, "trash", "a.json"),
    join(pool.dir, "a.json"),
  );
  await pool.store.scan();
  assertEquals(account.status(NOW).state, "serving");
});

Deno.test("importToken() writes a file named for the token", async () => {
  await using pool = await setup();
  const imported = await pool.store.importToken({
    refreshToken: " rt_123\n",
    label: "main",
  });
  const id = "c50cb5aa6210c2975a97f8d76411cb35";
  assert(imported.ok);
  assertEquals(imported.value.alreadyExists, false);
  assertEquals(imported.value.account.id, id);
  assertEquals(await pool.read(`${id}.json`), {
    refresh_token: "rt_123",
    label: "main",
  });
});

Deno.test("importToken() refuses an empty token", async () => {
  await using pool = await setup();
  assertEquals(await pool.store.importToken({ refreshToken: " " }), {
    ok: false,
    error: { kind: "unusable", message: "refresh_token must not be empty" },
  });
});

Deno.test("importToken() knows the tokens an account had before", async () => {
  await using pool = await setup({ "a.json": plain("rt_1") });
  await rotate(pool, "a", "rt_2");
  for (const refreshToken of ["rt_1", "rt_2"]) {
    const imported = await pool.store.importToken({
      refreshToken,
      label: refreshToken,
    });
    assert(imported.ok);
    assertEquals(imported.value.alreadyExists, true);
    assertEquals(imported.value.account.label, refreshToken);
  }
  assertEquals(tokenOf(pool, "a"), "rt_2");
  assertEquals(await pool.names(), [".codaze-refresh", "a.json"]);
});

Deno.test("importToken() gives a trashed token another try", async () => {
  await using pool = await setup({ "a.json": plain("rt_123") });
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.store.trash(account, "dead");
  const imported = await pool.store.importToken({ refreshToken: "rt_123" });
  assert(imported.ok);
  assertEquals(imported.value.account.status(NOW).state, "serving");
});

Deno.test("no token is in the log, whatever happens", async () => {
  await using pool = await setup({
    "a.json": plain("rt_tok1"),
    "b.json": '{"refresh_token":"rt_tok3"',
  });
  await rotate(pool, "a", "rt_tok2");
  await pool.write("c.json", plain("rt_tok1"));
  await pool.write("a.json", '{"refresh_token":"rt_tok2');
  await rotate(pool, "a", "rt_tok4");
  await pool.store.scan();
  const account = pool.registry.get("a");
  assert(account !== undefined);
  await pool.store.trash(account, "dead");
  assert(pool.log.lines.length > 3);
  assertEquals(pool.log.lines.filter((line) => /tok\d|eyJ/.test(line)), []);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Account } from "../../lib/accounts/pool/account.ts";
import { type Import, planImport } from "../../lib/accounts/import/import.ts";
import { accountIdOf, tokenHash } from "../../lib/accounts/files/digest.ts";
import { account, NOW, setup } from "../support/accounts.ts";

/** A token of this person in this workspace, issued so many seconds ago. */
function token(person: string, ago: number, workspace = "home"): string {
  const payload = {
    iat: NOW / 1000 - ago,
    exp: NOW / 1000 + 3600,
    "https://api.openai.com/auth": {
      chatgpt_account_id: workspace,
      chatgpt_user_id: person,
    },
  };
  return `eyJhbGciOiJub25lIn0.${btoa(JSON.stringify(payload))}.c2ln`
    .replaceAll("=", "");
}

function login(accessToken?: string, fields: Partial<Import> = {}): Import {
  return { refreshToken: "rt_new", accessToken, ...fields };
}

function held(id: string, ago: number, workspace?: string): Account {
  return account(id, { accessToken: token("ada", ago, workspace) });
}

function dead(one: Account): Account {
  one.failed({ kind: "account_invalid", message: "dead" }, NOW);
  return one;
}

const OLD = login(token("ada", 600));
const NEW = login(token("ada", 10));

interface PlanCase {
  readonly accounts: readonly Account[];
  readonly login: Import;
  /** Disposition, and id of the account there is one. */
  readonly plan: readonly [string, string?];
}

const PLANS: Readonly<Record<string, PlanCase>> = {
  "nobody is there": { accounts: [], login: NEW, plan: ["added"] },
  "a person's newer sign-in": {
    accounts: [held("a", 60)],
    login: NEW,
    plan: ["signed_in", "a"],
  },
  "a person's older sign-in": {
    accounts: [held("a", 60)],
    login: OLD,
    plan: ["older", "a"],
  },
  "a sign-in of the same second": {
    accounts: [held("a", 10)],
    login: NEW,
    plan: ["signed_in", "a"],
  },
  "an older one, where the login is dead": {
    accounts: [dead(held("a", 60))],
    login: OLD,
    plan: ["signed_in", "a"],
  },
  "a sign-in that says no time, where the login is alive": {
    accounts: [held("a", 60)],
    login: login(undefined, { idToken: idToken("ada") }),
    plan: ["older", "a"],
  },
  "an id token alone": {
    accounts: [held("a", 60)],
    login: login(undefined, { idToken: token("ada", 10) }),
    plan: ["signed_in", "a"],
  },
  "an account of which only an id token can be read": {
    accounts: [
      account("a", { accessToken: "opaque", idToken: token("ada", 1) }),
    ],
    login: OLD,
    plan: ["signed_in", "a"],
  },
  "the same person in another workspace": {
    accounts: [held("a", 60, "work")],
    login: NEW,
    plan: ["added"],
  },
  "another person in the same workspace": {
    accounts: [held("a", 60)],
    login: login(token("eve", 10)),
    plan: ["added"],
  },
  "a token that says nothing of its owner": {
    accounts: [held("a", 60), account("b")],
    login: login("opaque"),
    plan: ["added"],
  },
  "the dead one of two accounts of one person": {
    accounts: [held("a", 60), dead(held("b", 60))],
    login: NEW,
    plan: ["signed_in", "b"],
  },
  "the token of an account, whatever else it says": {
    accounts: [held("a", 60), account("b", { refreshToken: "rt_new" })],
    login: NEW,
    plan: ["known", "b"],
  },
  "a token that an account had before": {
    accounts: [account("a", { previous: [tokenHash("rt_new")] })],
    login: NEW,
    plan: ["known", "a"],
  },
  "a token that an imported account began with": {
    accounts: [account(accountIdOf("rt_new"))],
    login: NEW,
    plan: ["known", accountIdOf("rt_new")],
  },
};

function idToken(person: string): string {
  return token(person, 0).replace(/\.[^.]+\./, () => {
    const auth = { chatgpt_account_id: "home", chatgpt_user_id: person };
    const claims = { "https://api.openai.com/auth": auth };
    return `.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.`;
  });
}

for (const [what, { accounts, login, plan }] of Object.entries(PLANS)) {
  Deno.test(`planImport(): ${what} is ${plan.join(" ")}`, () => {
    const made = planImport(accounts, login);
    const id = "account" in made ? [made.account.id] : [];
    assertEquals([made.disposition, ...id], [...plan]);
  });
}

Deno.test("importToken() writes a new sign-in into the file that is there", async () => {
  const old = token("ada", 60);
  await using pool = await setup({
    "mine.json": {
      note: "a person wrote this",
      refresh_token: "rt_old",
      access_token: old,
      label: "mine",
      codaze_previous: [tokenHash("rt_older")],
    },
  });
  const fresh = token("ada", 0);
  const imported = await pool.store.importToken(login(fresh));
  assert(imported.ok);
  assertEquals(imported.value.account.id, "mine");
  assertEquals(imported.value.account.refreshToken, "rt_new");
  assertEquals(await pool.read("mine.json"), {
    note: "a person wrote this",
    refresh_token: "rt_new",
    access_token: fresh,
    label: "mine",
  });
  const kept = await pool.read("trash/mine.json");
  assertEquals([kept["refresh_token"], kept["access_token"]], ["rt_old", old]);
  assertStringIncludes(String(kept["codaze_reason"]), "newer sign-in");
});

Deno.test("importToken() takes a dead account's file out of the trash", async () => {
  await using pool = await setup({
    "a.json": {
      note: "a person wrote this",
      refresh_token: "rt_old",
      access_token: token("ada", 60),
    },
  });
  const mine = pool.registry.get("a");
  assert(mine !== undefined);
  assert((await pool.store.trash(mine, "refresh_token_reused")).ok);
  assertEquals((await pool.names("trash")).length, 1);
  const older = token("ada", 600);
  const imported = await pool.store.importToken(login(older));
  assert(imported.ok);
  assertEquals([imported.value.account, mine.trashed], [mine, false]);
  assertEquals(await pool.read("a.json"), {
    note: "a person wrote this",
    refresh_token: "rt_new",
    access_token: older,
  });
});

Deno.test("importToken() keeps the layout of Codex's file", async () => {
  await using pool = await setup({
    "codex.json": {
      auth_mode: "chatgpt",
      tokens: {
        access_token: token("ada", 60),
        refresh_token: "rt_old",
        account_id: "home",
      },
    },
  });
  const fresh = token("ada", 0);
  const request = login(fresh, { idToken: fresh, label: "work" });
  assert((await pool.store.importToken(request)).ok);
  const file = await pool.read("codex.json");
  assertEquals(file["tokens"], {
    access_token: fresh,
    refresh_token: "rt_new",
    account_id: "home",
    id_token: fresh,
  });
  assertEquals([file["label"], file["auth_mode"]], ["work", "chatgpt"]);
});

Deno.test("importToken() ends a cooldown and the blame of an old sign-in", async () => {
  await using pool = await setup({
    "a.json": { refresh_token: "rt_old", access_token: token("ada", 60) },
  });
  const before = pool.registry.get("a");
  before?.failed({
    kind: "not_refreshed",
    message: "busy",
    retryAfterMs: 60_000,
  }, NOW);
  assertEquals(before?.status(NOW).state, "cooling");
  assert((await pool.store.importToken(login(token("ada", 0)))).ok);
  assertEquals(pool.registry.get("a"), before);
  assertEquals(before?.status(NOW).state, "serving");
});

Deno.test("importToken() does not write over a file that it cannot read", async () => {
  await using pool = await setup({
    "a.json": { refresh_token: "rt_old", access_token: token("ada", 60) },
  });
  await Deno.writeTextFile(`${pool.dir}/a.json`, "{ my notes");
  const imported = await pool.store.importToken(login(token("ada", 0)));
  assert(!imported.ok);
  assertStringIncludes(imported.error.message, 'Repair or remove "a.json"');
  assertEquals(await Deno.readTextFile(`${pool.dir}/a.json`), "{ my notes");
});

Deno.test("importToken() keeps no access token that nobody can read", async () => {
  await using pool = await setup();
  const imported = await pool.store.importToken(login("opaque"));
  assert(imported.ok);
  const file = await pool.read(`${imported.value.account.id}.json`);
  assertEquals(file, { refresh_token: "rt_new" });
});

Deno.test("importToken() waits for a refresh of the same account", async () => {
  await using pool = await setup({
    "a.json": { refresh_token: "rt_old", access_token: token("ada", 60) },
  });
  const mine = pool.registry.get("a");
  assert(mine !== undefined);
  const entry = await pool.store.openJournal(mine);
  assert(entry.ok);
  const importing = pool.store.importToken(login(token("ada", 0)));
  // As a refresh does it, which holds the lock: its token counts, then ours.
  const granted = {
    refreshToken: "rt_refreshed",
    accessToken: token("ada", 5),
    idToken: undefined,
  };
  await pool.store.takeGranted(mine, {
    sent: "rt_old",
    granted,
    entry: entry.value,
  });
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_refreshed");
  entry.value[Symbol.dispose]();
  const imported = await importing;
  assert(imported.ok);
  assertEquals(imported.value.disposition, "signed_in");
  assertEquals((await pool.read("a.json"))["refresh_token"], "rt_new");
  const kept = await pool.read("trash/a.json");
  assertEquals(kept["refresh_token"], "rt_refreshed");
});

for (const what of ["known", "signed_in"] as const) {
  Deno.test(`importToken() writes no file that it could not read again: ${what}`, async () => {
    const held = {
      refresh_token: "rt_1",
      access_token: token("ada", 60),
      notes: "n".repeat(1000),
    };
    await using pool = await setup({ "a.json": held });
    const imported = await pool.store.importToken({
      refreshToken: what === "known" ? "rt_1" : "rt_2",
      accessToken: token("ada", 0),
      // Less than 1 MiB, but more with the notes that are in the file.
      label: "x".repeat(1_048_000),
    });
    assert(!imported.ok);
    assertEquals(await pool.read("a.json"), held);
    await pool.store.scan();
    assertEquals(pool.ids(), ["a"]);
    assertEquals(pool.registry.invalidFiles, []);
  });
}

Deno.test("importToken() does not write over a copy of another login", async () => {
  const name = `${accountIdOf("rt_new")}.json`;
  await using pool = await setup({ "a.json": { refresh_token: "rt_a" } });
  // The copy is no account while nobody knows what its original will be.
  await pool.write("a.json", "{");
  await pool.write(name, { refresh_token: "rt_a" });
  const imported = await pool.store.importToken({ refreshToken: "rt_new" });
  assertEquals((await pool.read(name))["refresh_token"], "rt_a");
  assert(!imported.ok);
  assertStringIncludes(imported.error.message, `Rename "${name}"`);
});

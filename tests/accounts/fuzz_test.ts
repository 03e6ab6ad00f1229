/**
 * 10,000 damaged account files: nothing throws, nothing of a token is told,
 * nobody else is the worse for it.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  type AccountFile,
  parseAccountFile,
  withoutBom,
} from "../../lib/accounts/files/file.ts";
import { withTokens, withValues } from "../../lib/accounts/files/file_edit.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import {
  memberOf,
  type ObjectScan,
  scanObject,
} from "../../lib/protocol/json_edit.ts";
import { accountView } from "../../lib/server/admin/account_view.ts";
import { seeded } from "../support/random.ts";
import { CANARY, goodFile, mutated } from "./mutations.ts";
import { NOW, setup } from "../support/accounts.ts";

/** One character for each byte. */
const latin1 = new TextDecoder("latin1");

const FILES = 10_000;
const BATCH = 500;

Deno.test("10,000 damaged account files are read, or refused without a word of them", () => {
  const random = seeded(4);
  const reasons = new Map<string, number>();
  let read = 0;
  for (let n = 0; n < FILES; n++) {
    const bytes = mutated(random, n);
    const file = parseAccountFile(bytes);
    if (file.ok) {
      read++;
      assertEdits(bytes, file.value);
      continue;
    }
    const values = { codaze_reason: "x" };
    const noted = withValues(bytes, values);
    if (noted.ok) assertSameBut(bytes, noted.value, Object.keys(values));
    reasons.set(file.error, (reasons.get(file.error) ?? 0) + 1);
  }
  assert(read > 1000 && read < 9000, `${read} read`);
  for (const reason of reasons.keys()) assert(SENTENCES.has(reason), reason);
  assert(reasons.size > 10, [...reasons.keys()].join("\n"));
});

/** Whatever a file holds is in none of them. */
const SENTENCES: ReadonlySet<string> = new Set([
  '"access_token" must be a string',
  '"email" must be a string',
  '"label" must be a string',
  '"refresh_token" has characters that no token has',
  '"refresh_token" is longer than any token',
  '"refresh_token" is missing or empty',
  '"refresh_token" must be a string',
  '"tokens.access_token" must be a string',
  '"tokens.refresh_token" has characters that no token has',
  '"tokens.refresh_token" is longer than any token',
  '"tokens.refresh_token" is missing or empty',
  '"tokens.refresh_token" must be a string',
  "file is UTF-16: save it as UTF-8",
  "file is not a JSON object",
]);

/** What is written is read back, and no other byte is another one. */
function assertEdits(bytes: Uint8Array, file: AccountFile): void {
  const next: AccountFile = {
    ...file,
    refreshToken: "rt_new",
    accessToken: "at_new",
    idToken: "id_new",
    previous: [tokenHash(file.refreshToken)],
  };
  const edited = withTokens(bytes, next, NOW);
  assert(edited.ok, "withTokens() refuses what parseAccountFile() reads");
  assertEquals(parseAccountFile(edited.value), { ok: true, value: next });

  const inside = ["refresh_token", "access_token", "id_token"];
  if (file.layout === "plain") {
    const own = [...inside, "email", "codaze_previous"];
    return assertSameBut(bytes, edited.value, own);
  }
  const own = ["tokens", "last_refresh", "codaze_previous"];
  assertSameBut(bytes, edited.value, own);
  assertSameBut(inTokens(bytes), inTokens(edited.value), inside);
}

function assertSameBut(
  before: Uint8Array,
  after: Uint8Array,
  keys: readonly string[],
): void {
  assertEquals(others(after, keys), others(before, keys));
}

function others(bytes: Uint8Array, keys: readonly string[]) {
  const text = withoutBom(bytes);
  return scanned(text).members.filter(({ key }) => !keys.includes(key))
    .map(({ start, valueEnd }) => latin1.decode(text.slice(start, valueEnd)));
}

function inTokens(bytes: Uint8Array): Uint8Array {
  const member = memberOf(scanned(bytes), "tokens");
  assert(member !== undefined);
  return withoutBom(bytes).slice(member.valueStart, member.valueEnd);
}

function scanned(bytes: Uint8Array): ObjectScan {
  const scan = scanObject(withoutBom(bytes));
  assert(scan.ok);
  return scan.value;
}

Deno.test("10,000 damaged account files in the folder leave the others alone", async () => {
  const random = seeded(5);
  const good = Object.fromEntries(
    ["a", "b", "c"].map((id, n) => [`${id}.json`, goodFile(random, FILES + n)]),
  );
  await using pool = await setup(good);
  const mine = pool.registry.accounts();
  const tokens = mine.map(({ refreshToken }) => refreshToken);
  assertEquals(pool.ids(), ["a", "b", "c"]);
  let loaded = 0;
  let broken = 0;
  for (let batch = 0; batch < FILES / BATCH; batch++) {
    for (let n = 0; n < BATCH; n++) {
      const bytes = mutated(random, batch * BATCH + n);
      await Deno.writeFile(join(pool.dir, `fuzz${n}.json`), bytes);
    }
    await pool.store.scan();
    const { registry } = pool;
    assertEquals(mine.map(({ id }) => registry.get(id)), [...mine]);
    assertEquals(mine.map(({ refreshToken }) => refreshToken), tokens);
    loaded += registry.accounts().length - mine.length;
    broken += registry.invalidFiles.length;
    const shown = registry.accounts().map((account) => ({
      ...accountView(account, NOW),
      // A person's own words, whatever they have put there.
      label: null,
      email: null,
    }));
    assertNoToken(JSON.stringify([shown, registry.invalidFiles]));
    assertNoToken(pool.log.lines.join("\n"));
    assertEquals(
      new Set(registry.accounts().map(({ id }) => id)).size,
      registry.accounts().length,
    );
  }
  assert(loaded > 1000 && broken > 1000, `${loaded} loaded, ${broken} broken`);
  for (const [name, text] of Object.entries(good)) {
    assertEquals(await Deno.readTextFile(join(pool.dir, name)), text);
  }
  for (const name of await pool.names("trash").catch(() => [])) {
    assertNoToken(String((await pool.read(`trash/${name}`))["codaze_reason"]));
  }
});

function assertNoToken(text: string): void {
  const at = text.indexOf(CANARY);
  assert(at < 0, text.slice(Math.max(0, at - 80), at + 20));
}

/** What must hold of an account when its gateway was killed. */
import { join } from "@std/path";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import type { Ended } from "../support/codaze.ts";
import type { LogLine } from "../support/log.ts";
import { KILLED } from "../support/killable.ts";
import { filesBelow, isNote, keptTokens } from "./files.ts";
import { Restarted } from "./restarted.ts";
import { OTHERS, type Scene } from "./scene.ts";

/** How a token is told that was used up before. */
const SPENT = /was used before/;
/** How a loss is told. */
const LOST = /the answer to an earlier refresh was lost/;

export function checkKilled({ code, stderr }: Ended): void {
  assertEquals(code, KILLED, stderr);
  assert(!CANARY.test(stderr), "a token in the log");
}

/** Whether the server has rotated and no file holds the token it gave. */
export async function lostIn({ account, root }: Scene): Promise<boolean> {
  if (account.refreshCount === 0) return false;
  const kept = await keptTokens(root);
  return !kept.includes(account.currentRefreshToken());
}

/** It serves at once, and the token it has is good for another refresh. */
export async function checkSafe(scene: Scene): Promise<void> {
  await checkServes(scene);
  await checkMemory(scene);
}

async function checkServes(scene: Scene): Promise<void> {
  const { account, simulator } = scene;
  await using restarted = await Restarted.start(scene.flags());
  assert(await restarted.turn(), "the account does not serve");
  account.expireAccessTokens();
  assert(await restarted.turn(), "the account cannot be refreshed");
  assertEquals(simulator.violations, []);
  await checkFiles(scene);
  checkLog(restarted.log);
}

/**
 * The token that was put back has had its use: either what it was replaced by
 * is found and serves, or a person is told.
 */
export async function checkNotSent(scene: Scene): Promise<void> {
  await using restarted = await Restarted.start(scene.flags());
  const serves = await restarted.turn();
  assertEquals(scene.simulator.violations, []);
  if (serves) return await checkFiles(scene);
  assertMatch(String((await restarted.view())["last_error"]), SPENT);
}

/** The first token, used up by whichever gateway, is not sent once more. */
async function checkMemory(scene: Scene): Promise<void> {
  const { simulator } = scene;
  await scene.putBack();
  await using restarted = await Restarted.start(scene.flags());
  assertMatch(JSON.stringify(restarted.log.filter(isNamed)), SPENT);
  assert(!await restarted.turn(), "a file from a snapshot serves");
  const { routing_state, last_error } = await restarted.view();
  assertEquals(routing_state, "auth_invalid");
  assertMatch(String(last_error), SPENT);
  assertEquals(simulator.violations, []);
  checkLog(restarted.log);
}

/** The loss is told by name; a person signs in again, and all is well. */
export async function checkLost(scene: Scene): Promise<void> {
  const { account, simulator, dir } = scene;
  await using restarted = await Restarted.start(scene.flags());
  const told = JSON.stringify(restarted.log.filter(isNamed));
  assertMatch(told, /a refresh was interrupted/);
  assert(!await restarted.turn(), "the account serves although it is lost");
  const { routing_state, last_error } = await restarted.view();
  assertEquals(routing_state, "auth_invalid");
  assertMatch(String(last_error), LOST);
  assertMatch(JSON.stringify(restarted.log.filter(isNamed)), LOST);
  const trashed = await Deno.readTextFile(join(dir, "trash", "a.json"));
  assertMatch(JSON.parse(trashed).codaze_reason, LOST);
  assertEquals(simulator.violations, ['refresh token of "a" used twice']);

  const tokens = { refresh_token: account.signIn() };
  const text = JSON.stringify({ ...OTHERS, ...tokens });
  await Deno.writeTextFile(join(dir, "a.json"), text, { mode: 0o600 });
  while (!await restarted.turn());
  assertEquals(await leftovers(scene), ["accounts/trash/a.json"]);
  checkLog(restarted.log);
}

function isNamed({ fields }: LogLine): boolean {
  return fields["account"] === "a" || fields["file"] === "a.json";
}

function checkLog(log: readonly LogLine[]): void {
  assert(!CANARY.test(JSON.stringify(log)), "a token in the log");
}

/** Nothing half done is left; the file is whole and what was not ours is. */
export async function checkFiles(scene: Scene): Promise<void> {
  const { account } = scene;
  assertEquals(await leftovers(scene), []);
  const file = JSON.parse(await Deno.readTextFile(scene.file));
  const { refresh_token } = file.tokens ?? file;
  assertEquals(refresh_token, account.currentRefreshToken());
  for (const [key, value] of Object.entries(OTHERS)) {
    assertEquals(file[key], value);
  }
  const { mode } = await Deno.stat(scene.file);
  assertEquals((mode ?? 0) & 0o777, 0o600);
}

async function leftovers({ root }: Scene): Promise<readonly string[]> {
  const files = await filesBelow(root);
  return files.filter((path) =>
    !isNote(path) && !/^(accounts\/a|codex\/auth).json$/.test(path)
  );
}

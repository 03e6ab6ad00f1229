/** What is in a folder of accounts and below it. */
import { join } from "@std/path";
import { STATE_FILE } from "../../lib/accounts/state/state_keeper.ts";
import { RUNNING_FOLDER } from "../../lib/accounts/sync/running.ts";
import {
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import { USAGE_FOLDER } from "../../lib/usage/usage_folder.ts";

/** Of gateways that run or were killed, and what they remember. */
const NOTES: ReadonlySet<string> = new Set([
  RUNNING_FOLDER,
  STATE_FILE,
  USAGE_FOLDER,
]);

/** Notes of spent tokens stay for good; they are no half-done work. */
export function isNote(path: string): boolean {
  return path.endsWith(".spent");
}

/**
 * Paths relative to `root`. Links are left out, and so are the notes of
 * gateways that run, or were killed and left them to the next, and the ledger.
 */
export async function filesBelow(
  root: string,
  sub = "",
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(join(root, sub))) {
    const path = join(sub, entry.name);
    if (NOTES.has(entry.name)) continue;
    if (entry.isDirectory) found.push(...await filesBelow(root, path));
    if (entry.isFile) found.push(path);
  }
  return found;
}

/** The refresh tokens in account files and in the side files of refreshes. */
export async function keptTokens(root: string): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const path of await filesBelow(root)) {
    if (path.endsWith(".tmp")) continue;
    const text = await Deno.readTextFile(join(root, path));
    for (const json of [text, ...text.split("\n")]) {
      const object = parseObject(json) ?? {};
      const holder = objectField(object, "tokens") ?? object;
      const token = stringField(holder, "refresh_token");
      if (token !== undefined) kept.push(token);
    }
  }
  return kept;
}

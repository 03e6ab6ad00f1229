/**
 * At the start: deals with what interrupted refreshes have left behind.
 *
 * Tokens that only a side file has go into the account file. A refresh without
 * a known answer is logged with its account: the next refresh will show whether
 * the login is lost. Other leftovers are removed, also in the folders that
 * links point to.
 */

import { exists } from "@std/fs";
import { basename, dirname, join } from "@std/path";
import type { Log, Runtime } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";
import { reasonOf, removeLeftovers } from "../files/durable.ts";
import {
  type GrantedTokens,
  JOURNAL_FOLDER,
  JournalEntry,
  journalPath,
} from "./journal.ts";
import type { Registry } from "../pool/registry.ts";
import { isSpentName, retire } from "./spent.ts";
import { tokenHash } from "../files/digest.ts";

export const INTERRUPTED =
  "a refresh was interrupted: if its answer was lost, " +
  "this account will need a new sign-in";

export interface RecoveryOptions {
  readonly dir: string;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly after: Runtime["after"];
  readonly log: Log;
  readonly take: (account: Account, found: Found) => Promise<void>;
}

interface Found {
  readonly sent: string;
  readonly granted: GrantedTokens;
  readonly entry: JournalEntry;
}

export async function recover(options: RecoveryOptions): Promise<void> {
  const { dir, registry, log } = options;
  const refused: string[] = [];
  // One unreadable folder must not stop the recovery of the others.
  const attempt = (work: Promise<void>) =>
    work.catch((error) => void refused.push(reasonOf(error)));

  const current = new Set<string>();
  const folders = new Set([dir]);
  for (const account of registry.accounts()) {
    // The token of a signed-out account is never sent again.
    if (account.trashed) continue;
    const real = await realPath(dir, account);
    const path = sideOf(real, tokenHash(account.refreshToken));
    current.add(basename(path));
    await attempt(recoverAccount(account, path, options));
    if (folders.has(dirname(real))) continue;
    folders.add(dirname(real));
    await attempt(clearBeside(real));
  }
  for (const folder of folders) await attempt(sweep(folder, current, options));
  const [reason] = refused;
  if (reason === undefined) return;
  log.error(
    "side files of refreshes cannot be read; make sure that this user may " +
      "read and write them",
    { reason, times: refused.length },
  );
}

async function clearBeside(real: string): Promise<void> {
  await removeLeftovers(dirname(real), basename(real));
}

/** A file of the accounts dir, and the refresh token in it. */
export type Holder = Pick<Account, "fileName" | "refreshToken">;

/**
 * The side file of the account's token, or of the token with this digest. It is
 * beside the real account file: every process that reaches that file by a link
 * finds it there.
 */
export async function sidePath(
  dir: string,
  holder: Holder,
  hash: string = tokenHash(holder.refreshToken),
): Promise<string> {
  return sideOf(await realPath(dir, holder), hash);
}

async function realPath(dir: string, { fileName }: Holder): Promise<string> {
  const path = join(dir, fileName);
  return await Deno.realPath(path).catch(() => path);
}

function sideOf(realPath: string, hash: string): string {
  return journalPath(dirname(realPath), hash);
}

async function recoverAccount(
  account: Account,
  path: string,
  { after, now, log, take }: RecoveryOptions,
): Promise<void> {
  if (!await exists(path)) return;
  const opened = await JournalEntry.open(path, { after, waitMs: 0 });
  // Another process holds the lock.
  if (!opened.ok) return;
  using entry = opened.value;
  const { record } = entry;
  if (record === undefined) return await entry.clear();

  const fields = { account: account.id, label: account.label };
  if (record.granted === undefined) {
    account.noted(INTERRUPTED, now());
    log.warn(INTERRUPTED, fields);
    return;
  }
  log.warn("tokens of an interrupted refresh recovered", fields);
  const sent = account.refreshToken;
  await take(account, { sent, granted: record.granted, entry });
}

/** Removes side files of tokens that no account uses any more. */
async function sweep(
  parent: string,
  current: ReadonlySet<string>,
  { registry, after }: RecoveryOptions,
): Promise<void> {
  const folder = join(parent, JOURNAL_FOLDER);
  if (!await exists(folder)) return;
  const replaced = new Set(
    registry.accounts().flatMap(({ file }) => file.previous)
      .map((hash) => basename(journalPath(parent, hash))),
  );
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    if (current.has(name) || isSpentName(name)) continue;
    const path = join(folder, name);
    const opened = await JournalEntry.open(path, { after, waitMs: 0 });
    if (!opened.ok) continue;
    using entry = opened.value;
    const { record } = entry;
    if (record !== undefined && replaced.has(name)) await retire(entry);
    // Tokens of a missing account stay: its file may come back.
    else if (record?.granted === undefined) await entry.clear();
  }
}

/**
 * Brings the accounts in memory in line with the files that were found.
 *
 * Reads no disk. Two rules matter most: of two tokens of one login the newer
 * stays, wherever it is, because using the older one again can cost the whole
 * login; and one login is one account.
 */

import { Account } from "./account.ts";
import { adopt, isBehind } from "./adopt.ts";
import type { AccountFile } from "./file.ts";
import type { FoundFile } from "./folder.ts";
import { tokenHash } from "./token_id.ts";

export interface Reconciled {
  readonly accounts: readonly Account[];
  /** Accounts whose file is no longer there. */
  readonly vanished: readonly Account[];
  /** Files that hold a login which another file holds as well. */
  readonly surplus: readonly Surplus[];
  /** Accounts that know a newer token than their file. */
  readonly ahead: readonly Account[];
}

export interface Surplus {
  readonly file: FoundFile;
  readonly reason: string;
}

/** A good file with the account of its name or its token, if one is loaded. */
interface Entry {
  readonly found: FoundFile;
  readonly file: AccountFile;
  readonly account: Account | undefined;
  /** The token that counts: the account's, where the file is behind. */
  readonly token: string;
}

/**
 * `known` are the loaded accounts, `gone` those whose file vanished earlier:
 * a file that comes back finds its account with everything it knew.
 */
export function reconcile(
  found: readonly FoundFile[],
  known: readonly Account[],
  gone: readonly Account[],
): Reconciled {
  const byName = new Map(known.map((account) => [account.fileName, account]));
  const names = new Set(found.map(({ name }) => name));
  const loose = known.filter((one) => !names.has(one.fileName)).concat(gone);
  const entries: Entry[] = [];
  for (const one of found) {
    if (!one.parsed.ok) continue;
    const file = one.parsed.value;
    const account = byName.get(one.name) ?? findByToken(file, loose);
    entries.push(entryOf(one, file, account));
  }
  const { kept, surplus } = withoutSurplus(entries);

  const accounts: Account[] = [];
  const ahead: Account[] = [];
  for (const entry of kept) {
    const account = settle(entry);
    accounts.push(account);
    if (account.refreshToken !== entry.file.refreshToken) ahead.push(account);
  }
  const used = new Set(accounts);
  const dropped = new Set(surplus.map(({ file }) => file.name));
  const vanished: Account[] = [];
  for (const account of known) {
    if (used.has(account) || dropped.has(account.fileName)) continue;
    // A broken file keeps its account; so does one that we threw away.
    const stays = names.has(account.fileName) || account.trashed;
    (stays ? accounts : vanished).push(account);
  }
  return { accounts, vanished, surplus, ahead };
}

function entryOf(
  found: FoundFile,
  file: AccountFile,
  account: Account | undefined,
): Entry {
  const behind = account !== undefined && isBehind(file, account);
  const token = behind ? account.refreshToken : file.refreshToken;
  return { found, file, account, token };
}

/** The account of a file that was renamed, or that has come back. */
function findByToken(
  file: AccountFile,
  loose: readonly Account[],
): Account | undefined {
  return loose.find((one) => one.refreshToken === file.refreshToken) ??
    loose.find((one) => isBehind(file, one));
}

/** One entry per login: loaded before new, then the oldest, then by name. */
function withoutSurplus(entries: readonly Entry[]): {
  readonly kept: readonly Entry[];
  readonly surplus: readonly Surplus[];
} {
  const kept = new Map<string, Entry>();
  const surplus: Surplus[] = [];
  for (const entry of [...entries].sort(bySeniority)) {
    const older = kept.get(entry.token);
    if (older === undefined) {
      kept.set(entry.token, entry);
      continue;
    }
    const reason = `duplicate of ${older.found.name}`;
    surplus.push({ file: entry.found, reason });
  }
  for (const entry of [...kept.values()]) {
    const newer = replacedBy(entry, kept);
    if (newer === undefined) continue;
    kept.delete(entry.token);
    const reason = `holds a token that ${newer.found.name} has replaced`;
    surplus.push({ file: entry.found, reason });
  }
  return { kept: [...kept.values()], surplus };
}

function bySeniority(a: Entry, b: Entry): number {
  return rank(a) - rank(b) ||
    a.found.createdAt - b.found.createdAt ||
    (a.found.name < b.found.name ? -1 : 1);
}

/** The file an account works from, then one that is behind, then new ones. */
function rank({ account, token, file }: Entry): number {
  if (account?.refreshToken !== token) return 2;
  return file.refreshToken === token ? 0 : 1;
}

function replacedBy(
  entry: Entry,
  kept: ReadonlyMap<string, Entry>,
): Entry | undefined {
  const hash = tokenHash(entry.token);
  for (const other of kept.values()) {
    if (other === entry) continue;
    const previous = other.account?.file.previous ?? [];
    if (other.file.previous.includes(hash) || previous.includes(hash)) {
      return other;
    }
  }
  return undefined;
}

/** Gives the entry's account what the file says, or makes a new one. */
function settle({ found, file, account }: Entry): Account {
  if (account === undefined) {
    return new Account(found.name, file, found.createdAt);
  }
  account.renamed(found.name);
  adopt(account, file);
  return account;
}

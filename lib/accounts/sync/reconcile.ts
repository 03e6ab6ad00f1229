/**
 * Brings the accounts in memory in line with the files that were found.
 *
 * Touches no disk. Two rules matter most: of two tokens of one login the newer
 * stays, wherever it is, because sending the older one again can end the whole
 * login; and one login is one account.
 */

import { Account } from "../pool/account.ts";
import { applyFile, isForeign } from "./apply_file.ts";
import type { FoundFile } from "../files/folder.ts";
import { type Entry, matchFiles } from "./match.ts";
import { tokenHash } from "../files/digest.ts";

export interface Reconciled {
  readonly accounts: readonly Account[];
  /** Accounts whose file, or whose login, is no longer there. */
  readonly vanished: readonly Account[];
  /** Files that hold the same login as another file. */
  readonly surplus: readonly Surplus[];
  /** Accounts that have a newer token than their file. */
  readonly ahead: readonly Account[];
}

export interface Surplus {
  readonly file: FoundFile;
  readonly reason: string;
}

export interface Folder {
  readonly found: readonly FoundFile[];
  /** The loaded accounts. */
  readonly known: readonly Account[];
  /**
   * Accounts whose file vanished earlier. If the file comes back, so does the
   * account, with everything it knew.
   */
  readonly gone: readonly Account[];
  /** Loaded accounts without a file that is perhaps just being saved. */
  readonly awaited: ReadonlySet<Account>;
}

export function reconcile(folder: Folder): Reconciled {
  const { found, known, gone } = folder;
  const staying = withoutFile(folder);
  const entries = matchFiles(found, known, gone)
    .filter((entry) => isDecided(entry, staying));
  const { kept, surplus } = withoutSurplus(entries);

  const accounts = new Set<Account>();
  const ahead: Account[] = [];
  const vanished: Account[] = [];
  for (const entry of kept) {
    const { account } = entry;
    // A second file with a newer token than the account becomes a new account.
    const own = account !== undefined && !accounts.has(account);
    if (own && isForeign(entry.file, account)) vanished.push(former(account));
    const settled = bringInLine(own ? account : fresh(entry), entry);
    accounts.add(settled);
    if (settled.refreshToken !== entry.file.refreshToken) ahead.push(settled);
  }
  for (const account of known) {
    if (accounts.has(account)) continue;
    if (staying.has(account)) accounts.add(account);
    else vanished.push(account);
  }
  return { accounts: [...accounts], vanished, surplus, ahead };
}

/** Accounts that stay although their file is missing or broken. */
function withoutFile({ found, known, awaited }: Folder): ReadonlySet<Account> {
  const broken = new Set(
    found.filter(({ isRemoved, parsed }) => !parsed.ok && !isRemoved)
      .map(({ name }) => name),
  );
  return new Set(
    known.filter((account) =>
      account.trashed || awaited.has(account) || broken.has(account.fileName)
    ),
  );
}

/**
 * False for a second file of an account whose own file is missing or broken,
 * perhaps while it is saved: it may be a copy, so it is neither a new account
 * nor a new name until that is over.
 */
function isDecided(
  { account, found, isAhead }: Entry,
  staying: ReadonlySet<Account>,
): boolean {
  return account === undefined || account.trashed || !staying.has(account) ||
    account.fileName === found.name || isAhead;
}

/** One entry per login: the first by seniority. */
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
  const replacers = replacersOf([...kept.values()]);
  for (const [token, entry] of kept) {
    const newer = replacers.get(tokenHash(token))
      ?.find((other) => other !== entry && kept.has(other.token));
    if (newer === undefined) continue;
    kept.delete(token);
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

/**
 * Lowest first: a newer token than the account's, the account's token, an older
 * one, a file without an account. Of equal ones, the file with the account's
 * name is first. A file with an older token must not displace one that has the
 * newer token on disk.
 */
function rank({ found, file, account, token, isAhead }: Entry): number {
  if (isAhead) return 0;
  if (account?.refreshToken !== token) return 5;
  const behind = file.refreshToken === token ? 1 : 3;
  return behind + (account.fileName === found.name ? 0 : 1);
}

/** By the digest of a token: the entries that have replaced it. */
function replacersOf(
  entries: readonly Entry[],
): ReadonlyMap<string, readonly Entry[]> {
  const replacers = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { file, account, isAhead } = entry;
    const hashes = new Set(file.previous);
    for (const hash of account?.file.previous ?? []) hashes.add(hash);
    if (account && isAhead) hashes.add(tokenHash(account.refreshToken));
    for (const hash of hashes) {
      const others = replacers.get(hash);
      if (others === undefined) replacers.set(hash, [entry]);
      else others.push(entry);
    }
  }
  return replacers;
}

function fresh({ found, file }: Entry): Account {
  return new Account(found.name, file, found.createdAt);
}

/** The account with its present login, whose file may come back. */
function former(account: Account): Account {
  const login = new Account(account.fileName, account.file, account.createdAt);
  if (account.persistPending) login.unsaved();
  return login;
}

/** Brings the account in line with its file. */
function bringInLine(account: Account, { found, file }: Entry): Account {
  account.renamed(found.name);
  applyFile(account, file);
  return account;
}

/**
 * Brings the accounts in memory in line with the files that were found.
 *
 * Reads no disk. Two rules matter most: of two tokens of one login the newer
 * stays, wherever it is, because using the older one again can cost the whole
 * login; and one login is one account.
 */

import { Account } from "./account.ts";
import { adopt, isForeign } from "./adopt.ts";
import type { FoundFile } from "./folder.ts";
import { type Entry, matchFiles } from "./match.ts";
import { tokenHash } from "./token_id.ts";

export interface Reconciled {
  readonly accounts: readonly Account[];
  /** Accounts whose file, or whose login, is no longer there. */
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

export interface Folder {
  readonly found: readonly FoundFile[];
  /** The loaded accounts. */
  readonly known: readonly Account[];
  /**
   * Accounts whose file vanished earlier: a file that comes back finds its
   * account with everything it knew.
   */
  readonly gone: readonly Account[];
  /** Loaded accounts whose file may be on its way back: it is being saved. */
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
    // Two files went on from one token: the second is a login of its own.
    const own = account !== undefined && !accounts.has(account);
    if (own && isForeign(entry.file, account)) vanished.push(former(account));
    const settled = settle(own ? account : fresh(entry), entry);
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

/** Accounts that stay without a file that can be read. */
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
 * A copy of a file that is just being saved waits until that is over: neither
 * is it an account of its own, nor a new name of that one.
 */
function isDecided(
  { account, found, isAhead }: Entry,
  staying: ReadonlySet<Account>,
): boolean {
  return account === undefined || account.trashed || !staying.has(account) ||
    account.fileName === found.name || isAhead;
}

/** One entry per login; of several the one that knows it best. */
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
 * The file that has gone on, then the one the account works from, then others
 * with its token, those that are behind, and what nobody knows. A file that is
 * behind must not stay instead of another that has the newer token on disk.
 */
function rank({ found, file, account, token, isAhead }: Entry): number {
  if (isAhead) return 0;
  if (account?.refreshToken !== token) return 5;
  const behind = file.refreshToken === token ? 1 : 3;
  return behind + (account.fileName === found.name ? 0 : 1);
}

/** By the digest of a token: whose file or account says it has replaced it. */
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

/** The login that an account has had: its file may come back as well. */
function former(account: Account): Account {
  const login = new Account(account.fileName, account.file, account.createdAt);
  login.persistPending = account.persistPending;
  return login;
}

/** Gives the account what the file says; a new one has it already. */
function settle(account: Account, { found, file }: Entry): Account {
  account.renamed(found.name);
  adopt(account, file);
  return account;
}

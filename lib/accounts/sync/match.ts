/**
 * Which account each file belongs to.
 *
 * A file belongs to the account whose token it holds, whether current, older or
 * newer, and whatever the file's name is. Only a file with an unknown login is
 * matched by its name. Touches no disk.
 */

import type { Account } from "../pool/account.ts";
import { isAhead, isBehind, isLater } from "./apply_file.ts";
import type { AccountFile } from "../files/file.ts";
import type { FoundFile } from "../files/folder.ts";
import { tokenHash } from "../files/digest.ts";

/** A file that could be read, with the account it belongs to, if any. */
export interface Entry {
  readonly found: FoundFile;
  readonly file: AccountFile;
  readonly account: Account | undefined;
  /** The token that counts: the account's, if the file has an older one. */
  readonly token: string;
  /** Whether that token has replaced the account's. */
  readonly isAhead: boolean;
}

/** `known` are the loaded accounts, `gone` those whose file vanished earlier. */
export function matchFiles(
  found: readonly FoundFile[],
  known: readonly Account[],
  gone: readonly Account[],
): readonly Entry[] {
  const logins = new Logins([...known, ...gone]);
  const files = found.flatMap((one) =>
    one.parsed.ok ? [{ found: one, file: one.parsed.value }] : []
  );
  const byName = new Map(known.map((account) => [account.fileName, account]));
  const owners = files.map(({ found, file }) =>
    logins.find(file, byName.get(found.name))
  );
  const claimed = new Set(owners);
  return files.map(({ found, file }, i) => {
    const named = byName.get(found.name);
    const account = owners[i] ?? (claimed.has(named) ? undefined : named);
    return account === undefined
      ? { found, file, account, token: file.refreshToken, isAhead: false }
      : { found, file, account, ...standing(file, found.name, account) };
  });
}

function standing(file: AccountFile, name: string, account: Account) {
  const isOwn = account.fileName === name;
  const behind = isBehind(file, account);
  return {
    token: behind ? account.refreshToken : file.refreshToken,
    isAhead: isAhead(file, account) || isOwn && isLater(file, account),
  };
}

/** The accounts by the digests of the tokens they have and had. */
class Logins {
  readonly #current = new Map<string, Account[]>();
  readonly #previous = new Map<string, Account[]>();

  constructor(accounts: readonly Account[]) {
    for (const account of accounts) {
      add(this.#current, tokenHash(account.refreshToken), account);
      for (const hash of account.file.previous) {
        add(this.#previous, hash, account);
      }
    }
  }

  /**
   * The account that has the file's login; `named` is the one that has the
   * file's name. An account with a newer token than the file comes first.
   */
  find(file: AccountFile, named: Account | undefined): Account | undefined {
    const hash = tokenHash(file.refreshToken);
    const newer = (this.#previous.get(hash) ?? [])
      .filter((account) => isBehind(file, account));
    const own = newer.find((account) => account === named) ?? newer[0];
    if (own !== undefined) return own;
    if (named !== undefined && isBehind(file, named)) return named;

    const same = this.#current.get(hash) ?? [];
    const exact = same.find((account) => account === named) ?? same[0];
    if (exact !== undefined) return exact;
    if (named !== undefined && isLater(file, named)) return named;

    return file.previous.flatMap((replaced) =>
      this.#current.get(replaced) ?? []
    )
      .find((account) => isAhead(file, account));
  }
}

function add(
  map: Map<string, Account[]>,
  hash: string,
  account: Account,
): void {
  const there = map.get(hash);
  if (there === undefined) map.set(hash, [account]);
  else there.push(account);
}

/**
 * Whose account a row of the ledger is about: a hash, so that the files name
 * nobody. It stays the same when the account's file is renamed or its person
 * signs in again.
 */
import type { Account } from "../accounts/pool/account.ts";
import type { Login } from "../accounts/pool/credential.ts";
import { personIn, personOf } from "../accounts/pool/person.ts";
import { node } from "../std/node.ts";

/** Reading tokens costs more than all else of a turn's figures. */
const KNOWN = new WeakMap<Login, string>();

/** By the person; by the file, where the tokens name no person. */
export function ownerOf(account: Account): string {
  const known = KNOWN.get(account.login);
  if (known !== undefined) return known;
  const person = personIn(account.file) ??
    personOf(account.credential?.claims ?? {});
  // A later token may name the person.
  if (person === undefined) return hash(`file ${account.id}`);
  const owner = hash(`person ${person}`);
  KNOWN.set(account.login, owner);
  return owner;
}

/** The account of each owner; of duplicates, the one that serves. */
export function accountsByOwner(
  accounts: readonly Account[],
): ReadonlyMap<string, Account> {
  const found = new Map<string, Account>();
  for (const account of accounts) {
    // Before its tokens named the person, it was known by its file.
    const owners = [ownerOf(account), hash(`file ${account.id}`)];
    for (const owner of owners) {
      const other = found.get(owner);
      const isBetter = other === undefined ||
        (other.duplicateOf !== undefined && account.duplicateOf === undefined);
      if (isBetter) found.set(owner, account);
    }
  }
  return found;
}

function hash(text: string): string {
  return node().crypto.createHash("sha256").update(`usage of ${text}`).digest(
    "hex",
  )
    .slice(0, 32);
}

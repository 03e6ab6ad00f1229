/**
 * What a loaded account takes over from its file. Touches no disk.
 *
 * Of two tokens of one login the newer one wins, wherever it is: sending the
 * older one again can end the whole login (docs/client.md, "Refreshing").
 */

import { MAX_PREVIOUS } from "../../limits.ts";
import type { Account } from "../pool/account.ts";
import type { AccountFile } from "../files/file.ts";
import { isSamePerson, issuedAt } from "../pool/person.ts";
import { tokenHash } from "../files/digest.ts";

/**
 * Whether the file holds an older token than the account: one whose digest the
 * account remembers, or one of the same person with an earlier access token.
 * Dates do not count for an invalid account: its token is dead.
 */
export function isBehind(file: AccountFile, account: Account): boolean {
  const { refreshToken, previous } = account.file;
  if (account.trashed || file.refreshToken === refreshToken) return false;
  if (isAhead(file, account)) return false;
  return previous.includes(tokenHash(file.refreshToken)) ||
    !account.isInvalid && isOlder(file, account.file);
}

/**
 * Whether the account's own file has a newer token, by its date: the official
 * client does not note which token it has replaced.
 */
export function isLater(file: AccountFile, account: Account): boolean {
  return file.refreshToken !== account.refreshToken && !account.trashed &&
    isOlder(account.file, file);
}

/** Whether the file notes that its token has replaced the account's. */
export function isAhead(file: AccountFile, account: Account): boolean {
  const { refreshToken, previous } = account.file;
  return file.refreshToken !== refreshToken &&
    !previous.includes(tokenHash(file.refreshToken)) &&
    file.previous.includes(tokenHash(refreshToken));
}

/**
 * Whether nothing shows that the file holds the account's login: taking it
 * means forgetting the account's own.
 */
export function isForeign(file: AccountFile, account: Account): boolean {
  return !account.trashed && file.refreshToken !== account.refreshToken &&
    !isBehind(file, account) && !isAhead(file, account) &&
    !isSamePerson(file, account.file);
}

/**
 * Takes over what a file says about a loaded account; from a file with an older
 * token, everything but the tokens.
 */
export function applyFile(account: Account, found: AccountFile): void {
  if (account.trashed) return account.signedIn(found);
  const { refreshToken, accessToken, idToken, previous } = account.file;
  const file = { ...found, previous: merged(previous, found.previous) };
  if (file.refreshToken === refreshToken) return account.reread(file);
  if (isBehind(found, account)) {
    // Remember the digest: so far, maybe only the date shows that it is older.
    const older = merged([tokenHash(found.refreshToken)], file.previous);
    const ours = { refreshToken, accessToken, idToken, previous: older };
    return account.reread({ ...file, ...ours });
  }
  if (isAhead(found, account)) return account.rotatedElsewhere(file);
  if (!isForeign(found, account)) return takeSignIn(account, found);
  // A person who edits only the token leaves the former login's digests.
  const own = found.previous.filter((hash) => !previous.includes(hash));
  account.signedIn({ ...found, previous: own });
}

/** Takes over a new sign-in of the same person, whatever its date. */
export function takeSignIn(account: Account, found: AccountFile): void {
  const { refreshToken, previous } = account.file;
  const known = merged(previous, found.previous);
  const replaced = merged(known, [tokenHash(refreshToken)]);
  account.signedIn({ ...found, previous: replaced });
}

function isOlder(found: AccountFile, ours: AccountFile): boolean {
  if (!isSamePerson(found, ours)) return false;
  const [then, now] = [issuedAt(found), issuedAt(ours)];
  return then !== undefined && now !== undefined && then < now;
}

function merged(
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] {
  return [...new Set([...ours, ...theirs])].slice(-MAX_PREVIOUS);
}

/**
 * What a loaded account takes over from its file.
 *
 * The newer token of one login wins, wherever it is: using the older one again
 * can cost the whole login (C13, `refresh_token_reused`).
 */

import type { Account } from "./account.ts";
import { type AccountFile, MAX_PREVIOUS } from "./file.ts";
import { isSamePerson, issuedAt } from "./person.ts";
import { tokenHash } from "./token_id.ts";

/**
 * Whether the file holds a token that the account has replaced since: one that
 * it remembers, or the same person's with an access token of an earlier date.
 * A dead account has nothing newer, whatever its date.
 */
export function isBehind(file: AccountFile, account: Account): boolean {
  const { refreshToken, previous } = account.file;
  if (account.trashed || file.refreshToken === refreshToken) return false;
  if (isAhead(file, account)) return false;
  return previous.includes(tokenHash(file.refreshToken)) ||
    !account.isInvalid && isOlder(file, account.file);
}

/**
 * Whether the file, which is the account's own, has gone on without a note: the
 * official client leaves none of the token that it has replaced.
 */
export function isLater(file: AccountFile, account: Account): boolean {
  return file.refreshToken !== account.refreshToken && !account.trashed &&
    isOlder(account.file, file);
}

/** Whether the file says that its token has replaced the account's. */
export function isAhead(file: AccountFile, account: Account): boolean {
  const { refreshToken, previous } = account.file;
  return file.refreshToken !== refreshToken &&
    !previous.includes(tokenHash(file.refreshToken)) &&
    file.previous.includes(tokenHash(refreshToken));
}

/**
 * Whether the file holds a login of which nothing says that it is the
 * account's: to adopt it is to forget the account's own.
 */
export function isForeign(file: AccountFile, account: Account): boolean {
  return !account.trashed && file.refreshToken !== account.refreshToken &&
    !isBehind(file, account) && !isAhead(file, account) &&
    !isSamePerson(file, account.file);
}

/**
 * Takes over what a file says of a loaded account; of a file that is behind,
 * all but the tokens.
 */
export function adopt(account: Account, found: AccountFile): void {
  if (account.trashed) return account.signedIn(found);
  const { refreshToken, accessToken, idToken, previous } = account.file;
  const file = { ...found, previous: merged(previous, found.previous) };
  if (file.refreshToken === refreshToken) return account.reread(file);
  if (isBehind(found, account)) {
    // Known from its date only, it is from now on known by its digest.
    const older = merged([tokenHash(found.refreshToken)], file.previous);
    const ours = { refreshToken, accessToken, idToken, previous: older };
    return account.reread({ ...file, ...ours });
  }
  if (isAhead(found, account)) return account.rotatedElsewhere(file);
  if (!isForeign(found, account)) return takeSignIn(account, found);
  // Whoever edits only the token leaves the notes of the former login.
  const own = found.previous.filter((hash) => !previous.includes(hash));
  account.signedIn({ ...found, previous: own });
}

/** Takes over a new sign-in of the account's person, whatever its date. */
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

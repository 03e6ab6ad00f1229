/**
 * What a loaded account takes over from its file.
 *
 * The newer token of one login wins, wherever it is: using the older one again
 * can cost the whole login (C13, `refresh_token_reused`).
 */

import type { Account } from "./account.ts";
import { type AccountFile, MAX_PREVIOUS } from "./file.ts";
import { tokenHash } from "./token_id.ts";

/** Whether the file holds a token that the account has replaced since. */
export function isBehind(file: AccountFile, account: Account): boolean {
  const { refreshToken, previous } = account.file;
  return file.refreshToken !== refreshToken && previous.length > 0 &&
    previous.includes(tokenHash(file.refreshToken));
}

/**
 * Takes over what a file says of a loaded account; of a file that is behind,
 * all but the tokens.
 */
export function adopt(account: Account, found: AccountFile): void {
  const { refreshToken, accessToken, idToken, previous } = account.file;
  const file = { ...found, previous: merged(previous, found.previous) };
  if (account.trashed) return account.signedIn(found);
  if (file.refreshToken === refreshToken) return account.reread(file);
  if (isBehind(file, account)) {
    return account.reread({ ...file, refreshToken, accessToken, idToken });
  }
  const rotated = found.previous.includes(tokenHash(refreshToken));
  return rotated ? account.rotatedElsewhere(file) : account.signedIn(file);
}

function merged(
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] {
  return [...new Set([...ours, ...theirs])].slice(-MAX_PREVIOUS);
}

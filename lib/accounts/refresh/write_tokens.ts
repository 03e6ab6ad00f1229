/**
 * Writes the tokens of an account into its file, wherever that file is now.
 *
 * Reads the file again first, to keep what a person has changed in the
 * meantime. Never overwrites another sign-in, not even one that the official
 * client is just writing.
 */

import { join } from "@std/path";
import { MAX_PREVIOUS } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";
import { lockAccountFile } from "../files/client_lock.ts";
import { credentialIn } from "../pool/credential.ts";
import type { AccountFile } from "../files/file.ts";
import { newAccountFile, withTokens } from "../files/file_edit.ts";
import {
  type FoundFile,
  listFolder,
  readAccountFile,
} from "../files/folder.ts";
import type { GrantedTokens } from "./journal.ts";
import { tokenHash } from "../files/digest.ts";
import { writeReadable } from "../files/write_account.ts";

/**
 * `file` after a refresh. Tokens that the server did not send stay as they were
 * (docs/client.md, "Refreshing").
 */
export function rotated(
  file: AccountFile,
  tokens: GrantedTokens,
): AccountFile {
  const { refreshToken, accessToken, idToken } = tokens;
  const credential = credentialIn({ accessToken, idToken });
  const usable = credential === undefined ? file.accessToken : accessToken;
  const replaced = refreshToken === file.refreshToken
    ? []
    : [tokenHash(file.refreshToken)];
  const previous = file.previous.filter((hash) => !replaced.includes(hash));
  return {
    ...file,
    refreshToken,
    accessToken: usable,
    idToken: idToken ?? file.idToken,
    email: file.email ?? credential?.claims.email,
    previous: [...previous, ...replaced].slice(-MAX_PREVIOUS),
  };
}

export interface WriteTokensOptions {
  readonly next: AccountFile;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether to replace a file that is not an account any more. */
  readonly force: boolean;
  readonly after: Runtime["after"];
}

/** Writes `next` for `account`; returns the file as written. */
export async function writeTokens(
  dir: string,
  account: Account,
  { next, now, force, after }: WriteTokensOptions,
): Promise<Result<AccountFile, string>> {
  const there = await locate(dir, account, next);
  if (!there.ok) return there;
  const target = targetOf(there.value, account);
  using _locks = await lockAccountFile(dir, target, after);

  // The holder of the locks may have written it. If so, the next scan tries
  // again.
  const found = await locate(dir, account, next);
  if (!found.ok) return found;
  const { fileName, layout } = targetOf(found.value, account);
  if (fileName !== target.fileName || layout !== target.layout) {
    return err("the account file was replaced meanwhile");
  }
  const { name, bytes, parsed, unreadable } = found.value;
  if (!parsed.ok && (!force || unreadable)) return parsed;
  const edited = parsed.ok
    ? withTokens(bytes, merged(parsed.value, next), now)
    : ok(newAccountFile(next));
  if (!edited.ok) return edited;

  return await writeReadable(join(dir, name), edited.value);
}

/** What is to be locked. A broken file keeps the layout it had. */
function targetOf({ name, parsed }: FoundFile, { file }: Account) {
  const { layout } = parsed.ok ? parsed.value : file;
  return { fileName: name, layout };
}

/** Tokens, and an email if missing, are of `next`; the rest is kept. */
function merged(file: AccountFile, next: AccountFile): AccountFile {
  const { refreshToken, accessToken, idToken, previous } = next;
  const email = file.email ?? next.email;
  return { ...file, refreshToken, accessToken, idToken, previous, email };
}

/** The file that holds this login, even if it was just renamed. */
async function locate(
  dir: string,
  account: Account,
  next: AccountFile,
): Promise<Result<FoundFile, string>> {
  const own = await readAccountFile(dir, account.fileName);
  if (own !== undefined && (!own.parsed.ok || isOurs(own, next))) {
    return ok(own);
  }
  const listed = await listFolder(dir);
  if (!listed.ok) return listed;
  const other = listed.value.find((found) => isOurs(found, next));
  if (other !== undefined) return ok(other);
  return err(
    own === undefined
      ? "the account file is gone"
      : "the account file holds another sign-in",
  );
}

function isOurs({ parsed }: FoundFile, next: AccountFile): boolean {
  if (!parsed.ok) return false;
  const { refreshToken } = parsed.value;
  return refreshToken === next.refreshToken ||
    next.previous.includes(tokenHash(refreshToken));
}

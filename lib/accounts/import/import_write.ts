/**
 * Writes a login that a person has handed in into the accounts dir: as a new
 * file, into the file of its account, or only a new label or email. Decides
 * nothing (`import.ts`).
 */

import { join } from "@std/path";
import { tokenProblem } from "../../protocol/token.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Log } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";
import { type AccountFile, parseAccountFile } from "../files/file.ts";
import { newAccountFile, withTokens, withValues } from "../files/file_edit.ts";
import {
  type FoundFile,
  listFolder,
  readAccountFile,
} from "../files/folder.ts";
import { type Import, type ImportPlan, tokensOf } from "./import.ts";
import { accountIdOf } from "../files/digest.ts";
import { copyToTrash } from "../files/trash.ts";
import { WITHOUT_NOTES } from "../files/trash_notes.ts";
import { writeReadable } from "../files/write_account.ts";

export interface WriteOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: Log;
}

/** The file as written; undefined if there was nothing to write. */
export type Written = Result<AccountFile | undefined, string>;

export function writeImport(
  dir: string,
  { plan, login }: { readonly plan: ImportPlan; readonly login: Import },
  options: WriteOptions,
): Promise<Written> {
  switch (plan.disposition) {
    case "added":
      return addFile(dir, login);
    case "signed_in":
      return replaceLogin(dir, { account: plan.account, login }, options);
    case "known":
    case "older":
      return describe(dir, plan.account.fileName, login);
  }
}

/** `<id>.json`, the id made from the token. */
async function addFile(
  dir: string,
  login: Import,
): Promise<Written> {
  const name = `${accountIdOf(login.refreshToken)}.json`;
  // No account has this login, but maybe a file of this name has another one:
  // a copy that waits for its broken original, or one that came just now.
  const there = await readAccountFile(dir, name);
  if (there !== undefined) {
    return there.parsed.ok
      ? err(`Rename "${name}": it holds another sign-in`)
      : unreadable(name, there.parsed);
  }
  return await writeReadable(join(dir, name), newFile(login));
}

/**
 * Why the login is not to be taken, if so: a token is missing or damaged, or no
 * file has room for it.
 */
export function problemOf(login: Import): string | undefined {
  if (login.refreshToken === "") return "refresh_token must not be empty";
  // The login works without it, but the person should know.
  const accessToken = login.accessToken?.trim();
  const problem = accessToken ? tokenProblem(accessToken) : undefined;
  if (problem !== undefined) return `"access_token" ${problem}`;
  const readable = parseAccountFile(newFile(login));
  return readable.ok ? undefined : readable.error;
}

function newFile(login: Import): Uint8Array {
  const { refreshToken, label, email } = login;
  return newAccountFile({
    layout: "plain",
    refreshToken,
    ...tokens(login),
    label,
    email,
  });
}

/**
 * Writes the new tokens into the account's file, under the name it had. A copy
 * of the login that is replaced goes to the trash: the newer one may turn out
 * to be dead.
 */
async function replaceLogin(
  dir: string,
  { account, login }: { readonly account: Account; readonly login: Import },
  { now, log }: WriteOptions,
): Promise<Written> {
  const path = join(dir, account.fileName);
  const { refreshToken, label, email } = login;
  const there = await readAccountFile(dir, account.fileName);
  if (there?.parsed.ok && there.parsed.value.refreshToken !== refreshToken) {
    const reason = "replaced by a newer sign-in of the same person";
    const kept = await copyToTrash(dir, there, { reason, now, log });
    if (!kept.ok) return kept;
  }
  const found = there ?? await findInTrash(dir, account);
  if (found === undefined) {
    const file = { ...account.file, layout: "plain" as const, refreshToken };
    return await writeReadable(
      path,
      newAccountFile({
        ...file,
        ...tokens(login),
        label: label ?? file.label,
        email: email ?? file.email,
      }),
    );
  }
  if (!found.parsed.ok) {
    return unreadable(found.name, found.parsed);
  }
  const described = withValues(found.bytes, {
    ...WITHOUT_NOTES,
    ...descriptionOf(login),
  });
  if (!described.ok) return described;
  const file = { ...found.parsed.value, refreshToken, ...tokens(login) };
  const bytes = withTokens(described.value, { ...file, email }, now);
  return bytes.ok ? await writeReadable(path, bytes.value) : bytes;
}

function unreadable(
  name: string,
  { error }: { readonly error: string },
): Result<never, string> {
  return err(`Repair or remove "${name}": ${error}`);
}

/** `previous` is empty: a new sign-in has not replaced a token yet. */
function tokens(login: Import) {
  const { accessToken, idToken } = tokensOf(login);
  return { accessToken, idToken, accountId: undefined, previous: [] };
}

/** The account's file in the trash, with all that a person added to it. */
async function findInTrash(
  dir: string,
  account: Account,
): Promise<FoundFile | undefined> {
  const listed = await listFolder(join(dir, "trash"));
  if (!listed.ok) return undefined;
  return listed.value.find(({ parsed }) =>
    parsed.ok && parsed.value.refreshToken === account.refreshToken
  );
}

/** Writes only a new label or email, if the login brings one. */
async function describe(
  dir: string,
  fileName: string,
  login: Import,
): Promise<Written> {
  const values = descriptionOf(login);
  if (Object.keys(values).length === 0) return ok(undefined);
  const found = await readAccountFile(dir, fileName);
  if (found === undefined || !found.parsed.ok) return ok(undefined);

  const bytes = withValues(found.bytes, values);
  if (!bytes.ok) return bytes;
  return await writeReadable(join(dir, found.name), bytes.value);
}

function descriptionOf(
  { label, email }: Import,
): Readonly<Record<string, string>> {
  return {
    ...label === undefined ? {} : { label },
    ...email === undefined ? {} : { email },
  };
}

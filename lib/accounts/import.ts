/**
 * Writes what a person hands in: a new account file, or a new label or email
 * in a file that is there.
 */

import { join } from "@std/path";
import { ok, type Result } from "../result.ts";
import type { Account } from "./account.ts";
import { writeDurably } from "./durable.ts";
import { newAccountFile, withValues } from "./file_edit.ts";
import { readAccountFile } from "./folder.ts";
import { accountIdOf, tokenHash } from "./token_id.ts";

export interface Import {
  readonly refreshToken: string;
  readonly label?: string | undefined;
  readonly email?: string | undefined;
}

export interface Imported {
  readonly account: Account;
  readonly alreadyExists: boolean;
}

/** By its token, by one it had before, or by the id made from the token. */
export function findByToken(
  accounts: readonly Account[],
  refreshToken: string,
): Account | undefined {
  const hash = tokenHash(refreshToken);
  const id = accountIdOf(refreshToken);
  return accounts.find((account) =>
    account.refreshToken === refreshToken || account.id === id ||
    account.file.previous.includes(hash)
  );
}

/** Writes `<id>.json`, the id made from the token. */
export function writeImport(
  dir: string,
  { refreshToken, label, email }: Import,
): Promise<Result<void, string>> {
  const bytes = newAccountFile({
    layout: "plain",
    refreshToken,
    accessToken: undefined,
    idToken: undefined,
    accountId: undefined,
    label,
    email,
    previous: [],
  });
  return writeDurably(join(dir, `${accountIdOf(refreshToken)}.json`), bytes);
}

/** An import of a known token may still bring a new label or email. */
export async function describeImport(
  dir: string,
  fileName: string,
  { label, email }: Import,
): Promise<Result<void, string>> {
  if (label === undefined && email === undefined) return ok(undefined);
  const found = await readAccountFile(dir, fileName);
  if (found === undefined || !found.parsed.ok) return ok(undefined);

  const values: Record<string, unknown> = {};
  if (label !== undefined) values["label"] = label;
  if (email !== undefined) values["email"] = email;
  const bytes = withValues(found.bytes, values);
  if (!bytes.ok) return bytes;
  return await writeDurably(join(dir, found.name), bytes.value);
}

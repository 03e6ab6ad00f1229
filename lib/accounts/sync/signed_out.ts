/**
 * Accounts whose sign-in the server has ended: they stay in the list, with
 * their name and label, until a person signs in again or removes them. `trash/`
 * keeps them between two runs.
 */

import { join } from "@std/path";
import { ok, type Result } from "../../result.ts";
import { Account } from "../pool/account.ts";
import { removeDurably } from "../files/durable.ts";
import { type Ended, listEnded, type Present, stillOut } from "./ended.ts";
import { withValues } from "../files/file_edit.ts";
import { numbered } from "../files/file_name.ts";
import { readAccountFile } from "../files/folder.ts";
import { reasonValues } from "../files/trash_notes.ts";
import { writeReadable } from "../files/write_account.ts";
import { personIn } from "../pool/person.ts";

/** The accounts so far, and what the disk says about signed-out ones. */
export interface SignedOutOptions {
  readonly known: readonly Account[];
  readonly present: Present;
  /** Undefined if `trash/` cannot be read. */
  readonly ended: readonly Ended[] | undefined;
}

export interface WithSignedOut {
  readonly accounts: readonly Account[];
  /** Those that another process has given up, such as another gateway. */
  readonly lost: readonly Account[];
}

/** The known accounts, with those that are signed out. */
export function withSignedOut(
  { known, present, ended }: SignedOutOptions,
): WithSignedOut {
  if (ended === undefined) return { accounts: known, lost: [] };
  const out = new Map(
    stillOut(ended, present).map((one) => [one.file.refreshToken, one]),
  );
  const lost: Account[] = [];
  const accounts = known.filter((account) => {
    const end = out.get(account.refreshToken);
    if (end === undefined) return !account.trashed || isBack(account, present);
    out.delete(account.refreshToken);
    if (!account.trashed) {
      giveUp(account, end);
      lost.push(account);
    }
    return true;
  });
  const names = new Set(accounts.map(({ fileName }) => fileName));
  for (const end of out.values()) {
    const account = new Account(end.name, end.file, end.createdAt);
    giveUp(account, end);
    accounts.push(account);
  }
  giveNames(accounts, { names, present });
  return { accounts, lost };
}

/** Whether a file is there that makes it an ordinary account again. */
function isBack({ fileName, file }: Account, present: Present): boolean {
  return present.holds(file) || present.mayBe(fileName, file);
}

function giveUp(account: Account, { reason, at }: Ended): void {
  account.failed({ kind: "account_invalid", message: reason }, at);
  account.movedToTrash();
}

/** Renames signed-out accounts whose name another person's file has. */
function giveNames(
  accounts: readonly Account[],
  { names, present }: {
    readonly names: Set<string>;
    readonly present: Present;
  },
): void {
  const seen = new Set<string>();
  for (const account of accounts) {
    const { fileName, file, trashed } = account;
    const isFree = !seen.has(fileName) &&
      (!present.has(fileName) || present.mayBe(fileName, file));
    const name = !trashed || isFree
      ? fileName
      : freeName(fileName, (one) => names.has(one) || present.has(one));
    if (name !== fileName) account.renamed(name);
    seen.add(name);
    names.add(name);
  }
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  let n = 1;
  while (isTaken(numbered(name, n))) n++;
  return numbered(name, n);
}

/**
 * Notes in `trash/` which sign-ins were renewed. An end that is over must not
 * come back when the account's file is later deleted by hand.
 */
export async function noteRenewed(
  dir: string,
  { ended, present }: {
    readonly ended: readonly Ended[];
    readonly present: Present;
  },
): Promise<void> {
  for (const one of ended) {
    if (present.standing(one) !== "renewed") continue;
    const trash = join(dir, "trash");
    const there = await readAccountFile(trash, one.trashName);
    const reason = `replaced by a newer sign-in; it had ended: ${one.reason}`;
    const values = reasonValues({ reason, ended: false });
    const bytes = withValues(there?.bytes ?? new Uint8Array(), values);
    // A file that cannot be written is tried again at the next scan.
    if (bytes.ok) await writeReadable(join(trash, one.trashName), bytes.value);
  }
}

/** Removes this account's ended sign-ins from `trash/`. */
export async function forgetEnds(
  dir: string,
  { file, fileName }: Pick<Account, "file" | "fileName">,
): Promise<Result<void, string>> {
  const ended = await listEnded(dir);
  if (!ended.ok) return ended;
  const person = personIn(file);
  for (const one of ended.value) {
    const theirs = personIn(one.file);
    const isSame = one.file.refreshToken === file.refreshToken ||
      (person === undefined || theirs === undefined
        ? one.name === fileName
        : person === theirs);
    if (!isSame) continue;
    const removed = await removeDurably(join(dir, "trash", one.trashName));
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

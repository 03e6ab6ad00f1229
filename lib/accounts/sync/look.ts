/**
 * One look at the accounts dir that changes nothing there: makes no folder,
 * moves no file, removes no leftover. Reports what a gateway would do about the
 * folder at its start.
 */

import { err, ok, type Result } from "../../result.ts";
import { listEnded, Present } from "./ended.ts";
import { listFolder } from "../files/folder.ts";
import { isUnderWay, type PeekedEntry, peekEntry } from "../refresh/journal.ts";
import { reconcile } from "./reconcile.ts";
import { INTERRUPTED, sidePath } from "../refresh/recovery.ts";
import type { InvalidFile, Registry } from "../pool/registry.ts";
import { withSignedOut } from "./signed_out.ts";
import { SPENT, spentAmong } from "../refresh/spent.ts";
import { giveUpToken } from "../refresh/spent_accounts.ts";

export interface LookOptions {
  readonly dir: string;
  /** Receives the accounts that are there. */
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A folder that is not there has no accounts. */
export async function look(
  { dir, registry, now }: LookOptions,
): Promise<Result<void, string>> {
  const listed = await listFolder(dir);
  if (!listed.ok) {
    const reason = listed.error + await hintOn(dir);
    return err(`Cannot use --accounts-dir "${dir}": ${reason}`);
  }
  const found = listed.value;
  const ends = await listEnded(dir);
  const { accounts: known } = withSignedOut({
    known: [],
    present: new Present(found),
    ended: ends.ok ? ends.value : undefined,
  });
  const { accounts, surplus } = reconcile({
    found,
    known,
    gone: [],
    awaited: new Set(),
  });
  registry.replaceAll(accounts);
  registry.invalidFiles = [
    ...found.flatMap(({ name, parsed }): readonly InvalidFile[] =>
      parsed.ok ? [] : [{ file: name, reason: parsed.error }]
    ),
    ...surplus.map(({ file, reason }) => ({
      file: file.name,
      reason: `${reason}; a gateway moves it to trash/`,
    })),
  ];
  const isSpent = await spentAmong(dir);
  for (const account of accounts) {
    if (account.trashed) continue;
    // `codaze doctor` reports side files that cannot be read.
    const entry = await peekEntry(await sidePath(dir, account))
      .catch(() => undefined);
    const words = entry === undefined ? undefined : wordsFor(entry, now);
    if (words !== undefined) account.noted(words, now);
    else if (isSpent(account.refreshToken)) giveUpToken(account, SPENT, now);
  }
  return ok(undefined);
}

async function hintOn(dir: string): Promise<string> {
  const info = await Deno.stat(dir).catch(() => undefined);
  return info?.isDirectory === false
    ? "; name a folder"
    : "; see to it that this user may read and write it";
}

function wordsFor(entry: PeekedEntry, now: number): string | undefined {
  if (entry.record.granted !== undefined) return WAITING;
  return isUnderWay(entry, now) ? undefined : INTERRUPTED;
}

const WAITING = "new tokens wait beside its file, where a crash has left " +
  "them; a gateway puts them where they belong";

/**
 * One look at the accounts dir that changes nothing there: makes no folder,
 * moves no file, removes no leftover. Reports what a gateway would do about the
 * folder at its start.
 */

import { err, ok, type Result } from "../../result.ts";
import { listEnded, Present } from "./ended.ts";
import { listFolder } from "../files/folder.ts";
import { reconcile } from "./reconcile.ts";
import { INTERRUPTED } from "../refresh/recovery.ts";
import { type RefreshState, refreshStates } from "../refresh/refresh_state.ts";
import type { Account } from "../pool/account.ts";
import type { InvalidFile, Registry } from "../pool/registry.ts";
import { withSignedOut } from "./signed_out.ts";
import { SPENT } from "../refresh/spent.ts";
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
  const stateOf = await refreshStates(dir, now);
  for (const account of accounts) {
    if (!account.trashed) note(account, await stateOf(account), now);
  }
  return ok(undefined);
}

function note(account: Account, state: RefreshState, now: number): void {
  switch (state) {
    case "waiting":
      return account.noted(WAITING, now);
    case "interrupted":
      return account.noted(INTERRUPTED, now);
    case "spent":
      return giveUpToken(account, SPENT, now);
    case "settled":
    case "under_way":
    // `codaze doctor` reports it.
    case "unreadable":
      return;
  }
}

async function hintOn(dir: string): Promise<string> {
  const info = await Deno.stat(dir).catch(() => undefined);
  return info?.isDirectory === false
    ? "; name a folder"
    : "; make sure that this user may read and write it";
}

const WAITING = "new tokens wait beside its file, where a crash has left " +
  "them; a gateway puts them where they belong";

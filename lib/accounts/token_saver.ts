/**
 * Puts the tokens of a refresh where a crash cannot take them: on disk before
 * they are used, and where the disk refuses them, again at each scan.
 *
 * `store.ts` calls it one task at a time.
 */

import { exists } from "@std/fs";
import { err, ok, type Result } from "../result.ts";
import type { Log, Runtime } from "../runtime.ts";
import type { Account } from "./account.ts";
import { reasonOf } from "./durable.ts";
import type { AccountFile } from "./file.ts";
import { JournalEntry, removeEntry } from "./journal.ts";
import { persist, rotated, type Tokens } from "./persist.ts";
import { sidePath } from "./recovery.ts";
import { RefusedWrites } from "./refused_writes.ts";
import type { Registry } from "./registry.ts";
import { noteSpent } from "./spent.ts";

export interface TokenSaverOptions {
  readonly dir: string;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly after: Runtime["after"];
  readonly log: Log;
  /** Accounts that have lost their file and may yet find it again. */
  readonly waitedFor: () => readonly Account[];
}

export class TokenSaver {
  readonly #options: TokenSaverOptions;
  readonly #refused: RefusedWrites;

  constructor(options: TokenSaverOptions) {
    this.#options = options;
    this.#refused = new RefusedWrites(options);
  }

  /** An error where they are in memory only, and `persistPending` says so. */
  async save(
    account: Account,
    tokens: Tokens,
  ): Promise<Result<void, string>> {
    const { registry, log } = this.#options;
    const from = tokens.from ?? account.refreshToken;
    const owner = this.#ownerOf(account, from);
    if (owner === undefined) {
      // Removed, or signed in anew, while the refresh was under way.
      const fields = { account: account.id };
      log.warn("refreshed tokens dropped: no longer in use", fields);
      return ok(undefined);
    }
    const next = rotated(owner.file, tokens);
    const done = await this.#persist(owner, next, { fresh: true });
    owner.persistPending = !done.ok;
    owner.refreshed(done.ok ? done.value : next, tokens.now);
    registry.refreshDuplicates();
    return done.ok ? ok(undefined) : done;
  }

  /**
   * Writes what the disk refused before; says how many are still pending.
   * `force`: there will be no other try.
   */
  async retry({ force }: { readonly force: boolean }): Promise<number> {
    const { dir, registry, waitedFor } = this.#options;
    let pending = 0;
    const loaded = registry.accounts();
    for (const account of [...loaded, ...waitedFor()]) {
      if (!account.persistPending || account.trashed) continue;
      // What has come in place of a file that is away is not ours to replace.
      const done = await this.#persist(account, account.file, {
        force: force && loaded.includes(account),
        fresh: force,
      });
      if (!done.ok) {
        pending++;
        continue;
      }
      account.reread(done.value);
      await this.#clearKept(account);
      for (const spent of account.file.previous) {
        await retireAt(await sidePath(dir, account, spent));
      }
      // Last of all: whoever sees it finds nothing left to be done.
      account.persistPending = false;
    }
    return pending;
  }

  /** What was granted without a new refresh token (B4g) was kept there. */
  async #clearKept(account: Account): Promise<void> {
    const { dir, after } = this.#options;
    const path = await sidePath(dir, account);
    if (!await exists(path).catch(() => false)) return;
    const opened = await JournalEntry.open(path, { after, waitMs: 0 });
    if (!opened.ok) return;
    using entry = opened.value;
    const { refreshToken } = entry.record?.granted ?? {};
    if (refreshToken === account.refreshToken) await entry.clear();
  }

  async #persist(
    account: Account,
    next: AccountFile,
    { force = false, fresh = false },
  ): Promise<Result<AccountFile, string>> {
    const { dir, now, after } = this.#options;
    const options = { next, force, now: now(), after };
    // Whatever goes wrong here, the new tokens must not go with it.
    const done = await persist(dir, account, options)
      .catch((error) => err(reasonOf(error)));
    if (done.ok) this.#refused.accepted(account);
    else this.#refused.refused(account, done.error, { fresh });
    return done;
  }

  /**
   * Who has the token that was spent: the account, loaded or without a file
   * that may yet come back; the login it had until its file got another; or the
   * one that was made of that token after the account had been removed.
   */
  #ownerOf(account: Account, from: string): Account | undefined {
    const waitedFor = this.#options.waitedFor();
    const loaded = this.#options.registry.accounts();
    const known = [...loaded, ...waitedFor];
    const owners = known.filter(({ refreshToken }) => refreshToken === from);
    return owners.find((owner) => owner === account) ?? owners[0];
  }
}

/** What a side file kept is where it belongs; its token is used up. */
async function retireAt(path: string): Promise<void> {
  if (!await exists(path).catch(() => false)) return;
  const noted = await noteSpent(path);
  if (noted.ok) await removeEntry(path);
}

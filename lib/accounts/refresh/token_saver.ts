/**
 * Saves the tokens of a refresh where a crash cannot lose them: on disk before
 * they are used, and if the disk refuses them, again at each scan.
 *
 * Not safe for concurrent calls: `store.ts` calls it one task at a time.
 */

import { exists } from "@std/fs";
import type { Clock } from "../../clock.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Log, Runtime } from "../../runtime.ts";
import type { Account } from "../pool/account.ts";
import { reasonOf } from "../files/durable.ts";
import type { AccountFile } from "../files/file.ts";
import { JournalEntry, removeEntry, type Rotation } from "./journal.ts";
import { rotated, writeTokens } from "./write_tokens.ts";
import { sidePath } from "./recovery.ts";
import { RefusedWrites } from "./refused_writes.ts";
import type { Registry } from "../pool/registry.ts";
import { noteSpent } from "./spent.ts";

export interface TokenSaverOptions extends Clock {
  readonly dir: string;
  readonly registry: Registry;
  readonly after: Runtime["after"];
  readonly log: Log;
  /** Accounts whose file is gone and may come back. */
  readonly waitedFor: () => readonly Account[];
}

export class TokenSaver {
  readonly #options: TokenSaverOptions;
  readonly #refused: RefusedWrites;

  constructor(options: TokenSaverOptions) {
    this.#options = options;
    this.#refused = new RefusedWrites(options);
  }

  /** An error if they are in memory only; `persistPending` is set then. */
  async save(
    account: Account,
    rotation: Rotation,
  ): Promise<Result<void, string>> {
    const { registry, log, now } = this.#options;
    const owner = this.#ownerOf(account, rotation.from);
    if (owner === undefined) {
      // Removed, or signed in anew, while the refresh was under way.
      const { id, label } = account;
      const fields = { account: id, label };
      log.warn("refreshed tokens dropped: no longer in use", fields);
      return ok(undefined);
    }
    const next = rotated(owner.file, rotation);
    const done = await this.#writeTokens(owner, next, { fresh: true });
    if (done.ok) owner.saved();
    else owner.unsaved();
    owner.refreshed(done.ok ? done.value : next, now());
    registry.refreshDuplicates();
    return done.ok ? ok(undefined) : done;
  }

  /**
   * Writes tokens that the disk refused; returns how many are pending. `force`:
   * there will be no other try.
   */
  async retry({ force }: { readonly force: boolean }): Promise<number> {
    const { dir, registry, waitedFor } = this.#options;
    let pending = 0;
    const loaded = registry.accounts();
    for (const account of [...loaded, ...waitedFor()]) {
      if (!account.persistPending || account.trashed) continue;
      // Without force if its file is gone: another file may have the name.
      const done = await this.#writeTokens(account, account.file, {
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
      // Last, because readers of this flag expect nothing left to do.
      account.saved();
    }
    return pending;
  }

  /**
   * Removes the current token's side file. There is one if the server gave no
   * new refresh token (docs/client.md, "Refreshing").
   */
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

  async #writeTokens(
    account: Account,
    next: AccountFile,
    { force = false, fresh = false },
  ): Promise<Result<AccountFile, string>> {
    const { dir, now, after } = this.#options;
    const options = { next, force, now: now(), after };
    // Not even an unexpected error may lose the new tokens.
    const done = await writeTokens(dir, account, options)
      .catch((error) => err(reasonOf(error)));
    if (done.ok) this.#refused.accepted(account);
    else this.#refused.refused(account, done.error, { fresh });
    return done;
  }

  /**
   * The account that has the spent token: `account`, loaded or without a file
   * that may come back; the copy with its former login, if its file got
   * another; or an account made from that token after `account` was removed.
   */
  #ownerOf(account: Account, from: string): Account | undefined {
    const waitedFor = this.#options.waitedFor();
    const loaded = this.#options.registry.accounts();
    const known = [...loaded, ...waitedFor];
    const owners = known.filter(({ refreshToken }) => refreshToken === from);
    return owners.find((owner) => owner === account) ?? owners[0];
  }
}

/** Replaces a side file, whose tokens are saved, by a note of its token. */
async function retireAt(path: string): Promise<void> {
  if (!await exists(path).catch(() => false)) return;
  const noted = await noteSpent(path);
  if (noted.ok) await removeEntry(path);
}

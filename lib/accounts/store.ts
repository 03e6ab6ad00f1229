/**
 * The accounts dir as the source of truth: the registry follows its files, and
 * new tokens go to disk before they are used.
 *
 * One call at a time touches the folder. Does not watch it (`watch.ts`) and
 * asks no server.
 */

import { join } from "@std/path";
import { LOCK_WAIT_MS } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import type { Account } from "./pool/account.ts";
import { applyFile, isForeign } from "./sync/apply_file.ts";
import { removeDurably } from "./files/durable.ts";
import { type FoundFile, openFolder, readAccountFile } from "./files/folder.ts";
import type { Import, Imported, ImportError } from "./import/import.ts";
import { type ImportDeps, importLogin } from "./import/import_login.ts";
import { renameAccount, type RenameError } from "./import/rename.ts";
import {
  type GrantedTokens,
  JournalEntry,
  journalPath,
  type Rotation,
} from "./refresh/journal.ts";
import { recover, sidePath } from "./refresh/recovery.ts";
import { Scanner, type ScannerOptions } from "./sync/scanner.ts";
import { inOrder } from "./import/in_order.ts";
import { forgetEnds } from "./sync/signed_out.ts";
import { isSpent, noteSpent, retire } from "./refresh/spent.ts";
import { SpentAccounts } from "./refresh/spent_accounts.ts";
import { tokenHash } from "./files/digest.ts";
import { TokenSaver } from "./refresh/token_saver.ts";
import { moveToTrash } from "./files/trash.ts";

export interface StoreOptions extends ScannerOptions {
  readonly after: Runtime["after"];
}

export class AccountStore {
  readonly #options: StoreOptions;
  readonly #inOrder = inOrder();
  readonly #scanner: Scanner;
  readonly #saver: TokenSaver;
  readonly #spent: SpentAccounts;

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.#scanner = new Scanner(options);
    const waitedFor = () => this.#scanner.waitedFor;
    this.#saver = new TokenSaver({ ...options, waitedFor });
    const reread = (account: Account) => this.#reread(account);
    this.#spent = new SpentAccounts({ ...options, reread });
  }

  /** Makes the folder if need be and loads what is in it. */
  static async open(
    options: StoreOptions,
  ): Promise<Result<AccountStore, string>> {
    const opened = await openFolder(options.dir, options.log);
    if (!opened.ok) return opened;

    const store = new AccountStore(options);
    // Recover before looking for spent tokens: a side file may have newer ones.
    await store.#inOrder(() => store.#scanner.scan());
    await recover({
      ...options,
      take: (account, found) => store.takeGranted(account, found),
    });
    await store.scan();
    return ok(store);
  }

  /** Reads the whole folder and brings the registry in line with it. */
  scan(): Promise<void> {
    return this.#inOrder(() => this.#scan());
  }

  /**
   * Writes tokens to disk, then uses them. If the disk refuses, they are used
   * all the same, `persistPending` is set, and each scan tries again.
   */
  saveTokens(
    account: Account,
    rotation: Rotation,
  ): Promise<Result<void, string>> {
    return this.#inOrder(() => this.#saver.save(account, rotation));
  }

  /** The side file of the account's refresh token, locked. */
  async openJournal(account: Account): Promise<Result<JournalEntry, string>> {
    const { dir, after } = this.#options;
    const path = await sidePath(dir, account);
    return await JournalEntry.open(path, { after, waitMs: LOCK_WAIT_MS });
  }

  /**
   * Saves the tokens granted for `sent`: first in its open side file, which
   * takes one write, then in the account file.
   */
  async takeGranted(
    account: Account,
    { sent, granted, entry }: {
      readonly sent: string;
      readonly granted: GrantedTokens;
      readonly entry: JournalEntry;
    },
  ): Promise<void> {
    const { dir, log } = this.#options;
    const kept = await entry.keep(granted);
    const saved = await this.saveTokens(account, { ...granted, from: sent });
    if (saved.ok) {
      // The server did not replace the token, so it is not spent.
      if (granted.refreshToken === sent) return await entry.clear();
      // For a linked file also note it in `dir`: a copy may replace the link.
      const own = journalPath(dir, tokenHash(sent));
      if (own !== entry.path) await noteSpent(own);
      return await retire(entry);
    }
    if (kept.ok) return;
    log.error("refreshed tokens are only in memory: the disk refuses them", {
      account: account.id,
      label: account.label,
      reason: kept.error,
    });
  }

  /** Whether the token is spent, maybe since before the last restart. */
  isSpent(refreshToken: string): Promise<boolean> {
    return isSpent(this.#options.dir, refreshToken);
  }

  /** Stops the use of the account's refresh token; `why` is for a person. */
  refuse(account: Account, why: string): void {
    this.#spent.refuse(account, why);
  }

  /** Writes tokens that the disk refused; returns how many are pending. */
  retryPending(): Promise<number> {
    return this.#inOrder(() => this.#saver.retry({ force: true }));
  }

  /**
   * Takes over what another process, or a person, has put into the account's
   * file. An error if the file cannot be found under any name, or not be read.
   */
  readAgain(account: Account): Promise<Result<void, string>> {
    return this.#inOrder(async () => {
      const found = await this.#find(account);
      if (found === undefined) return err("the account file is gone");
      const isHidden = found.unreadable && !found.parsed.ok;
      return isHidden ? found.parsed : ok(undefined);
    });
  }

  /** Adds an account, or finds the one that this login belongs to. */
  importToken(request: Import): Promise<Result<Imported, ImportError>> {
    return importLogin(request, this.#importDeps());
  }

  /** Writes another label into the account's file. */
  rename(account: Account, label: string): Promise<Result<void, RenameError>> {
    return renameAccount(account, label, this.#importDeps());
  }

  #importDeps(): ImportDeps {
    return {
      ...this.#options,
      inOrder: this.#inOrder,
      scan: () => this.#scan(),
      openJournal: (account) => this.openJournal(account),
    };
  }

  /**
   * Takes the account off the list; false if there is no such account. Its file
   * goes to `trash/`, its ended sign-ins there are deleted. A file that holds
   * another login by now stays.
   */
  remove(id: string): Promise<Result<boolean, string>> {
    return this.#inOrder(async () => {
      const { dir, registry } = this.#options;
      const account = registry.get(id);
      if (account === undefined) return ok(false);
      const { login, file, fileName } = account;
      // The file of a signed-out account is in the trash already.
      const found = account.trashed ? undefined : await this.#find(account);
      // If another login has the account's place now, both are that login's.
      const isTaken = account.login !== login;
      if (found !== undefined && !isTaken) {
        const removed = await this.#discard(found);
        if (!removed.ok) return removed;
      }
      const gone = isTaken ? { file, fileName } : account;
      const forgotten = await forgetEnds(dir, gone);
      if (!forgotten.ok) return forgotten;
      if (isTaken) return ok(true);

      registry.replaceAll(registry.accounts().filter((a) => a !== account));
      return ok(true);
    });
  }

  /** Of a link, only the link goes: what it leads to is not ours to copy. */
  async #discard(file: FoundFile): Promise<Result<void, string>> {
    const { dir, now, log } = this.#options;
    const path = join(dir, file.name);
    const info = await Deno.lstat(path).catch(() => undefined);
    if (info?.isSymlink || !file.parsed.ok) return await removeDurably(path);
    const options = { reason: "removed", ended: false, isAsked: true };
    return await moveToTrash(dir, file, { ...options, now: now(), log });
  }

  /**
   * Marks the account invalid and moves its file to `trash/`: the server has
   * declared its refresh token dead. False: its token is no longer `dead`, and
   * it stays.
   */
  trash(
    account: Account,
    reason: string,
    dead = account.refreshToken,
  ): Promise<Result<boolean, string>> {
    return this.#inOrder(async () => {
      const { dir, now, registry, log } = this.#options;
      const found = await this.#find(account);
      if (account.refreshToken !== dead) return ok(false);
      account.failed({ kind: "account_invalid", message: reason }, now());
      account.saved();
      registry.refreshDuplicates();
      if (found === undefined) return ok(true);
      const options = { reason, ended: true, now: now(), log };
      const moved = await moveToTrash(dir, found, options);
      if (!moved.ok) return moved;
      account.movedToTrash();
      return ok(true);
    });
  }

  async #scan(): Promise<void> {
    await this.#scanner.scan();
    await this.#saver.retry({ force: false });
    await this.#spent.tell();
  }

  /** Reads its file again, even if it was renamed. */
  async #find(account: Account): Promise<FoundFile | undefined> {
    const found = await this.#reread(account);
    if (found !== undefined) return found;
    // A scan matches files to accounts, whatever their names.
    await this.#scan();
    return await this.#reread(account);
  }

  /** Undefined if there is no file, or another login has its name. */
  async #reread(account: Account): Promise<FoundFile | undefined> {
    const { dir, registry } = this.#options;
    const found = await readAccountFile(dir, account.fileName);
    if (!found?.parsed.ok) return found;
    if (isForeign(found.parsed.value, account)) return undefined;
    applyFile(account, found.parsed.value);
    registry.refreshDuplicates();
    return found;
  }
}

/**
 * The accounts dir as the source of truth: what is there is in the registry,
 * and what the registry learns is there before it is used.
 *
 * One call at a time touches the folder. Does not watch it, asks no server.
 */

import { join } from "@std/path";
import { err, ok, type Result } from "../result.ts";
import type { Account } from "./account.ts";
import { adopt } from "./adopt.ts";
import { removeDurably } from "./durable.ts";
import type { AccountFile } from "./file.ts";
import { openFolder, readAccountFile } from "./folder.ts";
import {
  describeImport,
  findByToken,
  type Import,
  type Imported,
  writeImport,
} from "./import.ts";
import { persist, rotated, type Tokens } from "./persist.ts";
import { Scanner, type ScannerOptions } from "./scanner.ts";
import { serially } from "./serially.ts";
import { moveToTrash } from "./trash.ts";

export class AccountStore {
  readonly #options: ScannerOptions;
  readonly #serially = serially();
  readonly #scanner: Scanner;

  private constructor(options: ScannerOptions) {
    this.#options = options;
    this.#scanner = new Scanner(options);
  }

  /** Makes the folder if need be and loads what is in it. */
  static async open(
    options: ScannerOptions,
  ): Promise<Result<AccountStore, string>> {
    const opened = await openFolder(options.dir, options.log);
    if (!opened.ok) return opened;

    const store = new AccountStore(options);
    await store.scan();
    return ok(store);
  }

  /** Reads the whole folder and brings the registry in line with it. */
  scan(): Promise<void> {
    return this.#serially(() => this.#scan());
  }

  /**
   * Puts tokens on disk, then in use. If the disk refuses, they are used all
   * the same, `persistPending` says so, and each scan tries again.
   */
  saveTokens(account: Account, tokens: Tokens): Promise<Result<void, string>> {
    return this.#serially(async () => {
      const from = tokens.from ?? account.refreshToken;
      if (from !== account.refreshToken || !this.#isKnown(account)) {
        // Removed, or signed in anew, while the refresh was under way.
        this.#options.log.warn("refreshed tokens dropped: no longer in use", {
          account: account.id,
        });
        return ok(undefined);
      }
      const next = rotated(account.file, tokens);
      const done = await this.#persist(account, next, { force: false });
      account.refreshed(done.ok ? done.value : next, tokens.now);
      this.#options.registry.refreshDuplicates();
      return done.ok ? ok(undefined) : done;
    });
  }

  /** Writes what the disk refused before; says how many are still pending. */
  retryPending(): Promise<number> {
    return this.#serially(() => this.#retry({ force: true }));
  }

  /**
   * Reads the account's file again. True: the account has another refresh token
   * now than `sent`; another process, or a person, put it there.
   */
  readNewer(account: Account, sent = account.refreshToken): Promise<boolean> {
    return this.#serially(() => this.#reread(account, sent));
  }

  /** Adds an account, or finds the one that this token belongs to. */
  importToken(request: Import): Promise<Result<Imported, string>> {
    const { dir, registry } = this.#options;
    return this.#serially(async () => {
      const refreshToken = request.refreshToken.trim();
      if (refreshToken === "") return err("refresh_token must not be empty");
      await this.#scan();

      const known = findByToken(registry.accounts(), refreshToken);
      const written = known === undefined || known.trashed
        ? await writeImport(dir, { ...request, refreshToken })
        : await describeImport(dir, known.fileName, request);
      if (!written.ok) return written;
      await this.#scan();

      const account = known ?? findByToken(registry.accounts(), refreshToken);
      if (account === undefined) return err("the imported file is gone again");
      return ok({ account, alreadyExists: known !== undefined });
    });
  }

  /** Deletes the account and its file; false if there is no such account. */
  remove(id: string): Promise<Result<boolean, string>> {
    return this.#serially(async () => {
      const { dir, registry } = this.#options;
      const account = registry.get(id);
      if (account === undefined) return ok(false);
      const removed = await removeDurably(join(dir, account.fileName));
      if (!removed.ok) return removed;

      registry.replaceAll(registry.accounts().filter((a) => a !== account));
      return ok(true);
    });
  }

  /**
   * Marks an account invalid whose refresh token the server has declared dead,
   * and moves its file to `trash/`. False: it has another token than `dead` by
   * now, and stays.
   */
  trash(
    account: Account,
    reason: string,
    dead = account.refreshToken,
  ): Promise<Result<boolean, string>> {
    return this.#serially(async () => {
      const { dir, now, registry, log } = this.#options;
      if (await this.#reread(account, dead)) return ok(false);
      account.failed({ kind: "account_invalid", message: reason }, now());
      account.persistPending = false;
      registry.refreshDuplicates();
      const found = await readAccountFile(dir, account.fileName);
      const moved = found === undefined
        ? ok(undefined)
        : await moveToTrash(dir, found, { reason, now: now(), log });
      account.trashed = moved.ok;
      return moved.ok ? ok(true) : moved;
    });
  }

  async #scan(): Promise<void> {
    await this.#scanner.scan();
    await this.#retry({ force: false });
  }

  async #reread(account: Account, sent: string): Promise<boolean> {
    const { dir, registry } = this.#options;
    const found = await readAccountFile(dir, account.fileName);
    if (found?.parsed.ok) adopt(account, found.parsed.value);
    registry.refreshDuplicates();
    return account.refreshToken !== sent;
  }

  async #retry({ force }: { readonly force: boolean }): Promise<number> {
    let pending = 0;
    for (const account of this.#options.registry.accounts()) {
      if (!account.persistPending || account.trashed) continue;
      const done = await this.#persist(account, account.file, { force });
      if (done.ok) account.reread(done.value);
      else pending++;
    }
    return pending;
  }

  async #persist(
    account: Account,
    next: AccountFile,
    { force }: { readonly force: boolean },
  ): Promise<Result<AccountFile, string>> {
    const { dir, log, now } = this.#options;
    const done = await persist(dir, account, { next, force, now: now() });
    account.persistPending = !done.ok;
    if (!done.ok) {
      log.error("refreshed tokens are only in memory: cannot write the file", {
        account: account.id,
        reason: done.error,
      });
    }
    return done;
  }

  /** Loaded, or without a file that may yet come back. */
  #isKnown(account: Account): boolean {
    return this.#options.registry.accounts().includes(account) ||
      this.#scanner.isWaitedFor(account);
  }
}

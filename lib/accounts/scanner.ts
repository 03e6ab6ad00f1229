/**
 * One look at the whole folder: what is in it goes to the registry, what a
 * second file holds goes to the trash, what is no account is reported.
 */

import type { Log } from "../runtime.ts";
import type { Account } from "./account.ts";
import { listFolder } from "./folder.ts";
import { reconcile } from "./reconcile.ts";
import type { Registry } from "./registry.ts";
import { ReportedFiles } from "./reported_files.ts";
import { moveToTrash } from "./trash.ts";

export interface ScannerOptions {
  readonly dir: string;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** How many accounts without a file are remembered, in case it comes back. */
const MAX_GONE = 64;

export class Scanner {
  readonly #options: ScannerOptions;
  readonly #reported: ReportedFiles;
  #gone: readonly Account[] = [];

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#reported = new ReportedFiles(options.log);
  }

  /** Whether the account has lost its file and may yet find it again. */
  isWaitedFor(account: Account): boolean {
    return this.#gone.includes(account);
  }

  async scan(): Promise<void> {
    const { dir, registry, log } = this.#options;
    const listed = await listFolder(dir);
    if (!listed.ok) {
      log.error("accounts dir cannot be read", { reason: listed.error });
      return;
    }
    const before = registry.accounts();
    const { accounts, vanished, surplus, ahead } = reconcile(
      listed.value,
      before,
      this.#gone,
    );
    const stillGone = this.#gone.filter((one) => !accounts.includes(one));
    this.#gone = [...stillGone, ...vanished].slice(-MAX_GONE);
    for (const account of ahead) account.persistPending = true;
    registry.replaceAll(accounts);
    registry.invalidFiles = this.#reported.update(listed.value);
    await this.#trash(surplus);
    if (accounts.length !== before.length || vanished.length > 0) {
      log.info("accounts loaded", { accounts: accounts.length });
    }
  }

  async #trash(
    surplus: ReturnType<typeof reconcile>["surplus"],
  ): Promise<void> {
    const { dir, now, log } = this.#options;
    for (const { file, reason } of surplus) {
      await moveToTrash(dir, file, { reason, now: now(), log });
    }
  }
}

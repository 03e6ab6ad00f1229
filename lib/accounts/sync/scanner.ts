/**
 * One scan of the whole folder: accounts go to the registry, second files of
 * one login go to the trash, files that are no accounts are reported.
 */

import type { Clock } from "../../clock.ts";
import { MAX_GONE } from "../../limits.ts";
import type { Log } from "../../runtime.ts";
import { MissingFiles } from "./missing_files.ts";
import type { Account } from "../pool/account.ts";
import { listEnded, Present } from "./ended.ts";
import { listFolder } from "../files/folder.ts";
import { reconcile, type Surplus } from "./reconcile.ts";
import type { Registry } from "../pool/registry.ts";
import { RefusedMoves } from "./refused_moves.ts";
import { ReportedFiles } from "./reported_files.ts";
import { noteRenewed, withSignedOut } from "./signed_out.ts";
import { moveToTrash } from "../files/trash.ts";

export interface ScannerOptions extends Clock {
  readonly dir: string;
  readonly registry: Registry;
  readonly log: Log;
  /**
   * How long, in milliseconds, an account stays when its file is gone, before
   * it counts as removed or renamed. Default 0, for a single scan.
   */
  readonly graceMs?: number;
  /** Where files that are no accounts are reported, if not in `log`. */
  readonly invalidFilesLog?: Log;
}

export class Scanner {
  readonly #options: ScannerOptions;
  readonly #reported: ReportedFiles;
  readonly #missing: MissingFiles;
  readonly #refused: RefusedMoves;
  #gone: readonly Account[] = [];
  #unreadable: string | undefined;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#reported = new ReportedFiles(options.invalidFilesLog ?? options.log);
    this.#missing = new MissingFiles(options.graceMs ?? 0);
    this.#refused = new RefusedMoves(options);
  }

  /** Accounts whose file is gone and may come back. */
  get waitedFor(): readonly Account[] {
    return this.#gone;
  }

  async scan(): Promise<void> {
    const { dir, registry, elapsed, log } = this.#options;
    const listed = await listFolder(dir);
    this.#reportFolder(listed.ok ? undefined : listed.error);
    if (!listed.ok) return;

    const found = listed.value;
    const present = new Present(found);
    const ends = await listEnded(dir);
    const ended = ends.ok ? ends.value : undefined;
    const before = registry.accounts();
    const { accounts: known, lost } = withSignedOut({
      known: before,
      present,
      ended,
    });
    const names = new Set(found.map(({ name }) => name));
    const { accounts, vanished, surplus, ahead } = reconcile({
      found,
      known,
      gone: this.#gone,
      awaited: this.#missing.update(known, names, elapsed()),
    });
    this.#gone = remembered(this.#gone, { accounts, vanished });
    for (const account of ahead) account.unsaved();
    registry.replaceAll(accounts);
    registry.invalidFiles = this.#reported.update(found);
    await this.#trash(surplus);
    if (ended !== undefined) await noteRenewed(dir, { ended, present });
    for (const { id, label } of lost) {
      log.warn(
        "account signed out (found by another program): run codaze login",
        {
          account: id,
          label,
        },
      );
    }
    if (accounts.length !== before.length || vanished.length > 0) {
      const signedIn = accounts.filter(({ trashed }) => !trashed);
      log.info("accounts loaded", { accounts: signedIn.length });
    }
  }

  /** Logs a change, not every scan. */
  #reportFolder(reason: string | undefined): void {
    if (reason === this.#unreadable) return;
    this.#unreadable = reason;
    const { log } = this.#options;
    if (reason === undefined) log.info("accounts dir can be read again");
    else log.error("accounts dir cannot be read", { reason });
  }

  async #trash(surplus: readonly Surplus[]): Promise<void> {
    const { dir, now, log } = this.#options;
    for (const one of this.#refused.due(surplus)) {
      const { file, reason } = one;
      // The sign-in goes on in another file.
      const options = { reason, ended: false, now: now(), log };
      const moved = await moveToTrash(dir, file, options);
      if (!moved.ok) this.#refused.add(one);
    }
  }
}

/** Forgets the oldest first, but never tokens that no file has. */
function remembered(
  gone: readonly Account[],
  { accounts, vanished }: {
    readonly accounts: readonly Account[];
    readonly vanished: readonly Account[];
  },
): readonly Account[] {
  const back = new Set(accounts);
  const all = [...gone.filter((one) => !back.has(one)), ...vanished];
  return all.filter((account, i) =>
    account.persistPending || all.length - i <= MAX_GONE
  );
}

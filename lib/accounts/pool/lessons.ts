/**
 * What attempts and pages of usage teach about accounts, and what the log says
 * of it. Chooses no account.
 */
import { subjectOf } from "../../failure/failure.ts";
import type { Block } from "../../quota/block.ts";
import type { Reading } from "../../quota/quota.ts";
import type { Log } from "../../runtime.ts";
import type { Account, Attempted } from "./account.ts";
import type { Outcome } from "./lease.ts";

/** What came of a read of an account's page of usage. */
export type PageRead =
  | { readonly kind: "read"; readonly reading: Reading }
  /** There was an answer, but no page of this account. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "no_answer" };

export interface LessonsOptions {
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** A limit is used up from now on. */
  readonly onBlocked: () => void;
  /** A login is lost. */
  readonly onLost: () => void;
}

export class Lessons {
  readonly #options: LessonsOptions;

  constructor(options: LessonsOptions) {
    this.#options = options;
  }

  /** Applies how an attempt has ended. */
  ended(account: Account, outcome: Outcome, attempted: Attempted): void {
    const now = this.#options.now();
    switch (outcome.kind) {
      case "success":
        return this.#freed(
          account,
          account.succeeded(now, attempted),
          "a turn was served",
        );
      case "released":
        return;
      case "broke_off":
        // Content went out: only the account's own faults count. A rejected
        // token does not count: the next turn refreshes it.
        if (subjectOf(outcome.failure) !== "account") return;
        if (outcome.failure.kind === "access_token_rejected") return;
        break;
      case "failed":
        break;
    }
    const chance = this.#options.random();
    const block = account.failed(outcome.failure, now, attempted, chance);
    if (block) this.#blocked(account, block);
    if (outcome.failure.kind === "account_invalid") this.#options.onLost();
  }

  /** The first turn of a week is being served. */
  weekBegins({ id, label }: Account): void {
    this.#options.log.info("a week begins", { account: id, label });
  }

  /**
   * Applies a read of the account's page of usage that began at `askedAt`, in
   * ms since the epoch. Returns whether it has ended a block.
   */
  looked(account: Account, read: PageRead, askedAt: number): boolean {
    const { log, now, random } = this.#options;
    const { record } = account;
    switch (read.kind) {
      case "unreadable":
        record.unreadable(now());
        return false;
      case "no_answer":
        record.postponed(now());
        return false;
      case "read":
        break;
    }
    const times = { askedAt, now: now(), chance: random() };
    const { ended, held } = record.pageRead(read.reading, times);
    for (const block of held) {
      log.debug("a limit is still used up", {
        account: account.id,
        label: account.label,
        ...timesOf(block),
      });
    }
    for (const block of ended) {
      this.#freed(account, block, "the page of usage says so");
    }
    return ended.length > 0;
  }

  #blocked({ id, label }: Account, block: Block): void {
    this.#options.log.info("a limit is used up", {
      account: id,
      label,
      ...timesOf(block),
    });
    this.#options.onBlocked();
  }

  #freed(
    { id, label }: Account,
    block: Block | undefined,
    reason: string,
  ): void {
    if (block === undefined) return;
    this.#options.log.info("a limit is free ahead of time", {
      account: id,
      label,
      limit: block.limit,
      was_until: new Date(block.until).toISOString(),
      reason,
    });
  }
}

function timesOf({ limit, until, lookAt }: Block) {
  return {
    limit,
    until: new Date(until).toISOString(),
    look_again: new Date(Math.min(lookAt, until)).toISOString(),
  };
}

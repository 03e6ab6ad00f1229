/**
 * The ledger: what turns have used, by day, account and model, kept for 90
 * days.
 *
 * A turn costs a few additions in memory; every 30 s what has come is appended
 * to the file of the day. Holds no prompt, email, label or token. A disk that
 * takes nothing costs a warning: the figures wait in memory.
 */
import { inOrder } from "../accounts/import/in_order.ts";
import type { Account } from "../accounts/pool/account.ts";
import { MAX_USAGE_ROWS, USAGE_FLUSH_MS, USAGE_FLUSH_ROWS } from "../limits.ts";
import type { Runtime } from "../runtime.ts";
import { dayOf, lastDays } from "./days.ts";
import {
  folded,
  keyOf,
  modelName,
  OTHER_MODEL,
  plus,
  type Usage,
  type UsageRow,
} from "./figures.ts";
import { ownerOf } from "./owner.ts";
import { appendRows, readDays, SKIPPED, tidy } from "./usage_folder.ts";

/** What an account has answered. */
export interface Used {
  readonly account: Account;
  /** As the caller wrote it. */
  readonly model: string | undefined;
  /** Undefined if upstream did not say. */
  readonly usage: Usage | undefined;
  /** False for a compaction, which costs tokens but is no turn. */
  readonly isTurn: boolean;
  /** Whether its session has moved to this account. */
  readonly hasMoved: boolean;
}

export interface LedgerOptions {
  /** The accounts dir. */
  readonly dir: string;
  readonly runtime: Pick<Runtime, "after" | "log" | "now">;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #inOrder = inOrder();
  /** What is not on disk yet. */
  #waiting = new Map<string, UsageRow>();
  #cancel: () => void = () => {};
  #isArmed = false;
  #isClosed = false;
  #isRefused = false;
  /** How many rows the last write had. */
  #written = 0;
  #tidied = "";
  /** Days of which it was told that lines were skipped. */
  readonly #told = new Set<string>();

  constructor(options: LedgerOptions) {
    this.#options = options;
    // Old files are tidied up even if no turn comes.
    this.#arm();
  }

  /** Takes the figures of a turn that has ended. */
  add({ account, model, usage, isTurn, hasMoved }: Used): void {
    const { input = 0, cached = 0, output = 0, reasoning = 0 } = usage ?? {};
    this.#take({
      day: dayOf(this.#options.runtime.now()),
      owner: ownerOf(account),
      model: modelName(model),
      turns: Number(isTurn),
      input,
      cached,
      output,
      reasoning,
      moves: Number(hasMoved),
      cold_input: hasMoved ? input - cached : 0,
    });
    this.#arm();
  }

  /** The rows of the last `count` days, whichever gateway wrote them. */
  rows(count: number): Promise<readonly UsageRow[]> {
    return this.#inOrder(async () => {
      await this.#write();
      return await this.#read(count);
    });
  }

  /** Writes what has come; takes no more after that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#flush();
  }

  async #read(count: number): Promise<readonly UsageRow[]> {
    const { dir, runtime: { log, now } } = this.#options;
    const days = lastDays(now(), count);
    const read = await readDays(dir, days);
    for (const { day, skipped } of read) {
      if (skipped === "" || this.#told.has(day)) continue;
      this.#told.add(day);
      log.warn(SKIPPED, { day, skipped });
    }
    const waiting = [...this.#waiting.values()]
      .filter(({ day }) => days.includes(day));
    return folded([...read.flatMap(({ rows }) => rows), ...waiting], keyOf);
  }

  #arm(): void {
    if (this.#isArmed || this.#isClosed) return;
    this.#isArmed = true;
    const times = Math.max(1, Math.ceil(this.#written / USAGE_FLUSH_ROWS));
    this.#cancel = this.#options.runtime.after(times * USAGE_FLUSH_MS, () => {
      this.#isArmed = false;
      void this.#flush();
    });
  }

  #take(row: UsageRow): void {
    const key = keyOf(row);
    const sum = this.#waiting.get(key);
    if (sum !== undefined) {
      this.#waiting.set(key, { ...row, ...plus(sum, row) });
    } else if (this.#waiting.size < MAX_USAGE_ROWS || isOther(row)) {
      this.#waiting.set(key, row);
    } else {
      this.#take({ ...row, model: OTHER_MODEL });
    }
  }

  #flush(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#write();
      await this.#tidy();
    });
  }

  async #write(): Promise<void> {
    const rows = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#written = rows.length;
    for (const day of new Set(rows.map((row) => row.day))) {
      const ofDay = rows.filter((row) => row.day === day);
      const left = await appendRows(this.#options.dir, day, ofDay);
      this.#wrote(left?.reason);
      for (const row of left?.rows ?? []) this.#take(row);
    }
    if (this.#waiting.size > 0) this.#arm();
  }

  /** `refused`: why the disk took nothing. Told once, until it takes again. */
  #wrote(refused: string | undefined): void {
    const { dir, runtime: { log } } = this.#options;
    if (refused !== undefined && !this.#isRefused) {
      log.warn("the usage cannot be saved and waits in memory", {
        dir,
        reason: refused,
      });
    }
    this.#isRefused = refused !== undefined;
  }

  /** Once a day. */
  async #tidy(): Promise<void> {
    const { dir, runtime: { now } } = this.#options;
    const today = dayOf(now());
    if (today === this.#tidied || this.#isClosed) return;
    this.#tidied = today;
    await tidy(dir, now());
  }
}

function isOther({ model }: UsageRow): boolean {
  return model === OTHER_MODEL;
}

/**
 * Looks at blocks: reads a page of usage when one is due, as seldom as helps,
 * and rereads old figures for a client that shows them.
 *
 * Decides when, with `look_plan.ts`; `usage_reads.ts` reads. Looks only while
 * somebody uses the gateway and the network is there, and has no timer while
 * there is no block.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { PersonRecord } from "../../accounts/pool/person_record.ts";
import type { Registry } from "../../accounts/pool/registry.ts";
import { ageOf, type Moment, momentOf, sleptMs } from "../../clock.ts";
import { LOOK_AGAIN_MS, SLEPT_MS, USAGE_REFRESH_MS } from "../../limits.ts";
import type { Runtime } from "../../runtime.ts";
import type { Network } from "../network.ts";
import { type Look, nextLook } from "./look_plan.ts";
import type { AppliedRead, UsageReads } from "./usage_reads.ts";

export interface LooksDeps {
  readonly runtime: Pick<Runtime, "now" | "elapsed" | "after" | "random">;
  readonly registry: Registry;
  readonly reads: UsageReads;
  readonly network: Network;
}

export class Looks {
  readonly #deps: LooksDeps;
  /** When anybody asked the gateway for anything last. */
  #askedAt: Moment | undefined;
  /** When this was last awake, to notice a sleep. */
  #seenAt: Moment;
  #hourlyAt: number | undefined;
  readonly #soonAt = new WeakMap<PersonRecord, number>();
  readonly #readAt = new WeakMap<PersonRecord, Moment>();
  readonly #unreadableAt = new WeakMap<PersonRecord, Moment>();
  #cancel: (() => void) | undefined;
  #isLooking = false;
  #isRereading = false;
  #isStopped = false;

  constructor(deps: LooksDeps) {
    this.#deps = deps;
    this.#seenAt = momentOf(deps.runtime);
  }

  /** Somebody has asked the gateway for something. */
  asked(): void {
    this.#noticeSleep();
    this.#askedAt = momentOf(this.#deps.runtime);
    if (this.#cancel === undefined) this.#plan();
  }

  /** A limit is used up: there may be something to look at. */
  blocked(): void {
    this.#plan();
  }

  /** A client shows the pool's usage: old figures are read anew, in turn. */
  onPageAsked(): void {
    const { age } = USAGE_REFRESH_MS;
    this.#rereadOld(() => this.#deps.registry.accounts(), age);
  }

  /**
   * Figures keep these accounts out, and nobody else could serve: no answer of
   * theirs will show that a limit was reset.
   */
  withheld(ids: readonly string[]): void {
    const { registry } = this.#deps;
    const accounts = () => ids.flatMap((id) => registry.get(id) ?? []);
    this.#rereadOld(accounts, USAGE_REFRESH_MS.withheld);
  }

  #rereadOld(accounts: () => readonly Account[], age: number): void {
    if (this.#isRereading || this.#isStopped) return;
    const old = accounts().filter((one) => this.#isOld(one, age));
    if (old.length > 0) void this.#reread(old, age);
  }

  /** A person wants an account's page read now. */
  async byHand(account: Account): Promise<AppliedRead> {
    const read = await this.#read(account);
    this.#plan();
    return read;
  }

  /** Ends at once; resolves when no read is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#clear();
    await this.#deps.reads.stop();
  }

  #clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #plan(): void {
    this.#clear();
    if (this.#isStopped || this.#isLooking) return;
    const next = this.#next();
    if (next === undefined) return;
    const { after, now } = this.#deps.runtime;
    const ms = Math.max(0, Math.min(next.at - now(), LOOK_AGAIN_MS.tick));
    this.#cancel = after(ms, () => this.#tick());
  }

  #tick(): void {
    this.#noticeSleep();
    const next = this.#next();
    if (next === undefined || next.at > this.#deps.runtime.now()) {
      return this.#plan();
    }
    const account = this.#deps.registry.get(next.id);
    if (account) void this.#look(account, next);
  }

  /** Undefined: there is nothing to look at, or nobody who waits for it. */
  #next(): Look | undefined {
    const { runtime, registry, network } = this.#deps;
    const isIdle = this.#askedAt === undefined ||
      ageOf(this.#askedAt, runtime) >= LOOK_AGAIN_MS.idle;
    if (isIdle) return undefined;
    const now = runtime.now();
    const blocked = registry.accounts().filter((one) =>
      one.record.hasBlocks && mayBeAsked(one)
    );
    // Asked with every request, and usually nothing is blocked.
    if (blocked.length === 0) return undefined;
    const candidates = blocked.map((one) => ({
      id: one.id,
      blocks: one.record.blocks(now),
      soonAt: this.#soonAt.get(one.record),
    }));
    const next = nextLook(candidates, { hourlyAt: this.#hourlyAt, now });
    return next && { ...next, at: Math.max(next.at, now + network.waitMs) };
  }

  async #look(account: Account, { hourly }: Look): Promise<void> {
    this.#clear();
    this.#isLooking = true;
    if (hourly) this.#hourlyAt = this.#deps.runtime.now();
    try {
      await this.#read(account);
    } finally {
      this.#isLooking = false;
      this.#plan();
    }
  }

  async #read(account: Account): Promise<AppliedRead> {
    const { record } = account;
    const { reads, runtime } = this.#deps;
    this.#soonAt.delete(record);
    this.#readAt.set(record, momentOf(runtime));
    const read = await reads.read(account);
    if (read.kind === "read") this.#unreadableAt.delete(record);
    if (read.kind === "unreadable") {
      this.#unreadableAt.set(record, momentOf(runtime));
    }
    // Limits are mostly reset for everyone.
    if (read.endedBlock) this.#lookSoon(() => runtime.now());
    return read;
  }

  /** Connections and figures are old: limits may have been reset meanwhile. */
  #noticeSleep(): void {
    const { now, random } = this.#deps.runtime;
    const seenAt = momentOf(this.#deps.runtime);
    const slept = sleptMs(this.#seenAt, seenAt) > SLEPT_MS;
    this.#seenAt = seenAt;
    if (!slept) return;
    const at = now() + Math.floor(random() * LOOK_AGAIN_MS.afterSleep);
    this.#lookSoon((record, refusedAt) =>
      Math.max(at, this.#earliest(record, refusedAt))
    );
  }

  /** A machine that wakes often does not ask more often for that. */
  #earliest(record: PersonRecord, refusedAt: number): number {
    const readAt = this.#readAt.get(record)?.now ?? 0;
    return Math.max(readAt, refusedAt) + LOOK_AGAIN_MS.steps[0];
  }

  #lookSoon(at: (record: PersonRecord, refusedAt: number) => number): void {
    const { registry, runtime } = this.#deps;
    for (const { record } of registry.accounts()) {
      const blocks = record.blocks(runtime.now());
      if (blocks.length === 0) continue;
      const refusedAt = Math.max(...blocks.map(({ since }) => since));
      const before = this.#soonAt.get(record);
      // More news does not put off a look that is due for the former.
      const isDue = before !== undefined && before >= refusedAt;
      const soonAt = Math.min(
        isDue ? before : Infinity,
        at(record, refusedAt),
      );
      this.#soonAt.set(record, soonAt);
    }
  }

  async #reread(accounts: readonly Account[], ms: number): Promise<void> {
    this.#isRereading = true;
    try {
      for (const account of accounts) {
        const isOver = this.#isStopped || this.#deps.network.waitMs > 0;
        if (isOver) return;
        if (this.#isOld(account, ms)) await this.#read(account);
      }
    } finally {
      this.#isRereading = false;
    }
  }

  /** A blocked account has looks of its own. */
  #isOld(account: Account, ms: number): boolean {
    const { record, quota } = account;
    const { runtime } = this.#deps;
    const now = runtime.now();
    if (!mayBeAsked(account) || record.blocks(now).length > 0) return false;
    const age = quota === undefined ? Infinity : Math.abs(now - quota.at);
    return age > ms &&
      !this.#isWithin(USAGE_REFRESH_MS.pause, this.#readAt.get(record)) &&
      !this.#isWithin(
        LOOK_AGAIN_MS.unreadable,
        this.#unreadableAt.get(record),
      );
  }

  #isWithin(ms: number, moment: Moment | undefined): boolean {
    return moment !== undefined && ageOf(moment, this.#deps.runtime) < ms;
  }
}

/** A paused account may be asked: its block may end. */
function mayBeAsked(account: Account): boolean {
  return account.duplicateOf === undefined && !account.isInvalid;
}

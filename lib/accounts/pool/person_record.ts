/**
 * What is known of a person's quota, and what they have set: readings, blocks
 * and settings.
 *
 * Belongs to the person and workspace, not to a file: duplicates share it, and
 * it outlives a rename, a new sign-in and a restart. Holds no token and no name.
 */
import { lasts } from "../../clock.ts";
import type { Failure } from "../../failure/failure.ts";
import { LOOK_AGAIN_MS, QUOTA_BLOCK_MS } from "../../limits.ts";
import { HEADER } from "../../protocol/headers.ts";
import {
  type Block,
  blockOf,
  blocks,
  isFree,
  lookedAt,
  postponed,
  type Refused,
  refusedAgain,
  unreadable,
} from "../../quota/block.ts";
import { limitId, shortText } from "../../quota/fields.ts";
import { limitIdOf } from "../../quota/limit_of.ts";
import {
  begunBy,
  merged,
  notLaterThan,
  type Quota,
  type Reading,
  USUAL_LIMIT,
  withoutFull,
} from "../../quota/quota.ts";
import { readHeaders } from "../../quota/read_headers.ts";
import { NO_SETTINGS, type Settings } from "./settings.ts";

/** All of it, as it is saved. */
export interface PersonFacts {
  readonly quota: Quota | undefined;
  readonly blocks: readonly Block[];
  readonly settings: Settings;
}

type Exhausted = Extract<Failure, { kind: "quota_exhausted" }>;

/** What a page of usage has shown of the blocks. */
export interface Looked {
  readonly ended: readonly Block[];
  readonly held: readonly Block[];
}

/** Times are in milliseconds since the epoch; `chance` is from 0 to 1. */
export class PersonRecord {
  #quota: Quota | undefined;
  #blocks = new Map<string, Block>();
  #settings = NO_SETTINGS;
  /** When a turn was served last, by limit. */
  readonly #usedAt = new Map<string, number>();
  /** Blocks that a look has ended, for as long as that may prove wrong. */
  readonly #endedByLook = new Map<
    string,
    { readonly block: Block; readonly at: number }
  >();

  get quota(): Quota | undefined {
    return this.#quota;
  }
  get settings(): Settings {
    return this.#settings;
  }
  set settings(settings: Settings) {
    this.#settings = settings;
  }
  get facts(): PersonFacts {
    return {
      quota: this.#quota,
      blocks: [...this.#blocks.values()],
      settings: this.#settings,
    };
  }

  restore({ quota, blocks, settings }: PersonFacts): void {
    this.#quota = quota;
    this.#blocks = new Map(blocks.map((block) => [block.limit, block]));
    this.#settings = settings;
  }

  learned(reading: Reading): void {
    const known = this.#quota && notLaterThan(this.#quota, reading.at);
    // The clock was turned back: turns from after now have begun nothing.
    if (known !== this.#quota) this.#usedAt.clear();
    this.#quota = this.#asUsed(merged(known, reading));
  }

  /**
   * A turn that began at `startedAt` is being served: it begins the windows of
   * its limit. Returns whether no other turn was served since then.
   */
  used(
    model: string | undefined,
    now: number,
    startedAt: number = now,
  ): boolean {
    const limit = limitIdOf(this.#quota, model);
    const usedAt = this.#usedAt.get(limit) ?? -Infinity;
    this.#usedAt.set(limit, now);
    if (this.#quota) this.#quota = this.#asUsed(this.#quota);
    return usedAt < startedAt;
  }

  #asUsed(quota: Quota): Quota {
    const mayBegin = [...quota.limits.values()].some(({ windows }) =>
      windows.some(({ running }) => !running)
    );
    if (!mayBegin) return quota;
    const limits = [...quota.limits].map(([id, limit]) => {
      const usedAt = this.#usedAt.get(id);
      return [
        id,
        usedAt === undefined ? limit : begunBy(limit, usedAt),
      ] as const;
    });
    return { ...quota, limits: new Map(limits) };
  }

  /**
   * Learns from a refusal for a limit that is used up. Returns the block that
   * begins with it, if it is news. `model`: as the caller wrote it.
   */
  refusedBy(
    { answer, headers = answer.headers, retryAfterMs }: Exhausted,
    { now, model, chance }: {
      readonly now: number;
      readonly model: string | undefined;
      readonly chance: number;
    },
  ): Block | undefined {
    const reading = readHeaders(headers, now, "refusal");
    if (reading) this.learned(reading);
    // Upstream also names limits that it tells nothing else of.
    const named = limitId(headers.get(HEADER.activeLimit));
    const isKnown = named !== undefined && this.#quota?.limits.has(named);
    const isNew = this.refused({
      limit: isKnown ? named : USUAL_LIMIT,
      // Callers may write anything there, and blocks are saved.
      model: shortText(model),
      until: now + (retryAfterMs ?? QUOTA_BLOCK_MS),
      told: retryAfterMs !== undefined,
    }, { now, chance });
    return isNew ? this.blockOf(model, now) : undefined;
  }

  /** Upstream has refused a turn for a limit. Says whether it is news. */
  refused(
    refused: Refused,
    { now, chance }: { readonly now: number; readonly chance: number },
  ): boolean {
    const known = this.#blocks.get(refused.limit);
    if (known !== undefined && this.blocks(now).includes(known)) {
      // Concurrent turns that meet one limit: the looks stay as planned.
      this.#blocks.set(refused.limit, refusedAgain(known, refused, now));
      return false;
    }
    const ended = this.#endedByLook.get(refused.limit);
    const wasWrong = ended && now - ended.at <= LOOK_AGAIN_MS.wrong;
    const before = wasWrong ? ended.block : undefined;
    this.#blocks.set(refused.limit, blockOf(refused, { now, chance, before }));
    return true;
  }

  /** Whether there are any, even if they are over. */
  get hasBlocks(): boolean {
    return this.#blocks.size > 0;
  }

  /** The blocks that still hold. */
  blocks(now: number): readonly Block[] {
    // Never longer than planned, even if the clock is turned back.
    return [...this.#blocks.values()].filter(({ since, until }) =>
      lasts({ since, ms: until - since, now })
    );
  }

  /** The block that keeps this model away, the longest if there are several. */
  blockOf(model: string | undefined, now: number): Block | undefined {
    if (this.#blocks.size === 0) return undefined;
    const limit = limitIdOf(this.#quota, model);
    return this.blocks(now)
      .filter((block) => blocks(block, { model, limit }))
      .toSorted((a, b) => b.until - a.until)[0];
  }

  /** A turn that began at `startedAt` was served: its block is over. */
  served(
    model: string | undefined,
    startedAt: number,
    now: number,
  ): Block | undefined {
    const block = this.blockOf(model, now);
    // A turn that was under way before says nothing of the turns after it.
    if (block === undefined || startedAt <= block.since) return undefined;
    this.#blocks.delete(block.limit);
    return block;
  }

  /**
   * A page of usage that was asked for at `askedAt`: ends the blocks whose
   * limits are free, and plans the next look for the others.
   */
  pageRead(
    reading: Reading,
    { askedAt, now, chance }: {
      readonly askedAt: number;
      readonly now: number;
      readonly chance: number;
    },
  ): Looked {
    this.learned(reading);
    // Of a refusal that came later the page may know nothing.
    const known = this.blocks(now).filter(({ since }) => since <= askedAt);
    const ended = known.filter((block) => isFree(block, reading.limits));
    const held = known.filter((block) => !ended.includes(block))
      .map((block) => lookedAt(block, now, chance));
    for (const block of ended) {
      this.#blocks.delete(block.limit);
      this.#endedByLook.set(block.limit, { block, at: now });
    }
    for (const block of held) this.#blocks.set(block.limit, block);
    return { ended, held };
  }

  /** The page could not be read. */
  unreadable(now: number): void {
    this.#replan((block) => unreadable(block, now));
  }

  /** There was no answer to a look. */
  postponed(now: number): void {
    this.#replan((block) => postponed(block, now));
  }

  #replan(plan: (block: Block) => Block): void {
    for (const [limit, block] of this.#blocks) {
      this.#blocks.set(limit, plan(block));
    }
  }

  /**
   * A person ends all blocks. Figures that say the same count as unknown: they
   * would keep the account away as long.
   */
  unblock(): void {
    this.#blocks.clear();
    this.#quota = this.#quota && withoutFull(this.#quota);
  }
}

/**
 * One memory budget for everything that callers have sent and that is still
 * held: incoming bodies, decoded bodies, websocket frames.
 *
 * A limit per body bounds one caller; this bounds all callers together. Counts
 * bytes and holds none itself.
 */
import { BODIES_HELD } from "../limits.ts";

/** How much of callers' input is held, and how long more is waited for. */
export interface BodyLimits {
  /** Over all bodies; undefined: see `roomForBodies`. */
  readonly allBytes: number | undefined;
  /** Milliseconds without a byte after which reading ends. */
  readonly idleMs: number;
}

/** The default budget, in bytes. */
export function roomForBodies(maxBodyBytes: number): number {
  return BODIES_HELD * maxBodyBytes;
}

export class BodyBudget {
  /** Bytes, over all callers. */
  readonly limit: number;
  #held = 0;
  #refused = 0;
  readonly #share: Share = {
    room: () => this.limit - this.#held,
    take: (bytes) => {
      this.#held += bytes;
    },
    refused: () => {
      this.#refused++;
    },
  };

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** How many bodies and frames there was no room for. */
  get refused(): number {
    return this.#refused;
  }

  /** A share of the budget that holds nothing yet. */
  open(): HeldBytes {
    return new HeldBytes(this.#share);
  }
}

interface Share {
  readonly room: () => number;
  readonly take: (bytes: number) => void;
  readonly refused: () => void;
}

/** One body's share of the budget; disposing gives it back. */
export class HeldBytes implements Disposable {
  readonly #share: Share;
  #bytes = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  /** How many more bytes there is room for now. */
  get room(): number {
    return this.#share.room();
  }

  /** False, and counted as refused, if there is no room for `bytes` more. */
  grow(bytes: number): boolean {
    if (bytes > this.#share.room()) {
      this.#share.refused();
      return false;
    }
    this.#bytes += bytes;
    this.#share.take(bytes);
    return true;
  }

  [Symbol.dispose](): void {
    this.#share.take(-this.#bytes);
    this.#bytes = 0;
  }
}

/**
 * One budget for all that callers have sent and that is still held: bodies on
 * their way in, decoded ones, frames of websockets.
 *
 * A limit per body bounds one caller; this bounds all of them together. What
 * is held is given back by the object that knows how much it is.
 */

/** How much of what callers send is held, and how long for more of it. */
export interface BodyLimits {
  /** Over all bodies; undefined is some times the limit of one. */
  readonly allBytes: number | undefined;
  /** Milliseconds without a byte. */
  readonly idleMs: number;
}

/** So many of the largest bodies may be here at once, decoded ones included. */
const LARGEST_BODIES = 8;

/** The limit of a budget where nothing else is said, in bytes. */
export function roomForBodies(maxBodyBytes: number): number {
  return LARGEST_BODIES * maxBodyBytes;
}

export class BodyBudget {
  /** Bytes, over all callers. */
  readonly limit: number;
  #held = 0;
  #refused = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** How often somebody was told to come back. */
  get refused(): number {
    return this.#refused;
  }

  /** Holds nothing yet. */
  open(): HeldBytes {
    return new HeldBytes({
      room: () => this.limit - this.#held,
      take: (bytes) => {
        this.#held += bytes;
      },
      refused: () => {
        this.#refused++;
      },
    });
  }
}

interface Share {
  readonly room: () => number;
  readonly take: (bytes: number) => void;
  readonly refused: () => void;
}

/** One body's part of the budget, given back when it is disposed of. */
export class HeldBytes implements Disposable {
  readonly #share: Share;
  #bytes = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  /** How many more there is room for now. */
  get room(): number {
    return this.#share.room();
  }

  /** False, and counted as refused, where there is no room for so many more. */
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

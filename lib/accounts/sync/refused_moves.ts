/**
 * Surplus files that could not be moved to the trash, by a full disk say: each
 * is tried again, and logged again, after a minute rather than at every scan.
 */

import type { Clock } from "../../clock.ts";
import { REMIND_MS } from "../../limits.ts";
import { fingerprint } from "../files/digest.ts";
import type { Surplus } from "./reconcile.ts";

interface Refused {
  readonly state: string;
  /** By `Clock.elapsed`. */
  readonly at: number;
}

export class RefusedMoves {
  readonly #elapsed: Clock["elapsed"];
  /** By the name of the file. */
  #refused = new Map<string, Refused>();

  constructor({ elapsed }: Pick<Clock, "elapsed">) {
    this.#elapsed = elapsed;
  }

  /** Those to move now. Forgets files that are no longer surplus. */
  due(surplus: readonly Surplus[]): readonly Surplus[] {
    const elapsed = this.#elapsed();
    const recent = new Map<string, Refused>();
    const due = surplus.filter((one) => {
      const last = this.#refused.get(one.file.name);
      const isRecent = last?.state === stateOf(one) &&
        elapsed - last.at < REMIND_MS;
      if (isRecent) recent.set(one.file.name, last);
      return !isRecent;
    });
    this.#refused = recent;
    return due;
  }

  /** It could not be moved. */
  add(surplus: Surplus): void {
    this.#refused.set(surplus.file.name, {
      state: stateOf(surplus),
      at: this.#elapsed(),
    });
  }
}

/** A file that was changed, or is surplus for another reason, counts as new. */
function stateOf({ file, reason }: Surplus): string {
  return `${reason} ${fingerprint(file.bytes)}`;
}

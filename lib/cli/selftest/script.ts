/** One script of `codaze selftest`: a fault, and what must hold after it. */
import type { Claims, Stage, StageConditions } from "./stage.ts";

export interface Script extends StageConditions {
  /** A sentence that holds if the script passes. */
  readonly name: string;
  readonly play: (stage: Stage) => Promise<Claims>;
}

/** How a script went. */
export interface Played {
  readonly name: string;
  readonly ms: number;
  /** Claims that did not hold; empty if it passed. */
  readonly unmet: readonly string[];
}

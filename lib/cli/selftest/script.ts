/** One script of `codaze selftest`: a fault, and what must hold after it. */
import type { Timeouts } from "../../relay/attempt.ts";
import type { Stage } from "./stage.ts";

export interface Script {
  /** A sentence that holds if the script passes. */
  readonly name: string;
  readonly timeouts?: Partial<Timeouts>;
  /** Whether the accounts have an access token at the start. Default: true. */
  readonly warm?: boolean;
  /** Returns what must hold, in words, and whether it does. */
  readonly play: (stage: Stage) => Promise<Claims>;
}

export type Claims = Readonly<Record<string, boolean>>;

/** How a script went. */
export interface Played {
  readonly name: string;
  readonly ms: number;
  /** Claims that did not hold; empty if it passed. */
  readonly unmet: readonly string[];
}

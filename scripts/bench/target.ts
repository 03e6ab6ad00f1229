/** What is measured: a process that listens, or the upstream by itself. */

import type { Child } from "./process.ts";

export type TargetName = "direct" | "nginx" | "gateway" | "normalize";

/** `gateway` is fingerprint mode `passthrough`, `normalize` the other one. */
export interface Target extends Child {
  readonly name: TargetName;
  readonly port: number;
  /** Of a gateway. */
  readonly adminPort?: number;
}

/** One line of the report; `values` are in `unit`, per target. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Whether one target's figure divided by another's says anything. */
  readonly ratios: boolean;
  readonly values: Readonly<Partial<Record<TargetName, number>>>;
}

/** What is measured: a proxy's process, or the upstream itself. */

import type { Child } from "./process.ts";

export type TargetName = "direct" | "nginx" | "gateway" | "normalize";

/** `gateway` runs in fingerprint mode `passthrough`. */
export interface Target extends Child {
  readonly name: TargetName;
  readonly port: number;
  /** Only a gateway has one. */
  readonly adminPort?: number;
}

/** One line of the report; `values` are in `unit`, per target. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Whether ratios between targets mean anything. */
  readonly ratios: boolean;
  readonly values: Readonly<Partial<Record<TargetName, number>>>;
}

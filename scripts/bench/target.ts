/** What is measured: a proxy's process, or the upstream itself. */

import type { Child } from "./process.ts";

/**
 * In the order of the report's columns. `relay` is the bare relay of
 * `relay.ts`; the last two are the program of `--against`.
 */
export const TARGET_NAMES = [
  "direct",
  "nginx",
  "relay",
  "normalize",
  "passthrough",
  "against-normalize",
  "against-passthrough",
] as const;

export type TargetName = typeof TARGET_NAMES[number];

export interface Target extends Child {
  readonly name: TargetName;
  readonly port: number;
  /** Only a gateway has one. */
  readonly adminPort?: number;
}

/** Another network than this process has, with an upstream over TLS. */
export interface Place {
  /** The words before those of a program that is started there. */
  readonly command: readonly string[];
  /** The origin of the upstream, and a file with its root certificate. */
  readonly upstream: string;
  readonly root: string;
}

/** The targets, another one first each round: none always follows the same. */
export function inTurn(
  targets: readonly Target[],
  round: number,
): readonly Target[] {
  const first = round % Math.max(1, targets.length);
  return [...targets.slice(first), ...targets.slice(0, first)];
}

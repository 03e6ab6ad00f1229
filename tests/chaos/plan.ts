/** What a caller does in its next turn, by the turn's seed. */
import { type Random, seeded } from "../support/random.ts";
import { prose } from "./speech.ts";

export type CallerKind = "codex" | "sdk" | "whole" | "socket";

export interface Plan {
  readonly kind: CallerKind;
  readonly prompt: string;
  /** Path of an answer that is no stream. */
  readonly path: string;
  /** Sent by zstd, as the official client does. */
  readonly isEncoded: boolean;
  /** The request leaves in this many pieces, with pauses. */
  readonly pieces: number;
  /** Real milliseconds before each read. */
  readonly readPauseMs: number;
  /** Bytes, or messages, behind which the caller leaves. */
  readonly leaveAfter: number;
  /** Turns on one websocket. */
  readonly turns: number;
}

const KINDS: readonly CallerKind[] = [
  "codex",
  "codex",
  "codex",
  "sdk",
  "whole",
  "socket",
  "socket",
  "socket",
];

const WHOLE_PATHS: readonly string[] = [
  "/v1/responses/compact",
  "/v1/alpha/search",
  "/v1/images/generations",
];

export function planOf(seed: number): Plan {
  const random = seeded(seed);
  const kind = random.pick(KINDS);
  const leaves = random.oneIn(7);
  return {
    kind,
    prompt: prose(random, promptLength(random)),
    path: random.pick(WHOLE_PATHS),
    isEncoded: kind === "codex" && random.oneIn(3),
    pieces: random.oneIn(4) ? 1 + random.int(6) : 1,
    readPauseMs: random.oneIn(6) ? random.int(20) : 0,
    leaveAfter: leaves ? leavingPoint(random, kind) : Infinity,
    turns: 1 + random.int(4),
  };
}

/** Mostly small; at times over what is encoded in one go, or is read at once. */
function promptLength(random: Random): number {
  return random.int(random.pick([200, 200, 2_000, 2_000, 40_000, 700_000]));
}

function leavingPoint(random: Random, kind: CallerKind): number {
  return random.int(kind === "socket" ? 12 : 3_000);
}

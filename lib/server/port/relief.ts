/**
 * Decides when to close all idle connections. Pure; closes nothing itself.
 *
 * The runtime has no timeout for idle connections, cannot close a single one,
 * and does not show a websocket message that is still incomplete. The only way
 * is to shut a listener down and listen again. That spares answers under way
 * and costs idle callers a new connection, but it cuts websockets. So it is for
 * a flood, not for many ordinary clients.
 */
import {
  BASE_DESCRIPTORS,
  MANY_IDLE,
  MANY_IDLE_MS,
  RELIEF_MEMORY_PAUSE_MS,
  RELIEF_PAUSE_MS,
} from "../../limits.ts";

export interface Pressure {
  /** The least number of descriptors in use; undefined if unknown. */
  readonly inUse: number | undefined;
  readonly nearLimit: boolean;
  /** Requests, streams and websockets; each may take two descriptors. */
  readonly open: number;
  readonly websockets: number;
  /** Websockets with a turn under way. */
  readonly busy: number;
  readonly rss: number;
  readonly memoryLimit: number;
  /** For how many milliseconds there have been too many idle connections. */
  readonly idleForMs: number;
  readonly sinceLastMs: number;
}

export type Relief = "descriptors" | "idle connections" | "memory";

/** Undefined if nothing is wrong, or closing connections would not help. */
export function reliefFor(pressure: Pressure): Relief | undefined {
  const { sinceLastMs, nearLimit, inUse = 0 } = pressure;
  if (sinceLastMs < RELIEF_PAUSE_MS) return undefined;
  if (nearLimit && 2 * idleOf(pressure) > inUse) return "descriptors";
  const { rss, memoryLimit, websockets, idleForMs, busy } = pressure;
  const isFull = rss > memoryLimit && websockets > 0;
  if (isFull && sinceLastMs >= RELIEF_MEMORY_PAUSE_MS) return "memory";
  return idleForMs >= MANY_IDLE_MS && busy === 0
    ? "idle connections"
    : undefined;
}

export function hasManyIdle(
  pressure: Pick<Pressure, "inUse" | "open">,
): boolean {
  return idleOf(pressure) > MANY_IDLE;
}

/** The least number of connections without a request, stream or websocket. */
function idleOf({ inUse = 0, open }: Pick<Pressure, "inUse" | "open">): number {
  return Math.max(0, inUse - BASE_DESCRIPTORS - 2 * open);
}

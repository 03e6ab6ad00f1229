/**
 * Decides when to close all idle connections. Pure; closes nothing itself.
 *
 * The runtime has no timeout for idle connections, cannot close a single one,
 * and does not show a websocket message that is still incomplete. The only way
 * is to shut a listener down and listen again. That spares answers under way
 * and costs idle callers a new connection, but it cuts websockets. So it is for
 * a flood, not for many ordinary clients.
 */

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

/** Descriptors for files, ports and pooled connections to upstream. */
const BASE = 100;

/** More idle connections than any number of ordinary clients keeps open. */
const MANY_IDLE = 2_000;
const IDLE_MS = 60_000;
const PAUSE_MS = 60_000;
/** Longer, because memory that websockets do not hold stays in use. */
const MEMORY_PAUSE_MS = 600_000;

/** Undefined if nothing is wrong, or closing connections would not help. */
export function reliefFor(pressure: Pressure): Relief | undefined {
  const { sinceLastMs, nearLimit, inUse = 0 } = pressure;
  if (sinceLastMs < PAUSE_MS) return undefined;
  if (nearLimit && 2 * idleOf(pressure) > inUse) return "descriptors";
  const { rss, memoryLimit, websockets, idleForMs, busy } = pressure;
  const isFull = rss > memoryLimit && websockets > 0;
  if (isFull && sinceLastMs >= MEMORY_PAUSE_MS) return "memory";
  return idleForMs >= IDLE_MS && busy === 0 ? "idle connections" : undefined;
}

export function hasManyIdle(
  pressure: Pick<Pressure, "inUse" | "open">,
): boolean {
  return idleOf(pressure) > MANY_IDLE;
}

/** The least number of connections without a request, stream or websocket. */
function idleOf({ inUse = 0, open }: Pick<Pressure, "inUse" | "open">): number {
  return Math.max(0, inUse - BASE - 2 * open);
}

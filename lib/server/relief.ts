/**
 * When to end every connection that waits for nothing but its caller. Pure.
 *
 * The runtime has no timeout for such connections and no way to end one, and
 * none to see a message that a websocket has yet to put together. What can be
 * done is to shut a listener down and listen again, which spares answers under
 * way and costs idle callers a new connection; but it cuts websockets. So it
 * is done for a flood, not for a crowd.
 */

export interface Pressure {
  /** Descriptors, at least; undefined where nobody can tell. */
  readonly inUse: number | undefined;
  readonly nearLimit: boolean;
  /** Requests, streams and websockets; each may take two descriptors. */
  readonly open: number;
  readonly websockets: number;
  /** Websockets with a turn under way. */
  readonly busy: number;
  readonly rss: number;
  readonly memoryLimit: number;
  /** Milliseconds for which there have been too many idle connections. */
  readonly idleForMs: number;
  readonly sinceLastMs: number;
}

export type Relief = "descriptors" | "idle connections" | "memory";

/** Files, ports, and connections to upstream that are kept for a while. */
const BASE = 100;

/** More than any crowd of clients keeps open for later. */
const MANY_IDLE = 2_000;
const IDLE_MS = 60_000;
const PAUSE_MS = 60_000;
/** What is not held by websockets does not go away with them. */
const MEMORY_PAUSE_MS = 600_000;

/** Undefined: nothing is to be done, or nothing would help. */
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

/** Connections that belong to nothing we know of, at least. */
function idleOf({ inUse = 0, open }: Pick<Pressure, "inUse" | "open">): number {
  return Math.max(0, inUse - BASE - 2 * open);
}

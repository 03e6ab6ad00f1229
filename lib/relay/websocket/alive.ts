/**
 * Checks whether an upstream websocket that was idle between turns still works.
 *
 * A router that drops the connection, or this machine going to sleep, closes
 * it without telling either side. A turn sent on it would hang until the idle
 * limit.
 */
import { ageOf, type Clock, type Moment } from "../../clock.ts";
import type { OutgoingSocket, Runtime } from "../../runtime.ts";
import type { Timeouts } from "../attempt.ts";

/** Unused for longer than `doubtMs`, or the clock was turned back since. */
export function isDoubtful(
  usedAt: Moment,
  clock: Clock,
  { doubtMs }: Pick<Timeouts, "doubtMs">,
): boolean {
  return ageOf(usedAt, clock) > doubtMs || clock.now() < usedAt.now;
}

/** False if no pong comes in time, or the connection ends. */
export async function isAlive(
  socket: Pick<OutgoingSocket, "ping" | "resume">,
  { after, pongMs }: Pick<Runtime, "after"> & Pick<Timeouts, "pongMs">,
): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = after(pongMs, () => late.resolve(false));
  // Reading may be paused for a slow caller; the pong queues behind that data.
  socket.resume();
  const isThere = await Promise.race([socket.ping(), late.promise]);
  cancel();
  return isThere;
}

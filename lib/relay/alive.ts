/**
 * Whether a websocket that was held without use is still one.
 *
 * A router that forgot it, or a nap of this machine, ends a connection without
 * a word to either side; a turn sent there would hang for as long as silence
 * is allowed.
 */
import { ageOf, type Clock, type Moment } from "../clock.ts";
import type { OutgoingSocket, Runtime } from "../runtime.ts";
import type { Timeouts } from "./attempt.ts";

/** Out of use for long, or since before the clock was turned back. */
export function isDoubtful(
  usedAt: Moment,
  clock: Clock,
  { doubtMs }: Pick<Timeouts, "doubtMs">,
): boolean {
  return ageOf(usedAt, clock) > doubtMs || clock.now() < usedAt.now;
}

/** False if its peer does not answer in time, or the connection ends. */
export async function isAlive(
  socket: Pick<OutgoingSocket, "ping" | "resume">,
  { after, pongMs }: Pick<Runtime, "after"> & Pick<Timeouts, "pongMs">,
): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = after(pongMs, () => late.resolve(false));
  // The answer is behind what a slow caller has kept from being read.
  socket.resume();
  const isThere = await Promise.race([socket.ping(), late.promise]);
  cancel();
  return isThere;
}

/**
 * Whether a websocket that was held without use is still one.
 *
 * A router that forgot it, or a nap of this machine, ends a connection without
 * a word to either side; a turn sent there would hang for as long as silence
 * is allowed.
 */
import type { OutgoingSocket, Runtime } from "../runtime.ts";
import type { Timeouts } from "./attempt.ts";

/** `heardAt` and `now` are of the clock on the wall, which a nap moves. */
export function isDoubtful(
  heardAt: number,
  now: number,
  { doubtMs }: Pick<Timeouts, "doubtMs">,
): boolean {
  const silentMs = now - heardAt;
  return silentMs > doubtMs || silentMs < 0;
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

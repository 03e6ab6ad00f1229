/** A wire that hands on bytes late, in pieces, or not to the end. */
import type { Random } from "../../support/random.ts";
import { pause } from "../clock.ts";
import type { Wire } from "./wire.ts";

/** What one connection does to its bytes; counts are of either direction. */
export interface Spoiling {
  readonly name: string;
  /** Bytes to the gateway after which it is cut. */
  readonly cutAfterSent?: number;
  /** Bytes from the gateway after which it is cut. */
  readonly cutAfterRead?: number;
  readonly resets?: boolean;
  /** The first bytes to the gateway leave one by one. */
  readonly singleBytes?: number;
  /** Real milliseconds that each write waits. */
  readonly delayMs?: number;
}

/** Four of five connections are good. */
export function chooseSpoiling(random: Random): Spoiling {
  if (random.int(5) > 0) return { name: "none" };
  const far = () => random.int(random.pick([40, 600, 20_000]));
  const resets = random.oneIn(2);
  return random.pick<() => Spoiling>([
    () => ({ name: "cut to the gateway", cutAfterSent: far(), resets }),
    () => ({ name: "cut from the gateway", cutAfterRead: far(), resets }),
    () => ({ name: "single bytes", singleBytes: 400 }),
    () => ({ name: "delays", delayMs: 1 + random.int(15) }),
  ])();
}

export function spoiled(
  wire: Wire,
  spoiling: Spoiling,
  isCut: () => void,
): Wire {
  const { cutAfterSent = Infinity, cutAfterRead = Infinity } = spoiling;
  const { singleBytes = 0, delayMs = 0 } = spoiling;
  let sent = 0;
  let read = 0;
  const cut = () => {
    isCut();
    if (spoiling.resets) wire.reset();
    else wire.close();
  };
  return {
    ...wire,
    read: async () => {
      const chunk = await wire.read();
      read += chunk?.length ?? 0;
      if (read < cutAfterRead) return chunk;
      cut();
      return undefined;
    },
    write: async (bytes) => {
      if (delayMs > 0) await pause(delayMs, wire.closed);
      let at = 0;
      for (; at < bytes.length && sent < singleBytes; at++) {
        await wire.write(bytes.subarray(at, at + 1));
        sent++;
      }
      const left = Math.max(0, cutAfterSent - sent);
      const rest = bytes.subarray(at, at + left);
      await wire.write(rest);
      sent += rest.length;
      if (rest.length < bytes.length - at) cut();
    },
  };
}

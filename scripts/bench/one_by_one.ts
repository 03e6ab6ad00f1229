/** Requests one after another, as one person at work sends them. */

import { exchangeOnce } from "./exchange.ts";
import { sleep } from "./net.ts";
import { countCpu } from "./process.ts";
import type { Target } from "./target.ts";

export interface Block {
  /** Milliseconds, one per request. */
  readonly firstByte: readonly number[];
  readonly cpuSecondsPerRequest: number;
}

/** What a request leaves for later, such as its log line, belongs to it. */
const AFTERWARDS_MS = 30;

export async function oneByOne(
  target: Target,
  message: Uint8Array,
  count: number,
): Promise<Block> {
  const cpu = countCpu(target.pid);
  const firstByte: number[] = [];
  while (firstByte.length < count) {
    firstByte.push((await exchangeOnce(target.port, message)).firstByteMs);
  }
  await sleep(AFTERWARDS_MS);
  return { firstByte, cpuSecondsPerRequest: cpu() / count };
}

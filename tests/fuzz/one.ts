/**
 * One target in a process of its own, so that what never returns can be ended:
 * `one.ts NAME SEED FROM SECONDS`.
 *
 * Prints the number of the input before every so many, and at the end, or at
 * the first that fails, one line of JSON. The same seed and number make the
 * same input.
 */
import { cpuUsage } from "node:process";
import { type Random, seeded } from "../support/random.ts";
import { mutated } from "./mutate.ts";
import type { Bytes, Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** How one target went. */
export interface Outcome {
  readonly inputs: number;
  readonly failed?: {
    readonly at: number;
    readonly reason: string;
    /** In base64. */
    readonly input: string;
  };
}

/** For some kilobytes, checked in several ways. */
const MOST_MS = 2_000;

/** More often it would take longer than the inputs. */
const BEAT = 50;

/** What one input is made of. */
function randomFor(seed: number, at: number): Random {
  return seeded((seed + Math.imul(at, 0x9e3779b1)) >>> 0);
}

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const [name, ...numbers] = args;
  const [seed = 0, from = 0, seconds = 0] = numbers.map(Number);
  const target = TARGETS.find((one) => one.name === name);
  if (!target) throw new Error(`no target ${name}`);
  // A mistake in a callback is a failure of the input at hand.
  let stray: unknown;
  for (const type of ["unhandledrejection", "error"]) {
    globalThis.addEventListener(type, (event) => {
      event.preventDefault();
      stray = "reason" in event ? event.reason : event;
    });
  }
  const until = performance.now() + seconds * 1000;
  let at = from;
  for (; at === from || performance.now() < until; at++) {
    if ((at - from) % BEAT === 0) say(`at ${at}`);
    const failed = await failure(target, seed, at) ??
      (stray === undefined ? undefined : String(stray));
    if (failed === undefined) continue;
    const input = await smallest(target, seed, at, failed);
    return end({
      inputs: at - from + 1,
      failed: { at, reason: failed, input: input.toBase64() },
    });
  }
  end({ inputs: at - from });
}

async function failure(
  target: Target,
  seed: number,
  at: number,
): Promise<string | undefined> {
  const random = randomFor(seed, at);
  return await reasonOf(target, mutated(target, random), random.int(2 ** 32));
}

/** Time of the processor, which no busy machine makes longer. */
function processorMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** Why it fails; undefined where all holds. */
async function reasonOf(
  target: Target,
  input: Bytes,
  seed: number,
): Promise<string | undefined> {
  const before = processorMs();
  try {
    await target.check(input, seeded(seed));
    const took = processorMs() - before;
    return took < MOST_MS ? undefined : `too slow: ${took} ms of processor`;
  } catch (error) {
    return error instanceof Error
      ? error.stack ?? error.message
      : String(error);
  }
}

/** Leaves out whatever need not be there for it to fail. */
async function smallest(
  target: Target,
  seed: number,
  at: number,
  failed: string,
): Promise<Bytes> {
  const random = randomFor(seed, at);
  let input = mutated(target, random);
  const checkSeed = random.int(2 ** 32);
  const kind = kindOf(failed);
  const until = performance.now() + 5_000;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let from = 0; from < input.length && performance.now() < until;) {
      const less = Uint8Array.from(
        [...input.subarray(0, from), ...input.subarray(from + size)],
      );
      const reason = await reasonOf(target, less, checkSeed);
      if (reason !== undefined && kindOf(reason) === kind) input = less;
      else from += size;
    }
  }
  return input;
}

/** The same mistake, whatever values it tells. */
function kindOf(reason: string): string {
  return reason.split(/[:\n]/, 2).join(":");
}

function end(outcome: Outcome): never {
  say(JSON.stringify(outcome));
  Deno.exit(0);
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

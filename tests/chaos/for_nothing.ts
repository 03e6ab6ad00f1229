/**
 * Whether a turn was refused although an account could have served that is
 * never wronged: nobody said a word against the request, and the network was
 * there.
 */
import type { Turn } from "./turn.ts";

export interface Refused {
  readonly turn: Turn;
  /** What the caller was told. */
  readonly words: string;
  /** The account that is never wronged; empty where there is none. */
  readonly calm: string;
  readonly isFast: boolean;
  /** Whether the network failed since then. */
  readonly wasBad: (since: number) => boolean;
}

/** Of these no other account would have made anything better. */
const EXCUSES: ReadonlySet<string> = new Set(["network", "silence", "request"]);

export function isForNothing(
  { turn, words, calm, isFast, wasBad }: Refused,
): boolean {
  const asked = [...turn.shaken, ...turn.attempts];
  if (calm === "" || asked.length === 0) return false;
  // The client goes over to server-sent events at once.
  if (words === "handshake 426" || wasBad(turn.startedAt)) return false;
  // By a fast clock a handshake has a quarter of a second, and a pong half of
  // that: a busy machine may need more.
  if (isFast && /upstream_unreachable|^closed with/.test(words)) return false;
  return asked.every(({ account, blame }) =>
    account !== calm && !EXCUSES.has(blame)
  );
}

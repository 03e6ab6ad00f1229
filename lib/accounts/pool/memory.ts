/** What the pool remembers over a restart (`accounts/state/` saves it). */
import type { PersonFacts } from "./person_record.ts";

export interface PoolMemory {
  /** The key of all hashes. */
  readonly salt: Uint8Array;
  /** When the salt was made; milliseconds since the epoch. */
  readonly since: number;
  /** By keyed hash of the person. */
  readonly people: ReadonlyMap<string, PersonFacts>;
  readonly sessions: readonly SavedSession[];
}

/** A session with a home. */
export interface SavedSession {
  /** The keyed hash of its key. */
  readonly session: string;
  /** The keyed hash of its home's person. */
  readonly person: string;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

/** `now` in milliseconds since the epoch. */
export function noMemory(now: number): PoolMemory {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  return { salt, since: now, people: new Map(), sessions: [] };
}

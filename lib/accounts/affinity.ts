/**
 * Which account served a session before, so that its next turn goes there.
 *
 * In memory and bounded. Keys are hashed: a session id or a prompt cache key
 * is the caller's, and nothing here needs to read it.
 */

import { createHash } from "node:crypto";

const MAX_SESSIONS = 10_000;
const MAX_IDLE_MS = 24 * 60 * 60 * 1000;

interface Entry<Owner> {
  readonly owner: Owner;
  readonly usedAt: number;
}

/** An owner is the account itself: its id changes when its file is renamed. */
export class Affinity<Owner> {
  /** Least recently used first: a `Map` keeps the order of insertion. */
  readonly #sessions = new Map<string, Entry<Owner>>();

  get size(): number {
    return this.#sessions.size;
  }

  /** The account of this session, unless it has been idle for 24 hours. */
  get(sessionKey: string, now: number): Owner | undefined {
    const key = hash(sessionKey);
    const entry = this.#sessions.get(key);
    if (entry === undefined) return undefined;
    if (now - entry.usedAt <= MAX_IDLE_MS) return entry.owner;

    this.#sessions.delete(key);
    return undefined;
  }

  set(sessionKey: string, owner: Owner, now: number): void {
    const key = hash(sessionKey);
    this.#sessions.delete(key);
    this.#sessions.set(key, { owner, usedAt: now });
    this.#trim(now);
  }

  #trim(now: number): void {
    for (const [key, { usedAt }] of this.#sessions) {
      const full = this.#sessions.size > MAX_SESSIONS;
      if (!full && now - usedAt <= MAX_IDLE_MS) return;
      this.#sessions.delete(key);
    }
  }
}

function hash(sessionKey: string): string {
  return createHash("sha256").update(sessionKey).digest("base64");
}

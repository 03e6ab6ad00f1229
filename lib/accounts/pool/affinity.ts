/**
 * Which account is a session's home: the one that answered it last. Its next
 * turn goes there, where its prompt is cached.
 *
 * While the home cannot serve, all turns of the session go to one other account
 * (`next`). That becomes the home only once it has answered: an account that
 * was only tried has nothing of the session cached.
 *
 * Bounded. What is kept for long is hashed with a salt: a session id or a prompt
 * cache key is the caller's, and nothing here needs to read it.
 */

import { MAX_SESSIONS, SESSION_IDLE_MS } from "../../limits.ts";
import { node } from "../../std/node.ts";
import { Recent } from "../../recent.ts";

/** A session with a home, for the time after a restart. */
export interface KnownSession<Owner> {
  readonly name: string;
  readonly home: Owner;
  readonly usedAt: number;
}

export interface SessionEntry<Owner> {
  /** Who answered it last. */
  readonly home: Owner | undefined;
  /** Who serves while the home cannot, or while there is no home yet. */
  readonly next: Owner | undefined;
  /** The turn that was answered last, as its caller names it. */
  readonly turn: string | undefined;
  readonly usedAt: number;
}

/** Times are those of `Clock.elapsed`, in milliseconds. */
export class Affinity<Owner> {
  /** Least recently used first: a `Map` keeps the order of insertion. */
  readonly #sessions = new Map<string, SessionEntry<Owner>>();
  /** A turn asks several times, and a session has several turns. */
  readonly #hashes: Recent<string>;

  constructor(salt: Uint8Array = new Uint8Array()) {
    this.#hashes = new Recent((sessionKey) =>
      node().crypto.createHash("sha256").update(salt).update(sessionKey)
        .digest("base64url")
    );
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** What is known of a session, unless it has been idle for 24 hours. */
  of(sessionKey: string, now: number): SessionEntry<Owner> | undefined {
    return this.#get(this.#keyOf(sessionKey), now);
  }

  /** The hash under which a session is kept. */
  nameOf(sessionKey: string): string {
    return this.#keyOf(sessionKey);
  }

  /** Every session with a home, least recently used first. */
  known(): readonly KnownSession<Owner>[] {
    return [...this.#sessions].flatMap(([name, { home, usedAt }]) =>
      home === undefined ? [] : [{ name, home, usedAt }]
    );
  }

  /** Takes sessions of an earlier run, least recently used first. */
  restore(sessions: readonly KnownSession<Owner>[]): void {
    for (const { name, home, usedAt } of sessions) {
      this.#set(name, { home, next: undefined, turn: undefined, usedAt });
    }
  }

  /** Notes the choice of an account that is not the home, or not yet. */
  choose(sessionKey: string, owner: Owner, now: number): void {
    const key = this.#keyOf(sessionKey);
    const { home, turn } = this.#get(key, now) ?? {};
    this.#set(key, { home, next: owner, turn, usedAt: now });
  }

  /** Makes `owner` the home; returns the former home if it was another. */
  answered(
    sessionKey: string,
    owner: Owner,
    now: number,
    turn?: string,
  ): Owner | undefined {
    const key = this.#keyOf(sessionKey);
    const before = this.#get(key, now)?.home;
    this.#set(key, { home: owner, next: undefined, turn, usedAt: now });
    return before === owner ? undefined : before;
  }

  /** The account has failed: the next turn may choose again. */
  failed(sessionKey: string, owner: Owner, now: number): void {
    const key = this.#keyOf(sessionKey);
    const entry = this.#get(key, now);
    if (entry?.next !== owner) return;
    if (entry.home === undefined) this.#sessions.delete(key);
    else this.#sessions.set(key, { ...entry, next: undefined });
  }

  #keyOf(sessionKey: string): string {
    return this.#hashes.of(sessionKey);
  }

  #get(key: string, now: number): SessionEntry<Owner> | undefined {
    const entry = this.#sessions.get(key);
    if (entry === undefined || now - entry.usedAt <= SESSION_IDLE_MS) {
      return entry;
    }

    this.#sessions.delete(key);
    return undefined;
  }

  #set(key: string, entry: SessionEntry<Owner>): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, entry);
    this.#trim(entry.usedAt);
  }

  #trim(now: number): void {
    for (const [key, { usedAt }] of this.#sessions) {
      const full = this.#sessions.size > MAX_SESSIONS;
      if (!full && now - usedAt <= SESSION_IDLE_MS) return;
      this.#sessions.delete(key);
    }
  }
}

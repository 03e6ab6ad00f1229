/**
 * Who asks upstream for whom: an HTTP client per login, so that no two of them
 * share a connection, its loss, or its limit of streams.
 *
 * Made when it is needed and closed when nobody has needed it for a while,
 * which is also what becomes of an account that is gone. What a closed client
 * has under way goes on to its end.
 */
import type { Login } from "../accounts/login.ts";
import { ageOf, type Clock, type Moment, momentOf } from "../clock.ts";
import type { Runtime } from "../runtime.ts";

/** Longer than most turns, so that one after the other takes the same way. */
const IDLE_MS = 10 * 60_000;

/** More than what separates the two clocks while nothing happens to them. */
const SLEPT_MS = 5_000;

interface Kept {
  readonly client: Deno.HttpClient;
  usedAt: Moment;
  cancelLook: () => void;
}

export type ClientsRuntime = Pick<
  Runtime,
  "after" | "openClient" | keyof Clock
>;

export class Clients {
  readonly #runtime: ClientsRuntime;
  readonly #kept = new Map<Login, Kept>();
  #isClosed = false;

  constructor(runtime: ClientsRuntime) {
    this.#runtime = runtime;
  }

  /** How many are open. */
  get size(): number {
    return this.#kept.size;
  }

  /** For the next request of this login. */
  of(login: Login): Deno.HttpClient {
    const kept = this.#kept.get(login);
    const usedAt = momentOf(this.#runtime);
    if (kept && !sleptBetween(kept.usedAt, usedAt)) {
      kept.usedAt = usedAt;
      return kept.client;
    }
    // What was connected before a nap is dead, and nobody would say so.
    if (kept) this.#drop(login, kept);
    const client = this.#runtime.openClient();
    if (this.#isClosed) {
      // Whoever is late finds no network, and nothing stays open.
      client.close();
      return client;
    }
    const fresh: Kept = {
      client,
      usedAt,
      cancelLook: () => {},
    };
    this.#kept.set(login, fresh);
    this.#lookIn(login, fresh, IDLE_MS);
    return fresh.client;
  }

  /** For good: the gateway stops. */
  close(): void {
    this.#isClosed = true;
    for (const [login, kept] of this.#kept) this.#drop(login, kept);
  }

  /** One timer per client, not one per request. */
  #lookIn(login: Login, kept: Kept, ms: number): void {
    kept.cancelLook = this.#runtime.after(ms, () => {
      const left = IDLE_MS - ageOf(kept.usedAt, this.#runtime);
      if (left <= 0) this.#drop(login, kept);
      else this.#lookIn(login, kept, left);
    });
  }

  #drop(login: Login, { client, cancelLook }: Kept): void {
    cancelLook();
    client.close();
    this.#kept.delete(login);
  }
}

/** Only the clock on the wall goes on while the machine sleeps. */
function sleptBetween(before: Moment, after: Moment): boolean {
  const parted = (after.now - before.now) - (after.elapsed - before.elapsed);
  return parted > SLEPT_MS;
}

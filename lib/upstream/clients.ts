/**
 * One HTTP client per login, so that no two logins share a connection, its
 * loss, or its limit of streams.
 *
 * A client is made on demand and closed after a while without use, also when
 * its account is gone. Requests under way on a closed client go on to their
 * end.
 */
import type { Login } from "../accounts/pool/credential.ts";
import { ageOf, type Clock, type Moment, momentOf, sleptMs } from "../clock.ts";
import { CLIENT_IDLE_MS, SLEPT_MS } from "../limits.ts";
import type { Runtime } from "../runtime.ts";

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

  /** The client for the next request of this login. */
  of(login: Login): Deno.HttpClient {
    const kept = this.#kept.get(login);
    const usedAt = momentOf(this.#runtime);
    if (kept && sleptMs(kept.usedAt, usedAt) <= SLEPT_MS) {
      kept.usedAt = usedAt;
      return kept.client;
    }
    // Connections from before a sleep are dead, without any sign of it.
    if (kept) this.#drop(login, kept);
    const client = this.#runtime.openClient();
    if (this.#isClosed) {
      // After `close`, requests fail and nothing stays open.
      client.close();
      return client;
    }
    const fresh: Kept = {
      client,
      usedAt,
      cancelLook: () => {},
    };
    this.#kept.set(login, fresh);
    this.#lookIn(login, fresh, CLIENT_IDLE_MS);
    return fresh.client;
  }

  /** Closes all clients for good: the gateway stops. */
  close(): void {
    this.#isClosed = true;
    for (const [login, kept] of this.#kept) this.#drop(login, kept);
  }

  /** One timer per client, not one per request. */
  #lookIn(login: Login, kept: Kept, ms: number): void {
    kept.cancelLook = this.#runtime.after(ms, () => {
      const left = CLIENT_IDLE_MS - ageOf(kept.usedAt, this.#runtime);
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

/**
 * Everything under way, so that a stop can wait for it or end it.
 *
 * A request is pending until its turn is committed; from then on it is a relay.
 * A websocket is a session, with or without a turn. Does not decide when to
 * stop.
 */
import type { Failure } from "../failure/failure.ts";
import { type Listed, UnderWay } from "../under_way.ts";
import type { Relay } from "./stream.ts";

/** A request that has no answer yet. */
export interface Pending extends Disposable {
  /** Aborts when the caller leaves, or when the gateway stops. */
  readonly signal: AbortSignal;
}

class PendingRequest implements Pending, Listed {
  place = 0;
  readonly #controller = new AbortController();
  readonly #forget: (pending: PendingRequest) => void;
  #over: PromiseWithResolvers<void> | undefined;

  constructor(forget: (pending: PendingRequest) => void) {
    this.#forget = forget;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when it is over. Only a stop asks for it. */
  get over(): Promise<void> {
    return (this.#over ??= Promise.withResolvers<void>()).promise;
  }

  abort(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    this.#forget(this);
    this.#over?.resolve();
  }
}

/** A websocket of a caller, with or without a turn. */
export interface OpenSession extends Listed {
  readonly isIdle: boolean;
  /** Resolves when it has ended. */
  readonly over: Promise<void>;
  /** Ends it now if it is idle, else after its turn. */
  drain(): void;
  end(): void;
}

export class OpenWork {
  readonly #pending = new UnderWay<PendingRequest>();
  readonly #forget = (pending: PendingRequest) => {
    this.#pending.remove(pending);
  };
  readonly #relays = new UnderWay<Relay>();
  readonly #sessions = new UnderWay<OpenSession>();
  #draining = false;
  #ended = false;

  /** Whether nothing new may begin. */
  get draining(): boolean {
    return this.#draining;
  }

  /** What a failure means: after `end`, the caller is there and may retry. */
  meaningOf(failure: Failure): Failure {
    return failure.kind === "caller_gone" && this.#ended ? CUT_SHORT : failure;
  }

  /** Committed turns whose events go out as a stream. */
  get streams(): number {
    return this.#relays.size;
  }

  /** Open websockets of callers, with or without a turn. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Requests and handshakes without an answer. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Open websockets with a turn. */
  get busySessions(): number {
    return this.#sessions.all().filter(({ isIdle }) => !isIdle).length;
  }

  begin(caller: AbortSignal): Pending {
    const pending = new PendingRequest(this.#forget);
    if (caller.aborted || this.#ended) pending.abort();
    caller.addEventListener("abort", () => pending.abort(), { once: true });
    this.#pending.add(pending);
    return pending;
  }

  relay(relay: Relay): void {
    this.#relays.add(relay);
    void relay.over.then(() => this.#relays.remove(relay));
    if (this.#ended) relay.end(STOPPED);
  }

  session(session: OpenSession): void {
    this.#sessions.add(session);
    void session.over.then(() => this.#sessions.remove(session));
    if (this.#draining) session.drain();
  }

  /**
   * Ends idle sessions now and the others after their turns; resolves when
   * none is left. The runtime's own shutdown would cut them at once.
   */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const session of this.#sessions.all()) session.drain();
    while (this.#sessions.size > 0) {
      await Promise.all(this.#sessions.all().map(({ over }) => over));
    }
  }

  /**
   * Resolves when every request has its whole answer. The listener's shutdown
   * does not wait for a request that the runtime has given up.
   */
  async answered(): Promise<void> {
    while (this.#pending.size + this.#relays.size > 0) {
      await Promise.all([
        ...this.#pending.all().map(({ over }) => over),
        ...this.#relays.all().map(({ over }) => over),
      ]);
    }
  }

  /** Ends everything; an open turn ends with a failure event for its caller. */
  end(): void {
    this.#ended = true;
    for (const pending of this.#pending.all()) pending.abort();
    for (const relay of this.#relays.all()) relay.end(STOPPED);
    for (const session of this.#sessions.all()) session.end();
  }
}

const STOPPED = "the gateway was stopped";
const CUT_SHORT: Failure = { kind: "stopping" };

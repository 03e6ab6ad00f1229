/**
 * Tells from the latest handshakes whether upstream offers websockets at all.
 *
 * A handshake that fails for a reason outside the account may have met passing
 * trouble, or a proxy that lets no websocket through. The first failure may be
 * chance. From the second in a row on, callers are sent to server-sent events
 * at once, which saves them their own retries. Connections that are cut are
 * more often the network's fault, so they must go on for some seconds. Does not
 * touch accounts.
 */
import { CUT_HANDSHAKES_MS, CUTS_APART_MS } from "../../limits.ts";
import type { Failure } from "../../failure/failure.ts";

/**
 * The first and the last of some cuts that belong together, in ms since the
 * start.
 */
interface Cuts {
  readonly since: number;
  readonly last: number;
}

export class Handshakes {
  #refusedInARow = 0;
  #cuts: Cuts | undefined;

  /** A handshake succeeded. */
  opened(): void {
    this.#refusedInARow = 0;
    this.#cuts = undefined;
  }

  /**
   * What to tell the caller when the handshake failed on every account.
   * `elapsed` is in milliseconds since the start.
   */
  failed(failure: Failure, elapsed: number): Failure {
    switch (failure.kind) {
      case "edge_refused":
      case "timeout":
        return noWebsocket(failure.message);
      case "unavailable":
        if (failure.retryAfterMs !== undefined) return failure;
        return this.#refusedInARow++ === 0
          ? failure
          : noWebsocket(failure.message);
      case "transport":
        return this.#isCutForLong(elapsed)
          ? noWebsocket(failure.message)
          : failure;
      default:
        return failure;
    }
  }

  #isCutForLong(elapsed: number): boolean {
    const before = this.#cuts;
    const goesOn = before !== undefined &&
      elapsed - before.last < CUTS_APART_MS;
    const since = goesOn ? before.since : elapsed;
    this.#cuts = { since, last: elapsed };
    return elapsed - since >= CUT_HANDSHAKES_MS;
  }
}

/** After every account has been asked. */
function noWebsocket(message: string): Failure {
  return { kind: "no_websocket", message, everywhere: true };
}

/**
 * Tells from the latest handshakes whether upstream offers websockets at all.
 *
 * A handshake that fails for a reason outside the account may have met passing
 * trouble, or a proxy that lets no websocket through. The first failure may be
 * chance. From the second in a row on, callers are sent to server-sent events
 * at once, which saves them their own retries. Does not touch accounts.
 */
import type { Failure } from "../failure/failure.ts";

export class Handshakes {
  #refusedInARow = 0;

  /** A handshake succeeded. */
  opened(): void {
    this.#refusedInARow = 0;
  }

  /** What to tell the caller when the handshake failed on every account. */
  failed(failure: Failure): Failure {
    switch (failure.kind) {
      case "edge_refused":
      case "timeout":
        return noWebsocket(failure.message);
      case "unavailable":
        // Without an answer it was the token endpoint that failed.
        if (failure.answer === undefined) return failure;
        if (failure.retryAfterMs !== undefined) return failure;
        return this.#refusedInARow++ === 0
          ? failure
          : noWebsocket(failure.message);
      default:
        return failure;
    }
  }
}

/** After every account has been asked. */
function noWebsocket(message: string): Failure {
  return { kind: "no_websocket", message, everywhere: true };
}

/**
 * Whether websockets can be had from upstream at all, as far as the latest
 * handshakes tell.
 *
 * A handshake that no account's was the fault of may have met passing trouble,
 * or a proxy that lets no websocket through and says so in its own way. Once
 * is chance; from the second time on callers are sent to server-sent events,
 * which is quicker for them than to find out by themselves.
 */
import type { Failure } from "../failure/failure.ts";

export class Handshakes {
  #refusedInARow = 0;

  /** Upstream has switched protocols. */
  opened(): void {
    this.#refusedInARow = 0;
  }

  /** What the failure of a handshake, on the last of the accounts, comes to. */
  failed(failure: Failure): Failure {
    switch (failure.kind) {
      case "edge_refused":
      case "timeout":
        return { kind: "no_websocket", message: failure.message };
      case "unavailable":
        // No answer: it was the token endpoint that failed.
        if (failure.answer === undefined) return failure;
        if (failure.retryAfterMs !== undefined) return failure;
        return this.#refusedInARow++ === 0
          ? failure
          : { kind: "no_websocket", message: failure.message };
      default:
        return failure;
    }
  }
}

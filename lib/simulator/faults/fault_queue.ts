/**
 * The faults of one account, or of signing in, in the order they were added.
 */

import type { Fault } from "./faults.ts";

/** Parts of the upstream that can be made to fail, each for itself. */
export type Endpoint =
  /** `responses` on either transport, `responses/compact`, search and images */
  | "turn"
  /** A turn over a websocket only */
  | "message"
  /** A request over a websocket with `generate: false` */
  | "prewarm"
  /** The handshake of a websocket */
  | "handshake"
  | "models"
  /** `wham/*`, and the same pages elsewhere */
  | "account"
  /** `wham/usage` only */
  | "usage"
  /** `codex/usage`, below `/backend-api` and below `/api`, only */
  | "other_usage"
  /** `wham/rate-limit-reset-credits` and its `consume` only */
  | "resets"
  | "token";

/** Parts of signing in, where the account is not known yet. */
export type SignInEndpoint =
  /** `POST /api/accounts/deviceauth/usercode` */
  | "usercode"
  /** `POST /api/accounts/deviceauth/token` */
  | "device_token"
  /** The authorization-code grant at `POST /oauth/token` */
  | "code"
  /** The token exchange at `POST /oauth/token` */
  | "api_key";

interface Entry<Name> {
  readonly endpoint: Name;
  readonly fault: Fault;
  left: number;
}

export class FaultQueue<Name extends Endpoint | SignInEndpoint> {
  #entries: Entry<Name>[] = [];

  /** With `times` Infinity, later faults of that endpoint never happen. */
  add(endpoint: Name, fault: Fault, times: number): void {
    this.#entries.push({ endpoint, fault, left: times });
  }

  /** The fault, if any, for the next answer of one of these endpoints. */
  take(endpoints: readonly Name[]): Fault | undefined {
    const entry = this.#entries.find(({ endpoint }) =>
      endpoints.includes(endpoint)
    );
    if (entry === undefined) return undefined;
    entry.left--;
    if (entry.left <= 0) {
      this.#entries = this.#entries.filter((other) => other !== entry);
    }
    return entry.fault;
  }

  clear(): void {
    this.#entries = [];
  }
}

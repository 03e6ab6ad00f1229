/**
 * The faults of one account, in the order they were asked for.
 */

import type { Fault } from "./faults.ts";

/** Parts of the upstream that can be told to fail one by one. */
export type Endpoint =
  /** `responses`, `responses/compact`, search and images */
  | "turn"
  | "models"
  /** `wham/*` */
  | "account"
  | "token";

interface Entry {
  readonly endpoint: Endpoint;
  readonly fault: Fault;
  left: number;
}

export class FaultQueue {
  #entries: Entry[] = [];

  /** `times` may be Infinity; later faults of that endpoint then never come. */
  add(endpoint: Endpoint, fault: Fault, times: number): void {
    this.#entries.push({ endpoint, fault, left: times });
  }

  /** The fault that the next answer of `endpoint` has to show, if any. */
  take(endpoint: Endpoint): Fault | undefined {
    const entry = this.#entries.find((entry) => entry.endpoint === endpoint);
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

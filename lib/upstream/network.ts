/**
 * Whether the network seemed to be there at the last try of anything, so that
 * nothing is asked for in vain.
 */
import { ageOf, type Moment, momentOf } from "../clock.ts";
import { LOOK_AGAIN_MS } from "../limits.ts";
import type { Runtime } from "../runtime.ts";

export class Network {
  /** The runtime of the gateway, watched. */
  readonly runtime: Runtime;
  #failedAt: Moment | undefined;

  constructor(outside: Runtime) {
    this.runtime = {
      ...outside,
      fetch: (request) => this.#watch(outside.fetch(request), request.signal),
      connect: (request) =>
        this.#watch(outside.connect(request), request.signal),
    };
  }

  /** Whether the last try of anything has failed. */
  get isOffline(): boolean {
    return this.#failedAt !== undefined;
  }

  /** Something was not answered in time. */
  failed(): void {
    this.#failedAt = momentOf(this.runtime);
  }

  /** How much longer to wait for somebody else's success; 0: not at all. */
  get waitMs(): number {
    if (this.#failedAt === undefined) return 0;
    const age = ageOf(this.#failedAt, this.runtime);
    return Math.max(0, LOOK_AGAIN_MS.unreachable - age);
  }

  #watch<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
    return answer.then((got) => {
      this.#failedAt = undefined;
      return got;
    }, (error) => {
      // A caller that left says nothing of the network.
      if (!signal.aborted) this.failed();
      throw error;
    });
  }
}

/**
 * Counts turns and other requests by outcome, since the start.
 *
 * Does not count attempts (see `accounts/pool/account.ts`) or refreshes (see
 * `upstream/auth/token.ts`).
 */
import type { Endpoint } from "../downstream/prepared.ts";
import { Counter, Histogram } from "../counter.ts";
import type { Usage } from "../usage/figures.ts";

/** How the caller is answered: whole, as an event stream, or in frames. */
export type Transport = "http" | "sse" | "websocket";

export type TurnOutcome =
  /** Upstream ended it well. */
  | "completed"
  /** No account could serve it, or it broke off. */
  | "failed"
  /** Upstream rejected the request; no account would help. */
  | "rejected"
  | "caller_gone"
  /** The caller was told to send it again with its whole history. */
  | "started_over";

const OUTCOMES: readonly TurnOutcome[] = [
  "completed",
  "failed",
  "rejected",
  "caller_gone",
  "started_over",
];

/**
 * In seconds: what a person takes as instant, a pause, slow, and broken. The
 * window before a turn is committed ends at 5 s.
 */
const FIRST_EVENT_BOUNDS = [0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120];

export class TurnCounts {
  readonly turns: Readonly<Record<Transport, Counter<TurnOutcome>>> = {
    http: new Counter(OUTCOMES),
    sse: new Counter(OUTCOMES),
    websocket: new Counter(OUTCOMES),
  };
  /** From a turn's arrival to its first event, including failovers. */
  readonly firstEvent = {
    sse: new Histogram(FIRST_EVENT_BOUNDS),
    websocket: new Histogram(FIRST_EVENT_BOUNDS),
  } as const;
  /** Requests other than turns, by endpoint. */
  readonly requests: Map<Endpoint, Counter<TurnOutcome>> = new Map();
  /** Tokens of turns and compactions, as upstream counts them. */
  readonly tokens: Counter<keyof Usage> = new Counter(
    ["input", "cached", "output", "reasoning"],
  );
  #open = 0;
  #failovers = 0;

  /** Turns under way. */
  get open(): number {
    return this.#open;
  }
  get failovers(): number {
    return this.#failovers;
  }

  turnBegan(): void {
    this.#open++;
  }

  turnEnded(transport: Transport, outcome: TurnOutcome): void {
    this.#open--;
    this.turns[transport].add(outcome);
  }

  used({ input, cached, output, reasoning }: Usage): void {
    this.tokens.add("input", input);
    this.tokens.add("cached", cached);
    this.tokens.add("output", output);
    this.tokens.add("reasoning", reasoning);
  }

  failedOver(): void {
    this.#failovers++;
  }

  request(endpoint: Endpoint, outcome: TurnOutcome): void {
    let counter = this.requests.get(endpoint);
    if (counter === undefined) {
      counter = new Counter(OUTCOMES);
      this.requests.set(endpoint, counter);
    }
    counter.add(outcome);
  }

  /** Turns with this outcome, over all transports. */
  ended(outcome: TurnOutcome): number {
    return Object.values(this.turns)
      .reduce((sum, counter) => sum + counter.get(outcome), 0);
  }
}

/**
 * What turns and other requests have come to since the start.
 *
 * Attempts are counted by the account they were made on
 * (`accounts/account.ts`), refreshes by whoever makes them
 * (`upstream/token.ts`).
 */
import type { Endpoint } from "../downstream/prepared.ts";
import { Histogram, Tally } from "../tally.ts";

/** How a turn came in: as a whole answer, a stream of events, a websocket. */
export type Transport = "http" | "sse" | "websocket";

export type TurnOutcome =
  /** Upstream ended it well. */
  | "completed"
  /** No account could serve it, or it broke off. */
  | "failed"
  /** Upstream would not have the request; no account would help. */
  | "rejected"
  | "caller_gone"
  /** Its caller was told to send it again with its whole history. */
  | "started_over";

const OUTCOMES: readonly TurnOutcome[] = [
  "completed",
  "failed",
  "rejected",
  "caller_gone",
  "started_over",
];

/**
 * In seconds. What a person takes for at once, for a pause, for slow and for
 * broken; the window before a turn is committed ends at 5 s.
 */
const FIRST_EVENT_BOUNDS = [0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120];

export class TurnCounts {
  readonly turns: Readonly<Record<Transport, Tally<TurnOutcome>>> = {
    http: new Tally(OUTCOMES),
    sse: new Tally(OUTCOMES),
    websocket: new Tally(OUTCOMES),
  };
  /** From a turn's arrival to its first event, failovers included. */
  readonly firstEvent = {
    sse: new Histogram(FIRST_EVENT_BOUNDS),
    websocket: new Histogram(FIRST_EVENT_BOUNDS),
  } as const;
  /** What is no turn, by where it went. */
  readonly requests: Map<Endpoint, Tally<TurnOutcome>> = new Map();
  /** Turns under way. */
  open = 0;
  failovers = 0;

  request(endpoint: Endpoint, outcome: TurnOutcome): void {
    let tally = this.requests.get(endpoint);
    if (tally === undefined) {
      tally = new Tally(OUTCOMES);
      this.requests.set(endpoint, tally);
    }
    tally.add(outcome);
  }

  /** Turns over all transports that have ended so. */
  ended(outcome: TurnOutcome): number {
    return Object.values(this.turns)
      .reduce((sum, tally) => sum + tally.get(outcome), 0);
  }
}

/**
 * What a decision about the next account may look at: all of it is in the
 * input, so that a recorded decision can be made again (`codaze replay`).
 *
 * Plain data that JSON can hold. Names no person, token or prompt.
 */
import type { Window } from "../quota/quota.ts";

export const POLICY_NAMES = [
  "quota",
  "least_in_flight",
  "round_robin",
  "fill_first",
] as const;

export type PolicyName = typeof POLICY_NAMES[number];

/**
 * Whether an account may serve, apart from its numbers. `doubtful`: only a
 * cooldown whose length we guessed keeps it away. `told`: upstream itself has
 * said how long its outage lasts. `untested`: its block cannot be looked at
 * again, so that only a turn can tell whether it still holds.
 */
export type Readiness = "ready" | "doubtful" | "told" | "untested" | "away";

/** What keeps an account away only while another can serve. */
export type Doubt = Exclude<Readiness, "ready" | "away">;

/** An account, as a decision sees it. */
export interface AccountView {
  readonly id: string;
  readonly readiness: Readiness;
  /** Why it is not ready, such as `quota_exhausted` or `duplicate`. */
  readonly why?: string | undefined;
  /** The end of what keeps it away; milliseconds since the epoch. */
  readonly until?: number | undefined;
  readonly inFlight: number;
  /** By `Clock.elapsed`; undefined: not since the start. */
  readonly lastSelectedAt?: number | undefined;
  /** Those of the model's limit; undefined if nothing is known of them. */
  readonly windows?: readonly Window[] | undefined;
  /** Serves beyond its windows. */
  readonly hasCredits: boolean;
  /** What its plan allows, in plans of the kind `plus`. */
  readonly weight: number;
  /** A person has taken it out: it gets no new turns. */
  readonly paused: boolean;
  /** The highest serves first; 0 by default. */
  readonly priority: number;
  /** Percent of each window that new turns leave to its owner. */
  readonly keep: number;
}

export interface DecisionInput {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: PolicyName;
  readonly model?: string | undefined;
  /** The account that answered the session last. */
  readonly owner?: string | undefined;
  /** The owner has a connection open that may carry the request. */
  readonly isConnected?: boolean | undefined;
  /** The one that serves the session while its owner cannot. */
  readonly standIn?: string | undefined;
  /** The request goes on with a turn that its owner has begun. */
  readonly inTurn: boolean;
  /** Those that this request has asked already. */
  readonly tried: readonly string[];
  /** Which accounts may serve if none is ready. */
  readonly doubts: readonly Doubt[];
  /** The one that round robin has picked last. */
  readonly lastPicked?: string | undefined;
  /** Every account, in any order. */
  readonly accounts: readonly AccountView[];
}

/**
 * Why an account serves: as the session's owner; as the owner of the turn at
 * hand, although it is spent; because no other may; because its week begins
 * with it; because the rest of its week expires first; because nothing is known
 * of any; by the order of another policy; or because nothing better is left.
 */
export type Rule =
  | "owner"
  | "in_turn"
  | "only"
  | "open"
  | "expiring"
  | "unknown"
  | Exclude<PolicyName, "quota">
  | "last_resort";

/** Why an account may not serve. */
export type Out = "tried" | "away" | "paused" | "spent" | "kept";

export interface Decision {
  /** Undefined if no account may serve. */
  readonly account: string | undefined;
  readonly rule: Rule | undefined;
  readonly out: readonly { readonly id: string; readonly why: Out }[];
}

/**
 * What can go wrong on a websocket of one account, one case per row of the
 * table that `websocket_faults.ts` makes: `lasting` is what an account does
 * until something about it changes, the others happen once.
 */
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import type { Endpoint } from "../../../lib/simulator/faults/fault_queue.ts";
import {
  connectionReset,
  cutAfter,
  errorEvent,
  type Fault,
  neverAnswers,
  silenceAfter,
} from "../../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../../lib/simulator/faults/limits.ts";
import {
  accessTokenRejected,
  forbiddenPage,
  rateLimitExceeded,
  serverError,
  serverIsOverloaded,
  unavailable,
} from "../../../lib/simulator/faults/refusals.ts";
import {
  closeWith,
  upgradeRequired,
} from "../../../lib/simulator/faults/socket_faults.ts";

export interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  /** Parts of the upstream that show it. */
  readonly at: readonly Endpoint[];
  readonly times: number;
}

function once(name: string, fault: Fault, ...at: Endpoint[]): FaultCase {
  return { name: `${name}, once`, fault, at, times: 1 };
}

function lasting(name: string, fault: Fault, ...at: Endpoint[]): FaultCase {
  return { name, fault, at, times: Infinity };
}

/** Whether somebody's patience has to end before anything goes on. */
export function isWaitedOut({ fault }: FaultCase): boolean {
  return fault.kind === "never_answer" || fault.kind === "silence";
}

const HOUR_MS = 3_600_000;
const SPENT = usageLimitReached({
  now: Date.now(),
  resetsAt: Date.now() + 3 * HOUR_MS,
});

/** The whole account, whichever way it is asked. */
const EVERYWHERE = ["handshake", "turn"] as const;

const HANDSHAKE: readonly FaultCase[] = [
  lasting("handshake 401", accessTokenRejected(), ...EVERYWHERE),
  lasting("handshake 403", forbiddenPage(), ...EVERYWHERE),
  lasting("handshake 426", upgradeRequired(), "handshake"),
  lasting("handshake 429 usage", SPENT, ...EVERYWHERE),
  lasting("handshake 429 rate", rateLimitExceeded(), ...EVERYWHERE),
  lasting("handshake 500", serverError(), "handshake"),
  once("handshake 500", serverError(), "handshake"),
  lasting("handshake 503", unavailable(), "handshake"),
  lasting("handshake hang", neverAnswers(), "handshake"),
  once("handshake hang", neverAnswers(), "handshake"),
  lasting("handshake reset", connectionReset(), "handshake"),
  once("handshake reset", connectionReset(), "handshake"),
];

function errorOnce(name: string, code: string, message: string): FaultCase {
  const error = { type: "invalid_request_error", code, message };
  return once(name, errorEvent(error, { status: 400, after: 0 }), "message");
}

const IN_BAND: readonly FaultCase[] = [
  lasting("usage limit", SPENT, "turn"),
  lasting("usage limit, prewarm too", SPENT, "prewarm", "turn"),
  lasting("rate limit", rateLimitExceeded(), "turn"),
  lasting("overloaded", serverIsOverloaded(), "turn"),
  errorOnce(
    "previous response not found",
    "previous_response_not_found",
    "Previous response with id 'resp_0' not found.",
  ),
  errorOnce(
    "connection limit",
    "websocket_connection_limit_reached",
    "Responses websocket connection limit reached (60 minutes).",
  ),
];

const CODES = [1000, 1001, 1008, 1009, 1011, 1012, 1013];

/**
 * Counted in events: created and the two behind it, three that open the answer,
 * its deltas, three that close it.
 */
const CREATED = 1;
const DELTA = 7;
const ITEM_DONE = 12;

const CUTS: readonly FaultCase[] = [
  ...CODES.map((code) =>
    once(`close ${code}`, closeWith(code, "bye"), "message")
  ),
  lasting("close 1011", closeWith(1011, "bye"), "message"),
  once("cut after created", cutAfter(CREATED), "message"),
  lasting("cut after created", cutAfter(CREATED), "turn"),
  once("cut after delta", cutAfter(DELTA), "message"),
  once("cut after item done", cutAfter(ITEM_DONE), "message"),
  once("silence after created", silenceAfter(CREATED), "message"),
  lasting("silence after created", silenceAfter(CREATED), "message"),
  once("silence after delta", silenceAfter(DELTA), "message"),
];

/** The answer takes `ITEM_DONE` events up to its item. */
export const ANSWER = "one two three";

export const FAULT_CASES: readonly FaultCase[] = [
  { name: "none", fault: connectionReset(), at: [], times: 0 },
  ...HANDSHAKE,
  ...IN_BAND,
  ...CUTS,
];

export function arrange(account: SimulatedAccount, one: FaultCase): void {
  for (const endpoint of one.at) {
    account.faultAt(endpoint, one.fault, one.times);
  }
}

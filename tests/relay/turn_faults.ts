/**
 * What upstream does wrong in a turn of account `a`, the first of `a`, `b` and
 * `c`, before anything of the answer is with the caller: who is asked, and how
 * `a` is blocked. Played over both transports by `failover_test.ts`.
 */
import * as faults from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import * as sockets from "../../lib/simulator/faults/socket_faults.ts";
import { FakeClock } from "../support/clock.ts";
import type { Transport } from "../support/transports.ts";

type Fault = faults.Fault;
export type StatusFault = Extract<Fault, { readonly kind: "status" }>;

/** As the admin port says it. */
export type Blocked = readonly [
  state: string,
  reason: string | null,
  source: string | null,
];

export interface TurnFault {
  readonly what: string;
  readonly fault: Fault;
  /** How often the fault comes; default once. */
  readonly times?: number;
  /** How long the gateway waits for a head; default long enough. */
  readonly headersMs?: number;
  /** The only transport that can show it; default both. */
  readonly only?: Transport;
  /** The accounts that the turn is sent to, in order; default a, then b. */
  readonly asked?: string;
  /** Refreshes of the first account. */
  readonly refreshes?: number;
  readonly blocked: Blocked;
  /** Seconds; undefined: not asked. */
  readonly blockedFor?: number;
  /** Whether its record mentions it; default true. */
  readonly blamed?: boolean;
}

export const READY: Blocked = ["ready", null, null];
/** Upstream failed and gave no hint: a second, to begin with. */
const GUESSED: Blocked = [
  "temporarily_unavailable",
  "temporarily_unavailable",
  "local_backoff",
];
const HINTED: Blocked = [
  "temporarily_unavailable",
  "temporarily_unavailable",
  "upstream_retry_after",
];
/** By a time that is ours, as upstream names none. */
const FIXED: Blocked = [
  "temporarily_unavailable",
  "temporarily_unavailable",
  "fixed_policy",
];
export const SPENT: Blocked = ["cooldown", "quota_exhausted", "fixed_policy"];
export const RATE: Blocked = [
  "cooldown",
  "rate_limited",
  "upstream_retry_after",
];
const RATE_GUESSED: Blocked = ["cooldown", "rate_limited", "local_backoff"];

export const NOW = Date.now();
/** The gateway's clock stands still: a slow machine must not end a cooldown. */
export const STILL = new FakeClock({ now: NOW }).read;

/** Passing trouble of upstream, told with a status and without a hint. */
export const OUTAGES: ReadonlyArray<
  [what: string, fault: StatusFault]
> = [
  ["500", status(refusals.serverError())],
  ["502", status(refusals.badGateway())],
  ["503", status(refusals.unavailable())],
  ["529", status(refusals.siteOverloaded())],
];

function status(fault: Fault): StatusFault {
  if (fault.kind !== "status") throw new Error(`${fault.kind} has no status`);
  return fault;
}

export const REFUSALS: readonly TurnFault[] = [
  {
    what: "429 usage_limit_reached",
    fault: usageLimitReached({ now: NOW, resetsAt: NOW + 3_600_000 }),
    blocked: ["cooldown", "quota_exhausted", "upstream_retry_after"],
    blockedFor: 3600,
  },
  {
    what: "429 insufficient_quota",
    fault: refusals.insufficientQuota(),
    blocked: SPENT,
    blockedFor: 300,
  },
  {
    what: "429 with retry-after",
    fault: refusals.rateLimitExceeded(30),
    blocked: RATE,
    blockedFor: 30,
  },
  {
    what: "429 that says when",
    fault: refusals.rateLimitExceeded(),
    blocked: RATE,
  },
  {
    what: "429 without a hint",
    fault: refusals.refusal(429, { detail: "slow" }),
    blocked: RATE_GUESSED,
  },
  {
    what: "429 in two writes",
    fault: refusals.splitBody(refusals.insufficientQuota(), 30),
    only: "events",
    blocked: SPENT,
  },
  {
    what: "429 usage_not_included",
    fault: refusals.usageNotIncluded(),
    blocked: FIXED,
    blockedFor: 1800,
  },
  {
    what: "402 deactivated_workspace",
    fault: refusals.deactivatedWorkspace(),
    blocked: FIXED,
    blockedFor: 1800,
  },
  {
    what: "400 for a model of another plan",
    fault: refusals.modelNotSupported("gpt-6.2-sol"),
    blocked: READY,
  },
  {
    what: "403 page",
    fault: refusals.forbiddenPage(),
    blocked: GUESSED,
    blockedFor: 1,
  },
  {
    what: "403 for unusual activity",
    fault: refusals.riskControlled(),
    blocked: ["risk_controlled", "risk_controlled", "fixed_policy"],
    blockedFor: 1800,
  },
  ...OUTAGES.map(([what, fault]): TurnFault => ({
    what,
    fault,
    blocked: GUESSED,
    blockedFor: 1,
  })),
  {
    what: "503 server_is_overloaded",
    fault: refusals.serverIsOverloaded(),
    blocked: GUESSED,
    blockedFor: 1,
  },
  {
    what: "503 with retry-after",
    fault: refusals.unavailable(7),
    blocked: HINTED,
    blockedFor: 7,
  },
  {
    what: "401 once",
    fault: refusals.accessTokenRejected(),
    asked: "aa",
    refreshes: 1,
    blocked: READY,
    blamed: false,
  },
  {
    what: "401 twice",
    fault: refusals.accessTokenRejected(),
    times: 2,
    asked: "aab",
    refreshes: 1,
    blocked: FIXED,
    blockedFor: 60,
  },
];

/** In-band, while nothing has reached the caller. */
const EVENTS: readonly TurnFault[] = [
  ...([
    ["server_is_overloaded", GUESSED],
    ["server_error", GUESSED],
    ["brand_new_code", GUESSED],
    ["slow_down", RATE_GUESSED],
    ["rate_limit_exceeded", RATE_GUESSED],
    ["insufficient_quota", SPENT],
    ["usage_limit_reached", SPENT],
    ["usage_not_included", FIXED],
  ] as const).map(([code, blocked]): TurnFault => ({
    what: `response.failed ${code}`,
    fault: faults.responseFailed(code, "it failed"),
    blocked,
  })),
  {
    what: "response.incomplete usage_limit_reached",
    fault: faults.responseIncomplete("usage_limit_reached"),
    blocked: SPENT,
  },
  {
    what: "response.failed as the first event",
    fault: faults.responseFailed("server_error", "it failed", 0),
    blocked: GUESSED,
  },
  {
    what: "an error event with status 429",
    fault: faults.errorEvent({ type: "usage_limit_reached", message: "no" }, {
      status: 429,
    }),
    blocked: SPENT,
  },
  {
    what: "an error event with status 503",
    fault: faults.errorEvent({ message: "no" }, { status: 503 }),
    blocked: GUESSED,
  },
  {
    what: "an error event with headers",
    fault: sockets.errorEventWithHeaders(
      { code: "rate_limit_exceeded", message: "slow" },
      { status: 429, headers: [["retry-after", "30"]] },
    ),
    blocked: RATE,
    blockedFor: 30,
  },
  {
    what: "an error event without a status",
    fault: faults.errorEvent({ type: "server_error", message: "boom" }),
    blocked: GUESSED,
  },
];

/** No answer at all: two more tries, then one other account; nobody's fault. */
const BROKEN: readonly TurnFault[] = ([
  ["a reset", faults.connectionReset()],
  ["an empty stream", faults.emptyStream(), "events"],
  ["a cut behind the head", faults.cutAfter(0)],
  ["a cut in the first event", faults.cutAfter(0, { midEvent: true })],
  ["a cut behind the first event", faults.cutAfter(1)],
  ["a cut in the second event", faults.cutAfter(1, { midEvent: true })],
  ...[1000, 1001, 1008, 1011, 1012, 1013].map((code) =>
    [`close ${code}`, sockets.closeWith(code, "bye", 1), "websocket"] as const
  ),
  ["a binary frame", sockets.binaryFrame(1), "websocket"],
  ["a broken frame", sockets.framingError("reserved_bit", 1), "websocket"],
  [
    "a frame that is not text",
    sockets.framingError("not_utf8", 1),
    "websocket",
  ],
] as const).flatMap(([what, fault, only]): TurnFault[] => {
  const row = {
    what,
    fault,
    blocked: READY,
    blamed: false,
    ...only === undefined ? {} : { only },
  };
  return [
    { ...row, asked: "aa" },
    { ...row, what: `${what}, always`, times: Infinity, asked: "aaab" },
  ];
});

/** Once is enough: each of these costs the caller the whole timeout. */
const LATE: readonly TurnFault[] = ([
  ["no head in time", faults.neverAnswers()],
  ["a head that is too late", faults.slowHead(60_000)],
] as const).map(([what, fault]): TurnFault => ({
  what,
  fault,
  headersMs: 250,
  only: "events",
  blocked: READY,
  blamed: false,
}));

export const TURN_FAULTS: readonly TurnFault[] = [
  ...REFUSALS,
  ...EVENTS,
  ...BROKEN,
  ...LATE,
];

/** What belongs to the request: told as it is, and nobody else is asked. */
export const OF_THE_REQUEST: ReadonlyArray<[what: string, fault: Fault]> = [
  ["400", refusals.badRequest()],
  ["400 context_length_exceeded", refusals.contextLengthExceeded()],
  [
    "400 that quotes a limit",
    refusals.refusal(400, {
      error: {
        type: "invalid_request_error",
        code: null,
        param: "input",
        message: "Invalid input: 'my quota, rate limit, usage limit'",
      },
    }),
  ],
  [
    "400 with odd bytes",
    refusals.refusal(400, '{ "error" : {"code":"x" }\n}', [
      ["content-type", "application/problem+json; charset=utf-8"],
      ["x-strange", "1"],
    ]),
  ],
  ["404", refusals.notFound()],
  ["409", refusals.refusal(409, { detail: "conflict" })],
  ["413", refusals.tooLarge()],
  ["422", refusals.unprocessable()],
  ...[
    ["previous_response_not_found", "no"],
    ["websocket_connection_limit_reached", "60 minutes"],
  ].map(([code = "", message = ""]): [string, Fault] => [
    code,
    faults.errorEvent(
      { type: "invalid_request_error", code, message },
      { status: 400, after: 0 },
    ),
  ]),
  ...["context_length_exceeded", "invalid_prompt"].map((
    code,
  ): [string, Fault] => [
    `response.failed ${code}`,
    faults.responseFailed(code, "x"),
  ]),
  [
    "response.incomplete max_output_tokens",
    faults.responseIncomplete("max_output_tokens"),
  ],
];

/** What another account may serve, told when all have refused it. */
export const REFUSED_BY_ALL: ReadonlyArray<
  [what: string, fault: StatusFault, state: string]
> = [
  ["a model", status(refusals.modelNotSupported("gpt-6.2-sol")), "ready"],
  [
    "an encrypted blob",
    status(refusals.refusal(400, {
      error: {
        type: "invalid_request_error",
        code: "invalid_encrypted_content",
        message: "could not be verified",
        param: null,
      },
    })),
    "ready",
  ],
  ["the plan", status(refusals.usageNotIncluded()), "temporarily_unavailable"],
];

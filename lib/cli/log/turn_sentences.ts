/** Turns and other requests in the log, in words. Pure. */
import type { LogFields } from "../../runtime.ts";
import { clockText } from "../terminal/words.ts";
import {
  columns,
  nameIn,
  number,
  reasonIn,
  spanText,
  text,
  tokensIn,
  untilIn,
} from "./fields.ts";
import type { Context, Sentences } from "./sentence.ts";

export const TURN_SENTENCES: Sentences = {
  "turn begins": (fields) =>
    columns([nameIn(fields), NAME], [modelIn(fields), MODEL], ["begins", 0]) +
    idIn(fields),
  "request begins": (fields) =>
    columns([nameIn(fields), NAME], [text(fields, "endpoint"), MODEL], [
      "begins",
      0,
    ]) + idIn(fields),
  "turn ended": (fields, context) => ended(modelIn(fields), fields, context),
  "request ended": (fields, context) =>
    ended(text(fields, "endpoint"), fields, context),
  "failover": (fields, { now, isDetailed, isDoubtful }) => {
    const isOfNetwork = OUTAGE.has(text(fields, "after"));
    if (isOfNetwork && isDoubtful && !isDetailed) return "";
    return moved(fields, text(fields, "after"), now);
  },
  "session moved to another account": (fields, { now }) =>
    moved(fields, text(fields, "reason"), now),
  "waiting for a short limit": (fields) =>
    `waiting ${spanText(number(fields, "ms") ?? 0)} for ${nameIn(fields)}, ` +
    "which is limited no longer than that",
  "attempt": (fields, { isDetailed, hasInfo }) => {
    // What follows tells it: a move, or the end of the turn.
    const isTold = hasInfo && !isDetailed && fields["handshake"] !== true;
    if (isTold) return "";
    const what = fields["handshake"] === true ? "websocket" : "attempt";
    return `${nameIn(fields)}: ${what} ${
      text(fields, "outcome").replaceAll("_", " ")
    }${reasonIn(fields)}${isDetailed ? idIn(fields) : ""}`;
  },
  "upstream unreachable": (fields, { now }) => {
    const isDown = NETWORK.has(text(fields, "kind"));
    return `upstream ${isDown ? "unreachable" : "failing"} since ${
      clockText(text(fields, "since"), now)
    }${reasonIn(fields)}`;
  },
  "upstream is back": (fields) =>
    `upstream is back after ${spanText(number(fields, "after_ms") ?? 0)}, ${
      text(fields, "turns")
    } turns waited`,
  "a held websocket is dead": (fields) =>
    `${nameIn(fields)}: a held websocket was dead, so a new one is opened`,
  "a model takes its turns in another form": (fields) =>
    `${text(fields, "model")} takes its turns in the form ${
      text(fields, "form")
    }`,
};

const NAME = 10;
const MODEL = 14;
const TOKENS = 29;

const NETWORK: ReadonlySet<string> = new Set(["transport", "timeout"]);

/** Whether a turn has failed as it would in an outage. */
export function isOfOutage(fields: LogFields): boolean {
  return text(fields, "outcome") === "failed" &&
    OUTAGE.has(text(fields, "kind"));
}

const OUTAGE: ReadonlySet<string> = new Set([
  "transport",
  "timeout",
  "unavailable",
  "no_answer",
]);

function ended(what: string, fields: LogFields, context: Context): string {
  const { isDetailed, isOutage } = context;
  const outcome = text(fields, "outcome");
  if (!isDetailed) {
    // The turn that follows is the same prompt.
    const isPrelude = fields["prewarm"] === true || outcome === "started_over";
    if (isPrelude && outcome !== "failed") return "";
    if (isOutage && isOfOutage(fields)) return "";
  }
  const isUnserved = text(fields, "kind") === "no_account";
  return columns(
    [isUnserved ? "no account" : nameIn(fields), NAME],
    [what, MODEL],
    ...outcome === "completed"
      ? served(fields, isDetailed)
      : [[endingOf(outcome, fields, context), 0] as const],
  ) + (isDetailed ? idIn(fields) : "");
}

function served(
  fields: LogFields,
  isDetailed: boolean,
): readonly (readonly [string, number])[] {
  const first = number(fields, "first_event_ms");
  const begin = first === undefined ? "" : `first ${spanText(first)}, `;
  const done = `${begin}done ${spanText(number(fields, "ms") ?? 0)}`;
  const attempts = number(fields, "attempts") ?? 1;
  const isSimple = attempts === 1 || !isDetailed;
  return [
    [tokensIn(fields), TOKENS],
    [isSimple ? done : `${done}, ${attempts} attempts`, 0],
  ];
}

function endingOf(
  outcome: string,
  fields: LogFields,
  { now }: Context,
): string {
  const after = spanText(number(fields, "ms") ?? 0);
  switch (outcome) {
    case "caller_gone":
      return `the caller left after ${after}`;
    case "started_over":
      return "the caller has to send it again";
    case "rejected":
      return text(fields, "reason") || "upstream refused the request";
    default:
      return text(fields, "kind") === "no_account"
        ? poolWords(fields, now)
        : `failed after ${after}${reasonIn(fields)}`;
  }
}

/** Why there is no account. */
function poolWords(fields: LogFields, now: number): string {
  const until = untilIn(fields, now);
  switch (text(fields, "pool")) {
    case "empty":
      return "none is signed in: codaze login";
    case "paused":
      return "all are paused: codaze accounts resume";
    case "spent":
      return `all are spent${until}`;
    case "busy":
      return `none can serve${until}: codaze accounts tells why`;
    default:
      return text(fields, "reason");
  }
}

function moved(fields: LogFields, why: string, now: number): string {
  const from = text(fields, "from") || "an account that is gone";
  const words = WHY_MOVED.get(why) ?? (() => why.replaceAll("_", " "));
  return `${from} → ${text(fields, "to")}: ${
    words(from, untilIn(fields, now))
  }`;
}

type Words = (from: string, until: string) => string;

/** By the kind of failure, or by why the session's own account did not serve. */
const WHY_MOVED: ReadonlyMap<string, Words> = new Map<string, Words>([
  ["quota_exhausted", (from, until) => `${from} is spent${until}`],
  ["spent", (from, until) => `${from} is spent${until}`],
  ["rate_limited", (from, until) => `${from} is rate-limited${until}`],
  [
    "risk_controlled",
    (from, until) => `upstream suspects ${from} of misuse; it rests${until}`,
  ],
  ["account_refused", (from) => `upstream refuses this to ${from}`],
  ["account_invalid", (from) => `${from} is signed out`],
  ["invalid", (from) => `${from} is signed out`],
  ["access_token_rejected", (from) => `upstream rejects the token of ${from}`],
  ["not_refreshed", (from) => `the token of ${from} could not be refreshed`],
  ["unavailable", (from) => `upstream failed for ${from}`],
  ["temporarily_unavailable", (from, until) => `${from} rests${until}`],
  ["edge_refused", (from) => `something in front of upstream refused ${from}`],
  ["no_answer", () => "upstream gave no usable answer"],
  ["no_websocket", () => "upstream opened no websocket"],
  ["transport", () => "the connection to upstream broke"],
  ["timeout", () => "upstream did not answer in time"],
  ["paused", (from) => `${from} is paused`],
  ["kept", (from) => `the rest of ${from} is kept for its owner`],
  ["duplicate", (from) => `${from} is a duplicate`],
  ["removed", (from) => `${from} was removed`],
  ["failed", (from) => `${from} failed`],
  ["connected elsewhere", () => "its websocket is open"],
]);

function modelIn(fields: LogFields): string {
  return text(fields, "model") || "–";
}

function idIn(fields: LogFields): string {
  const request = text(fields, "request");
  return request === "" ? "" : `  [${request}]`;
}

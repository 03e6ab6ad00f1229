/**
 * One websocket session as a pure step function: from the state of its turn and
 * one input to the next state and its effects.
 *
 * Knows no socket, account or clock; `websocket.ts` performs the effects. A
 * turn is one `response.create` until its terminal event. Until the first
 * event with content, a turn that carries its whole history can move to another
 * account. A turn that builds on an earlier answer cannot: its caller is told
 * `previous_response_not_found`, and the official client sends the whole
 * history at once (docs/client.md, "What the client does about failures").
 */
import type { Outcome } from "../../accounts/pool/lease.ts";
import { type Failure, nextStep } from "../../failure/failure.ts";
import {
  MAX_QUEUED_TURNS,
  WINDOW_CHARS,
  WINDOW_MESSAGES,
} from "../../limits.ts";
import { CLOSE } from "../../protocol/close_codes.ts";
import { isContent } from "../../protocol/events.ts";
import { brokenOff } from "../outcome.ts";
import type {
  Closing,
  Effect,
  Input,
  Phase,
  Session,
  Step,
  Turn,
} from "./session_state.ts";

const TOO_MANY: Closing = {
  code: CLOSE.policyViolation,
  reason: "too many turns at once",
};

/** One step. Total: every input has an answer in every phase. */
export function step(session: Session, input: Input): Step {
  if (session.turn.phase === "closed") return [session, []];
  switch (input.from) {
    case "caller":
      return said(session, input);
    case "accounts":
      return placed(session, input);
    case "upstream":
      return "closed" in input
        ? upstreamClosed(session, input.closed)
        : heard(session, input);
    case "clock":
      return session.turn.phase === "pending"
        ? commit(session, session.turn.held, undefined)
        : [session, []];
    case "gateway":
      return closed(session, TRANSPORT_CUT, input.stop);
  }
}

const TOO_LARGE: Outcome = {
  kind: "failed",
  failure: {
    kind: "too_large",
    message: "the message is larger than upstream takes over a websocket",
  },
};

const TRANSPORT_CUT: Outcome = {
  kind: "failed",
  failure: { kind: "transport", message: "the websocket was closed" },
};

/** Input from the caller; turns and mistakes are answered in order. */
function said(
  session: Session,
  input: Extract<Input, { from: "caller" }>,
): Step {
  if ("closed" in input) {
    return closed(session, { kind: "released" }, undefined);
  }
  if ("frame" in input) {
    return [session, [{ do: "forward", frame: input.frame }]];
  }
  const asked = "turn" in input ? input.turn : { mistake: input.mistake };
  if (session.turn.phase === "idle") return next(session, [asked], []);
  if (session.queue.length >= MAX_QUEUED_TURNS) {
    return closed(session, { kind: "released" }, TOO_MANY);
  }
  return [{ ...session, queue: [...session.queue, asked] }, []];
}

/** Starts the first turn of `queue`; rejects the mistakes ahead of it. */
function next(
  session: Session,
  queue: Session["queue"],
  before: readonly Effect[],
): Step {
  const [first, ...rest] = queue;
  if (first === undefined) return [{ ...session, queue: [] }, before];
  if ("mistake" in first) {
    const { mistake } = first;
    return next(session, rest, [...before, { do: "reject", mistake }]);
  }
  return begin({ ...session, queue: rest }, first, before);
}

function begin(
  session: Session,
  turn: Turn,
  before: readonly Effect[],
): Step {
  return [{ ...session, turn: { phase: "starting", turn } }, [
    ...before,
    { do: "start", turn },
  ]];
}

/** The result of the search for an account. */
function placed(
  session: Session,
  input: Extract<Input, { from: "accounts" }>,
): Step {
  if (session.turn.phase !== "starting") return [session, []];
  const { turn } = session.turn;
  if ("started" in input) {
    const pending: Phase = { phase: "pending", turn, held: [], heldChars: 0 };
    return [{ ...session, turn: pending }, []];
  }
  if ("lost" in input) return ended(session, [{ do: "start_over" }]);
  const { failure } = input;
  // The close makes the caller try again; the answer to its handshake then
  // sends it to server-sent events.
  return failure.kind === "no_websocket"
    ? closed(session, { kind: "failed", failure }, NO_WEBSOCKET)
    : ended(session, [{ do: "refuse", failure }]);
}

const NO_WEBSOCKET: Closing = {
  code: CLOSE.internalError,
  reason: "no websocket to upstream is available",
};

/** An event from upstream. */
function heard(
  session: Session,
  { text, type, outcome }: {
    readonly text: string;
    readonly type: string;
    readonly outcome: Outcome | undefined;
  },
): Step {
  const { turn } = session;
  const send: Effect = { do: "send", texts: [text] };
  if (turn.phase === "committed") {
    return outcome
      ? ended(session, [send, { do: "settle", outcome: brokenOff(outcome) }])
      : [session, [send]];
  }
  if (turn.phase !== "pending") {
    // No turn is open, so the caller would take a terminal event for the end
    // of its next turn. An `error` passes: it may answer another kind of frame.
    const isEnd = outcome !== undefined && type !== "error";
    return [session, isEnd ? [] : [send]];
  }
  if (outcome?.kind === "failed" && isMovable(outcome.failure)) {
    return moved(session, turn.turn, outcome);
  }
  const held = [...turn.held, text];
  if (outcome || isContent(type)) return commit(session, held, outcome);

  const heldChars = turn.heldChars + text.length;
  return heldChars > WINDOW_CHARS || held.length > WINDOW_MESSAGES
    ? commit(session, held, undefined)
    : [{ ...session, turn: { ...turn, held, heldChars } }, []];
}

function isMovable(failure: Failure): boolean {
  return nextStep(failure) !== "give_up";
}

/** The first bytes go to the caller: no more attempts. */
function commit(
  session: Session,
  texts: readonly string[],
  outcome: Outcome | undefined,
): Step {
  const send: readonly Effect[] = texts.length > 0
    ? [{ do: "send", texts }]
    : [];
  return outcome
    ? ended(session, [...send, { do: "settle", outcome }])
    : [{ ...session, turn: { phase: "committed" } }, send];
}

/** Nothing has reached the caller: fail over, or ask it to start over. */
function moved(session: Session, turn: Turn, outcome: Outcome): Step {
  const before: readonly Effect[] = [
    { do: "settle", outcome },
    { do: "leave" },
  ];
  return turn.selfContained
    ? begin(session, turn, before)
    : ended(session, [...before, { do: "start_over" }]);
}

function upstreamClosed(session: Session, closing: Closing): Step {
  switch (session.turn.phase) {
    case "pending":
      // No account takes a message that is too large for this one. On this
      // close code the client sends the turn over HTTPS instead.
      return closing.code === CLOSE.tooLarge
        ? closed(session, TOO_LARGE, closing)
        : moved(session, session.turn.turn, TRANSPORT_CUT);
    case "starting":
      // `UpstreamSide.start` sees the closed connection.
      return [session, []];
    case "idle":
    case "committed":
    case "closed":
      return closed(session, TRANSPORT_CUT, closing);
  }
}

/** The turn is over; the next one in the queue begins. */
function ended(session: Session, effects: readonly Effect[]): Step {
  const idle: Session = { turn: { phase: "idle" }, queue: [] };
  return next(idle, session.queue, effects);
}

/** The session is over, whatever its turn was doing. */
function closed(
  session: Session,
  outcome: Outcome,
  closing: Closing | undefined,
): Step {
  const { phase } = session.turn;
  const inFlight = phase === "pending" || phase === "committed";
  return [{ turn: { phase: "closed" }, queue: [] }, [
    ...inFlight ? [{ do: "settle", outcome } as const] : [],
    { do: "leave" },
    ...closing ? [{ do: "close", closing } as const] : [],
  ]];
}

/**
 * A websocket session as data: its states, inputs and effects. The transitions
 * are in `session.ts`.
 */
import type { Outcome } from "../../accounts/pool/lease.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import type { Failure } from "../../failure/failure.ts";
import type { Usage } from "../../usage/figures.ts";

/** A turn as the caller sent it; compared by identity. */
export interface Turn {
  readonly prepared: PreparedRequest;
  /** It names no earlier answer, so any connection can serve it. */
  readonly selfContained: boolean;
  /** It only prepares the session, before there is a prompt. */
  readonly isPrewarm?: boolean;
}

/** A caller's frame that is rejected, in its place in the queue. */
export interface Mistake {
  /** The answer to it, a frame. */
  readonly mistake: string;
}

/** The state of the session's turn. */
export type Phase =
  | { readonly phase: "idle" }
  /** The search for an account is on. */
  | { readonly phase: "starting"; readonly turn: Turn }
  /** Upstream has the turn; nothing has reached the caller. */
  | {
    readonly phase: "pending";
    readonly turn: Turn;
    readonly held: readonly string[];
    readonly heldChars: number;
  }
  | { readonly phase: "committed" }
  | { readonly phase: "closed" };

export interface Session {
  readonly turn: Phase;
  /** Frames that arrived before the current turn ended. */
  readonly queue: readonly (Turn | Mistake)[];
}

/** Code and reason of a close frame. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export type Input =
  | { readonly from: "caller"; readonly turn: Turn }
  | { readonly from: "caller"; readonly mistake: string }
  /** A valid frame other than a turn. */
  | { readonly from: "caller"; readonly frame: string }
  | { readonly from: "caller"; readonly closed: true }
  /** The turn's frame was sent to an account. */
  | { readonly from: "accounts"; readonly started: true }
  /** The connection that knows the turn's earlier answers cannot serve it. */
  | { readonly from: "accounts"; readonly lost: true }
  | { readonly from: "accounts"; readonly failure: Failure }
  | {
    readonly from: "upstream";
    readonly text: string;
    readonly type: string;
    /** How the turn ended, for a terminal event. */
    readonly outcome: Outcome | undefined;
    /** For the records: what the turn has used. */
    readonly usage?: Usage | undefined;
  }
  | { readonly from: "upstream"; readonly closed: Closing }
  /** The pre-commit window is over. */
  | { readonly from: "clock" }
  /** The gateway ends the session, whatever its turn is doing. */
  | { readonly from: "gateway"; readonly stop: Closing };

export type Effect =
  | { readonly do: "start"; readonly turn: Turn }
  | { readonly do: "send"; readonly texts: readonly string[] }
  /** Answer a frame that is rejected. */
  | { readonly do: "reject"; readonly mistake: string }
  /** Pass a frame on to upstream, if there is a connection. */
  | { readonly do: "forward"; readonly frame: string }
  | { readonly do: "settle"; readonly outcome: Outcome }
  /** Close the upstream connection; the next turn needs another. */
  | { readonly do: "leave" }
  | { readonly do: "start_over" }
  | { readonly do: "refuse"; readonly failure: Failure }
  | { readonly do: "close"; readonly closing: Closing };

export type Step = readonly [Session, readonly Effect[]];

export const NEW_SESSION: Session = { turn: { phase: "idle" }, queue: [] };

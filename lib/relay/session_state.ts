/**
 * A websocket session as data: where its turn stands, what can happen to it,
 * and what then is to be done. `session.ts` says which follows from which.
 */
import type { Outcome } from "../accounts/lease.ts";
import type { Failure } from "../failure/failure.ts";

/** A turn as the caller asked for it; told apart by identity. */
export interface Turn {
  /** It names no earlier answer, so any connection can serve it. */
  readonly selfContained: boolean;
}

/** A frame of the caller's that is no turn, in its place in the queue. */
export interface Mistake {
  /** What is wrong with it, for the caller. */
  readonly mistake: string;
}

/** Where the session's turn stands. */
export type Phase =
  | { readonly phase: "idle" }
  /** An account is looked for. */
  | { readonly phase: "starting"; readonly turn: Turn }
  /** Upstream has it; the caller has heard nothing. */
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
  /** What came before the turn at hand had ended. */
  readonly queue: readonly (Turn | Mistake)[];
}

/** Why a session is closed, as a close frame says it. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export type Input =
  | { readonly from: "caller"; readonly turn: Turn }
  | { readonly from: "caller"; readonly mistake: string }
  /** A frame of the protocol that is no turn. */
  | { readonly from: "caller"; readonly frame: string }
  | { readonly from: "caller"; readonly closed: true }
  /** The frame is with an account. */
  | { readonly from: "accounts"; readonly started: true }
  /** No connection that knows the turn's earlier answers can serve it. */
  | { readonly from: "accounts"; readonly lost: true }
  | { readonly from: "accounts"; readonly failure: Failure }
  | {
    readonly from: "upstream";
    readonly text: string;
    readonly type: string;
    /** How the turn ended, for a terminal event. */
    readonly outcome: Outcome | undefined;
  }
  | { readonly from: "upstream"; readonly closed: Closing }
  /** The window has been open long enough. */
  | { readonly from: "clock" }
  /** The gateway ends the session, whatever its turn is doing. */
  | { readonly from: "gateway"; readonly stop: Closing };

export type Effect =
  | { readonly do: "start"; readonly turn: Turn }
  | { readonly do: "send"; readonly texts: readonly string[] }
  /** Tell the caller what is wrong with a frame of its own. */
  | { readonly do: "reject"; readonly mistake: string }
  /** Pass a frame on to upstream, where there is a connection. */
  | { readonly do: "forward"; readonly frame: string }
  | { readonly do: "settle"; readonly outcome: Outcome }
  /** Close the upstream connection; the next turn needs another. */
  | { readonly do: "leave" }
  | { readonly do: "start_over" }
  | { readonly do: "refuse"; readonly failure: Failure }
  | { readonly do: "close"; readonly closing: Closing };

export type Step = readonly [Session, readonly Effect[]];

export const NEW_SESSION: Session = { turn: { phase: "idle" }, queue: [] };

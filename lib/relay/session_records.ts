/**
 * The records of a websocket session's turns, one after the other.
 *
 * Reads what the session does, step by step, and has no part in it.
 */
import type { Failure } from "../failure/failure.ts";
import type { Effect, Input, Step, Turn } from "./session_state.ts";
import { Trail, type TrailDeps } from "./trail.ts";
import { type Ending, TurnRecord } from "./turn_record.ts";

export class SessionRecords {
  readonly #session: string;
  readonly #deps: TrailDeps;
  /** Of the handshake, before there is a turn. */
  readonly #opening: Trail;
  #turn: Turn | undefined;
  #record: TurnRecord | undefined;
  #ending: Ending | undefined;
  #turns = 0;

  /** `session`: what log lines call it. */
  constructor(session: string, deps: TrailDeps) {
    this.#session = session;
    this.#deps = deps;
    this.#opening = new Trail(
      { request: session, endpoint: "responses" },
      deps,
    );
  }

  /** Where the turn at hand has been. */
  get trail(): Trail {
    return this.#record?.trail ?? this.#opening;
  }

  /** To be called before the step's effects are performed. */
  follow(input: Input, [session, effects]: Step): void {
    for (const effect of effects) this.#saw(effect);
    const { phase } = session.turn;
    if (phase !== "idle" && phase !== "closed") return;
    // A turn that was still looking for an account has no outcome of its own.
    this.#end(input.from === "caller" ? { kind: "released" } : STOPPED);
  }

  #saw(effect: Effect): void {
    switch (effect.do) {
      case "start":
        return this.#start(effect.turn);
      case "send":
        return this.#record?.event();
      case "settle":
        this.#ending = effect.outcome;
        return;
      case "refuse":
        this.#ending = { kind: "failed", failure: effect.failure };
        return;
      case "start_over":
        this.#attemptFailed();
        this.#ending = { kind: "started_over" };
        return;
      case "reject":
      case "forward":
      case "leave":
      case "close":
        return;
    }
  }

  #start(turn: Turn): void {
    if (turn === this.#turn) return this.#attemptFailed();
    this.#end(STOPPED);
    this.#turn = turn;
    this.#record = new TurnRecord({
      request: `${this.#session}-${++this.#turns}`,
      endpoint: "responses",
      transport: "websocket",
    }, this.#deps);
  }

  /** The turn moves on; what it failed of is told now. */
  #attemptFailed(): void {
    const ending = this.#ending;
    this.#ending = undefined;
    if (ending?.kind === "failed") this.trail.failed(ending.failure);
  }

  #end(otherwise: Ending): void {
    this.#record?.ends(this.#ending ?? otherwise);
    this.#turn = undefined;
    this.#record = undefined;
    this.#ending = undefined;
  }
}

const CLOSED: Failure = {
  kind: "transport",
  message: "the session was closed",
};

const STOPPED: Ending = { kind: "failed", failure: CLOSED };

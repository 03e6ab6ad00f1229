/**
 * Keeps the record of each turn of a websocket session, one after the other.
 *
 * Only observes the session's steps; never changes them.
 */
import type { Failure } from "../../failure/failure.ts";
import type { Effect, Input, Step, Turn } from "./session_state.ts";
import { AttemptLog, type AttemptLogDeps } from "../attempt_log.ts";
import { type Ending, TurnRecord } from "../turn_record.ts";

export class SessionRecords {
  readonly #session: string;
  readonly #deps: AttemptLogDeps;
  /** Of the handshake, before there is a turn. */
  readonly #opening: AttemptLog;
  #turn: Turn | undefined;
  #record: TurnRecord | undefined;
  #ending: Ending | undefined;
  #turns = 0;

  /** `session`: its name in log lines. */
  constructor(session: string, deps: AttemptLogDeps) {
    this.#session = session;
    this.#deps = deps;
    this.#opening = new AttemptLog(
      { request: session, endpoint: "responses", handshake: true },
      deps,
    );
  }

  /** The log of the current turn, or of the handshake. */
  get attemptLog(): AttemptLog {
    return this.#record?.attemptLog ?? this.#opening;
  }

  /** Call this before the step's effects are performed. */
  follow(input: Input, [session, effects]: Step): void {
    if (effects.some((effect) => effect.do === "settle")) {
      this.#record?.used("usage" in input ? input.usage : undefined);
    }
    for (const effect of effects) this.#saw(effect);
    const { phase } = session.turn;
    if (phase !== "idle" && phase !== "closed") return;
    // A turn that ends during its search for an account settles no lease.
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
      prepared: turn.prepared,
      transport: "websocket",
      isPrewarm: turn.isPrewarm,
    }, this.#deps);
  }

  /** The turn moves on; logs why its last attempt failed. */
  #attemptFailed(): void {
    const ending = this.#ending;
    this.#ending = undefined;
    if (ending?.kind === "failed") this.attemptLog.failed(ending.failure);
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

/**
 * One caller's websocket: the shell around the pure session, with a socket on
 * each side.
 *
 * Turns events into the session's inputs and performs its effects; decides
 * nothing itself (`session.ts` does). In-flight counts turns, not connections.
 */
import {
  callerErrorFrame,
  KEEPALIVE_FRAME,
  NO_ROOM,
  renderFailureFrame,
  START_OVER,
} from "../../downstream/render_frame.ts";
import type { Rendering } from "../../downstream/render.ts";
import type { Intake } from "../../downstream/body.ts";
import type { HeldBytes } from "../../downstream/body_budget.ts";
import type { PrepareContext } from "../../downstream/normalize.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import { errorStack } from "../../error_text.ts";
import type { Failure } from "../../failure/failure.ts";
import {
  CLOSE_LINGER_MS,
  FRAME_OVERHEAD_BYTES,
  MAX_CALLER_MESSAGE_BYTES,
} from "../../limits.ts";
import { CLOSE } from "../../protocol/close_codes.ts";
import { err, ok, type Result } from "../../result.ts";
import { Deadline } from "../../upstream/deadline.ts";
import type { OpenSession } from "../open_work.ts";
import type { Connection } from "./connection.ts";
import { readFrame } from "./frame.ts";
import { Outbox } from "./outbox.ts";
import { step } from "./session.ts";
import { SessionRecords } from "./session_records.ts";
import {
  type Closing,
  type Effect,
  type Input,
  NEW_SESSION,
  type Session,
  type Turn,
} from "./session_state.ts";
import { type UpstreamDeps, UpstreamSide } from "./upstream_side.ts";

export interface WebsocketDeps {
  readonly upstream: UpstreamDeps;
  readonly prepare: PrepareContext;
  readonly rendering: Rendering;
  /** Frames count against the body budget until their turn ends. */
  readonly intake: Pick<Intake, "budget">;
}

/** The caller's handshake. */
export interface WebsocketCaller {
  readonly headers: Headers;
  /** The handshake under the rules for its dialect and mode. */
  readonly prepared: PreparedRequest;
  readonly requestId: string;
}

const STOPPED: Closing = { code: CLOSE.restart, reason: "gateway stopping" };
const BINARY: Closing = {
  code: CLOSE.unsupportedData,
  reason: "binary frames are not part of the protocol",
};

const TOO_LARGE: Closing = {
  code: CLOSE.tooLarge,
  reason: `upstream takes at most ${MAX_CALLER_MESSAGE_BYTES} bytes`,
};

const FLOOD: Closing = {
  code: CLOSE.policyViolation,
  reason: "more than upstream takes",
};

/** A turn that is running or waits, and what is held for it. */
interface HeldTurn {
  readonly turn: Turn;
  readonly held: HeldBytes;
}

export class WebsocketRelay implements OpenSession {
  place = 0;
  readonly #caller: WebsocketCaller;
  readonly #deps: WebsocketDeps;
  readonly #upstream: UpstreamSide;
  readonly #records: SessionRecords;
  readonly #outbox: Outbox;
  readonly #over = Promise.withResolvers<void>();
  /** Bytes held for the current turn and for queued ones. */
  #held: readonly HeldTurn[] = [];
  /** The turn that was started last. */
  #started: Turn | undefined;
  #session: Session = NEW_SESSION;
  #reading: Promise<void> = Promise.resolve();
  #draining = false;
  #cancelLinger: (() => void) | undefined;

  constructor(caller: WebsocketCaller, deps: WebsocketDeps) {
    this.#caller = caller;
    this.#deps = deps;
    const records = new SessionRecords(caller.requestId, deps.upstream);
    this.#records = records;
    const upstream = new UpstreamSide({
      prepared: caller.prepared,
      attemptLog: () => records.attemptLog,
      report: (input) => this.#apply(input),
      keepAlive: () => this.#keepAlive(),
    }, deps.upstream);
    this.#upstream = upstream;
    this.#outbox = new Outbox({
      after: deps.upstream.runtime.after,
      pause: () => upstream.pause(),
      resume: () => upstream.resume(),
    });
  }

  /** Resolves when the session is over. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Whether there is no turn. */
  get isIdle(): boolean {
    const { phase } = this.#session.turn;
    return phase === "idle" || phase === "closed";
  }

  /** Opens the first connection, before the caller's handshake is answered. */
  async open(caller: AbortSignal): Promise<Result<Connection, Failure>> {
    const { runtime, timeouts: { connectMs: ms } } = this.#deps.upstream;
    using deadline = new Deadline({
      after: runtime.after,
      ms,
      awaited: "websocket to upstream",
      signal: caller,
    });
    const done = await this.#upstream.connect(deadline.signal);
    if (done.ok) {
      done.value.lease.settle({ kind: "released" });
      return ok(done.value.answered);
    }
    if (!deadline.isOver) return done;
    const { message } = deadline;
    return err({ kind: "no_websocket", message, everywhere: true });
  }

  /** Connects the session to its caller. Call this once. */
  attach(socket: WebSocket): void {
    this.#outbox.attach(socket);
    socket.onmessage = ({ data }) => this.#arrived(data);
    socket.onclose = () => {
      this.abandon();
      this.#forget();
      // The runtime's ping timer keeps the socket for up to a minute. No handler
      // that is left may lead to the session, which holds upstream's buffers.
      socket.onmessage = null;
      socket.onclose = null;
    };
    socket.onerror = ignore;
  }

  /** The caller has left, or was never let in. */
  abandon(): void {
    this.#outbox.stop();
    this.#apply({ from: "caller", closed: true });
  }

  /** Ends the session now if it is idle, otherwise after its turn. */
  drain(): void {
    this.#draining = true;
    if (this.#session.turn.phase === "idle") this.end();
  }

  /** Ends the session, whatever its turn is doing. */
  end(): void {
    this.#apply({ from: "gateway", stop: STOPPED });
  }

  #arrived(data: unknown): void {
    const held = this.#deps.intake.budget.open();
    const length = typeof data === "string" ? data.length : 0;
    const hasRoom = held.grow(length + FRAME_OVERHEAD_BYTES);
    const read = () =>
      hasRoom
        ? this.#read(data, held)
        : this.#apply({ from: "caller", mistake: NO_ROOM });
    this.#reading = this.#reading.then(read).catch(
      (error) => this.#bug(error),
    ).finally(() => {
      if (!this.#held.some((one) => one.held === held)) held[Symbol.dispose]();
    });
  }

  async #read(data: unknown, held: HeldBytes): Promise<void> {
    if (typeof data !== "string") {
      return this.#apply({ from: "gateway", stop: BINARY });
    }
    if (this.#session.turn.phase === "closed") return;
    const size = byteLength(data);
    if (size > MAX_CALLER_MESSAGE_BYTES) {
      return this.#apply({ from: "gateway", stop: TOO_LARGE });
    }
    const frame = await readFrame(data, this.#caller, this.#deps.prepare);
    if (!frame.ok) {
      const mistake = callerErrorFrame(frame.error);
      return this.#apply({ from: "caller", mistake });
    }
    if (frame.value.kind === "other") {
      return this.#apply({ from: "caller", frame: data });
    }

    const { turn } = frame.value;
    this.#held = [...this.#held, { turn, held }];
    this.#apply({ from: "caller", turn });
  }

  #apply(input: Input): void {
    const taken = step(this.#session, input);
    this.#records.follow(input, taken);
    const [session, effects] = taken;
    this.#session = session;
    for (const effect of effects) this.#perform(effect);
    this.#letGo();
    if (this.#session.turn.phase === "idle") this.#upstream.rest();
    if (this.#draining && this.#session.turn.phase === "idle") this.end();
    if (this.#session.turn.phase !== "closed") return;
    this.#upstream.stop();
    if (!this.#outbox.isOpen) return this.#forget();
    this.#cancelLinger ??= this.#deps.upstream.runtime.after(
      CLOSE_LINGER_MS,
      () => this.#forget(),
    );
  }

  /** Gives back what was held for turns that are over. */
  #letGo(): void {
    if (this.#held.every(this.#isOpen)) return;
    for (const one of this.#held) {
      if (!this.#isOpen(one)) one.held[Symbol.dispose]();
    }
    this.#held = this.#held.filter(this.#isOpen);
  }

  readonly #isOpen = ({ turn }: HeldTurn): boolean => {
    const isRunning = turn === this.#started && !this.isIdle;
    return isRunning || this.#session.queue.includes(turn);
  };

  #forget(): void {
    this.#cancelLinger?.();
    this.#over.resolve();
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case "start":
        return this.#start(effect.turn);
      case "send":
        return effect.texts.forEach((text) => this.#outbox.send(text));
      case "reject":
        return this.#outbox.send(effect.mistake);
      case "forward":
        if (this.#upstream.forward(effect.frame)) return;
        return this.#apply({ from: "gateway", stop: FLOOD });
      case "settle":
        return this.#upstream.settle(effect.outcome);
      case "leave":
        return this.#upstream.leave();
      case "start_over":
        return this.#outbox.send(START_OVER);
      case "refuse":
        return this.#outbox.send(this.#refusal(effect.failure));
      case "close":
        return this.#outbox.close(effect.closing);
    }
  }

  #start(turn: Turn): void {
    this.#started = turn;
    // Deferred: `start` may report an input, which needs a step after this one.
    Promise.resolve().then(() => this.#upstream.start(turn)).catch(
      (error) => this.#bug(error),
    );
  }

  #refusal(failure: Failure): string {
    const { dialect } = this.#caller.prepared;
    return renderFailureFrame(failure, this.#deps.rendering(dialect));
  }

  #keepAlive(): void {
    if (this.#caller.prepared.dialect === "codex") {
      this.#outbox.send(KEEPALIVE_FRAME);
    }
  }

  /** Logs a bug and closes the session, which would hang otherwise. */
  #bug(error: unknown): void {
    const reason = errorStack(error);
    this.#deps.upstream.runtime.log.error("internal error", { reason });
    const closing = { code: CLOSE.internalError, reason: "internal error" };
    this.#apply({ from: "gateway", stop: closing });
  }
}

/** The length of `text` in UTF-8; counted only if it may exceed the limit. */
function byteLength(text: string): number {
  return text.length * 3 <= MAX_CALLER_MESSAGE_BYTES
    ? text.length
    : new TextEncoder().encode(text).length;
}

/** `close` follows every error and says what happened. */
function ignore(): void {}

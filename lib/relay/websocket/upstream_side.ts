/**
 * The upstream side of a websocket session: the search for an account, and the
 * lease of the current turn.
 *
 * Reports what happens as inputs of the session; the session decides what
 * follows.
 */
import type { Lease, Outcome } from "../../accounts/pool/lease.ts";
import type { Asked } from "../../accounts/pool/asked.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import { errorStack } from "../../error_text.ts";
import type { Failure } from "../../failure/failure.ts";
import { MAX_SOCKET_BUFFERED_BYTES } from "../../limits.ts";
import { CLOSE } from "../../protocol/close_codes.ts";
import { isContent } from "../../protocol/events.ts";
import {
  RATE_LIMITS,
  readEvent as readQuotaEvent,
} from "../../quota/read_event.ts";
import { err } from "../../result.ts";
import type { SocketHandlers } from "../../runtime.ts";
import {
  type Connected,
  type Connection,
  overWebsocket,
} from "./connection.ts";
import { formWorked, pause } from "../attempt.ts";
import { dispatch, type DispatchDeps } from "../dispatch.ts";
import { frameFor, readEvent } from "./frame.ts";
import type { Handshakes } from "./handshakes.ts";
import { HeldConnection } from "./held_connection.ts";
import type { Closing, Input, Turn } from "./session_state.ts";
import type { AttemptLog } from "../attempt_log.ts";
import { ToldEvents } from "./told_events.ts";
import { TurnSearch } from "./turn_search.ts";
import { TurnWatch } from "./turn_watch.ts";

/** Upstream's 60 minutes are over: the connection takes no more turns. */
const LIMIT_REACHED = "websocket_connection_limit_reached";

export interface UpstreamSideOptions {
  /** The caller's handshake, under the rules for its dialect and mode. */
  readonly prepared: PreparedRequest;
  /** The log of the current turn, or of the handshake. */
  readonly attemptLog: () => AttemptLog;
  readonly report: (input: Input) => void;
  readonly keepAlive: () => void;
}

export interface UpstreamDeps extends DispatchDeps {
  readonly handshakes: Handshakes;
}

export class UpstreamSide {
  readonly #options: UpstreamSideOptions;
  readonly #deps: UpstreamDeps;
  readonly #gone = new AbortController();
  readonly #held: HeldConnection;
  readonly #told: ToldEvents;
  #lease: Lease | undefined;
  #search: TurnSearch | undefined;
  #watch: TurnWatch | undefined;

  constructor(options: UpstreamSideOptions, deps: UpstreamDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#held = new HeldConnection(deps);
    this.#told = new ToldEvents(options.prepared.dialect, deps.poolLimits);
  }

  /** Opens a connection on an available account; its lease is open. */
  async connect(
    signal: AbortSignal,
    asked: Asked = this.#options.prepared,
  ): Promise<Connected> {
    const { prepared, attemptLog } = this.#options;
    const done = await dispatch({
      endpoint: "responses",
      asked,
      sender: overWebsocket(
        { prepared, signal, handlers: () => this.#handlers() },
        this.#deps,
      ),
      signal,
      attemptLog: attemptLog(),
      ...this.#search
        ? { tried: this.#search.tried, guesses: this.#search.guesses }
        : {},
    }, this.#deps);
    const { handshakes, runtime } = this.#deps;
    if (!done.ok) return err(handshakes.failed(done.error, runtime.elapsed()));
    handshakes.opened();
    this.#held.opened(done.value.answered);
    return done;
  }

  /** Sends the turn to the account of the connection, or to another one. */
  async start(turn: Turn): Promise<void> {
    if (this.#search?.turn !== turn) {
      const { transportRetryMs } = this.#deps.timeouts;
      this.#search = new TurnSearch(turn, transportRetryMs);
    }
    const search = this.#search;
    const asked = turn.prepared;
    if (this.#held.isDoubtful && !await this.#held.isAlive()) this.leave();
    const connection = this.#held.current;
    const lease = this.#held.lease(search.tried, asked);
    if (connection && lease) {
      this.#lease = lease;
      this.#options.attemptLog().begins(lease);
      return this.#send(search, { connection, lease });
    }
    this.leave();
    if (!turn.selfContained) return this.#report({ lost: true });
    const { signal } = this.#gone;
    const { runtime } = this.#deps;
    while (!search.isSpent) {
      await pause(search.pauseMs, signal, runtime);
      if (signal.aborted) return;
      const done = await this.connect(signal, asked);
      if (!done.ok) {
        const isLast = done.error.kind === "no_account";
        if (isLast && await search.takeSecondChance(signal, runtime)) continue;
        return this.#report({ failure: search.lastWord(done.error) });
      }
      const { lease } = done.value;
      const connection = this.#held.current;
      if (connection && !signal.aborted) {
        return this.#send(search, { connection, lease });
      }
      // The caller has left, or upstream closed right after its 101.
      lease.settle({ kind: "released" });
      if (signal.aborted) return this.leave();
      search.cut(lease.account);
    }
    this.#report({ failure: search.spent });
  }

  /** The turn is over; frees its history while the session is idle. */
  rest(): void {
    this.#search = undefined;
  }

  /** Passes on a frame other than a turn; false if too much waits already. */
  forward(text: string): boolean {
    const socket = this.#held.current?.socket;
    if (socket && socket.bufferedAmount() > MAX_SOCKET_BUFFERED_BYTES) {
      return false;
    }
    socket?.send(text);
    return true;
  }

  settle(outcome: Outcome): void {
    this.#watch?.stop();
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    this.#held.used();
    const { credential } = this.#held.current ?? {};
    lease.settle(
      this.#search?.judge(outcome, lease, credential) ?? outcome,
    );
  }

  /** Closes the connection; the next turn needs another. */
  leave(): void {
    this.#held.leave();
  }

  /** The session is over: stops a search for an account, too. */
  stop(): void {
    this.#gone.abort();
    // A lease is still open only after a bug.
    this.settle({ kind: "released" });
    this.rest();
    this.leave();
  }

  pause(): void {
    this.#watch?.paused();
    this.#held.current?.socket.pause();
  }

  resume(): void {
    this.#watch?.heard();
    this.#held.current?.socket.resume();
  }

  #send(
    search: TurnSearch,
    { connection, lease }: {
      readonly connection: Connection;
      readonly lease: Lease;
    },
  ): void {
    this.#lease = lease;
    this.#sendFrame(search, connection);
    const { runtime, timeouts } = this.#deps;
    const { account } = connection;
    this.#watch = new TurnWatch({
      runtime,
      timeouts,
      onWindow: () => this.#options.report({ from: "clock" }),
      onKeepalive: this.#options.keepAlive,
      onIdle: () => {
        search.exclude(account.id);
        this.#lost({ code: CLOSE.internalError, reason: IDLE });
      },
    });
    this.#report({ started: true });
  }

  #sendFrame(search: TurnSearch, connection: Connection): void {
    this.#told.begin();
    const { runtime, memory: { turnStates } } = this.#deps;
    const { account, credential, socket } = connection;
    const { prepared, again } = search.next(account);
    socket.send(frameFor(prepared, {
      credential,
      ownsTurnState: (value) => turnStates.owns(value, credential.login),
      resentAt: again ? runtime.now() : undefined,
    }));
  }

  /**
   * Sends the turn once more on this connection if upstream has refused its
   * form; the caller has seen nothing of it.
   */
  #reform(failure: Failure): boolean {
    const connection = this.#held.current;
    const search = this.#search;
    if (!connection || !search || !this.#told.isUnheard) return false;
    if (!this.#deps.forms.mayChange || !search.reform(failure)) return false;
    this.#sendFrame(search, connection);
    return true;
  }

  #report(
    input:
      | { readonly started: true }
      | { readonly lost: true }
      | { readonly failure: Failure },
  ): void {
    this.#options.report({ from: "accounts", ...input });
  }

  #handlers(): SocketHandlers {
    return this.#held.handlers({
      heard: (text) => {
        try {
          this.#heard(text);
        } catch (error) {
          this.#bug(error);
        }
      },
      lost: (closing) => this.#lost(closing),
    });
  }

  /** Logs a bug. Its connection ends, so that the turn does not hang. */
  #bug(error: unknown): void {
    const reason = errorStack(error);
    this.#deps.runtime.log.error("internal error", { reason });
    this.#lost({ code: CLOSE.internalError, reason: "internal error" });
  }

  #heard(text: string): void {
    const { runtime, memory: { turnStates } } = this.#deps;
    const event = readEvent(text, runtime.now());
    const { ends, turnState, type, outcome, usage } = event;
    const login = this.#held.current?.credential.login;
    if (turnState !== undefined && login) turnStates.remember(turnState, login);
    this.#watch?.heard();
    const lease = this.#lease;
    if (lease?.isUnanswered && isContent(type)) lease.answered();
    if (outcome?.kind === "failed" && text.includes(LIMIT_REACHED)) {
      this.#held.expire();
    }
    if (type === RATE_LIMITS) {
      this.#learn(text);
      return this.#tellLimits();
    }
    if (outcome?.kind === "failed" && this.#reform(outcome.failure)) return;
    const onTrial = this.#search?.onTrial;
    if (onTrial && (isContent(type) || outcome?.kind === "success")) {
      this.#search?.formWorked();
      formWorked(onTrial, this.#deps);
    }
    if (this.#told.isSecondEnd(ends)) return;
    // Also without content, so that the record knows of a move.
    if (outcome?.kind === "success") lease?.answered();
    const shown = this.#told.shown({ type, data: text });
    if (this.#told.isFull) {
      return this.#lost({
        code: CLOSE.tooLarge,
        reason: "the answer is too large",
      });
    }
    if (shown === undefined) return;
    this.#options.report({
      from: "upstream",
      text: shown.data,
      type: shown.type,
      outcome,
      usage,
    });
  }

  /** Upstream has told something of the quota of the connection's login. */
  #learn(text: string): void {
    const { account, credential } = this.#held.current ?? {};
    if (account === undefined || account.login !== credential?.login) return;
    const reading = readQuotaEvent(text, this.#deps.runtime.now());
    if (reading) account.learned(reading);
  }

  #tellLimits(): void {
    if (this.#lease === undefined) return;
    const text = this.#told.limits();
    if (text === undefined) return;
    const outcome = undefined;
    this.#options.report({
      from: "upstream",
      text,
      type: RATE_LIMITS,
      outcome,
    });
  }

  #lost(closed: Closing): void {
    if (!this.#held.current) return;
    this.leave();
    this.#options.report({ from: "upstream", closed });
  }
}

const IDLE = "upstream was silent for too long";

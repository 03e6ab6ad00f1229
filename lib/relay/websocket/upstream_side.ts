/**
 * The upstream side of a websocket session: its connection, the lease of the
 * current turn, and the search for an account.
 *
 * Reports what happens as inputs of the session; the session decides what
 * follows.
 */
import type { Lease, Outcome } from "../../accounts/pool/lease.ts";
import type { Asked } from "../../accounts/pool/asked.ts";
import { ageOf, type Moment, momentOf } from "../../clock.ts";
import type { TurnEvent } from "../../downstream/openai/answer_writer.ts";
import { ResponsesEvents } from "../../downstream/openai/responses_events.ts";
import type { PreparedRequest } from "../../downstream/prepared.ts";
import { errorStack } from "../../error_text.ts";
import type { Failure } from "../../failure/failure.ts";
import { MAX_SOCKET_BUFFERED_BYTES, SOCKET_AGE_MS } from "../../limits.ts";
import { CLOSE } from "../../protocol/close_codes.ts";
import { isContent } from "../../protocol/events.ts";
import {
  RATE_LIMITS,
  readEvent as readQuotaEvent,
} from "../../quota/read_event.ts";
import { err } from "../../result.ts";
import type { SocketHandlers } from "../../runtime.ts";
import { isAlive, isDoubtful } from "./alive.ts";
import {
  type Connected,
  type Connection,
  overWebsocket,
} from "./connection.ts";
import { formWorked, pause } from "../attempt.ts";
import { dispatch, type DispatchDeps } from "../dispatch.ts";
import { frameFor, readEvent } from "./frame.ts";
import type { Handshakes } from "./handshakes.ts";
import type { Closing, Input, Turn } from "./session_state.ts";
import type { AttemptLog } from "../attempt_log.ts";
import { TurnSearch } from "./turn_search.ts";
import { TurnWatch } from "./turn_watch.ts";

/** Upstream's 60 minutes are over: the connection takes no more turns. */
const LIMIT_REACHED = "websocket_connection_limit_reached";

const LONG_AGO: Moment = { now: -Infinity, elapsed: -Infinity };

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

/** One handshake; tells late events of an earlier connection apart. */
interface Line {
  closed: Closing | undefined;
  /** When the connection was opened, or its last turn ended. */
  usedAt: Moment;
}

export class UpstreamSide {
  readonly #options: UpstreamSideOptions;
  readonly #deps: UpstreamDeps;
  readonly #gone = new AbortController();
  #line: Line | undefined;
  #connection: Connection | undefined;
  #lease: Lease | undefined;
  #search: TurnSearch | undefined;
  /** Id of the response that ended last. */
  #ended: string | undefined;
  #watch: TurnWatch | undefined;
  /** The caller has had no event of the turn at hand. */
  #isUnheard = true;
  /** The events of the turn at hand, or of the last one, for an SDK caller. */
  #events: ResponsesEvents | undefined;
  /** The caller has been told the pool's limits in the turn at hand. */
  #isTold = false;

  constructor(options: UpstreamSideOptions, deps: UpstreamDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#events = this.#newEvents();
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
    if (!this.#line?.closed) this.#connection = done.value.answered;
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
    if (this.#isDoubtful() && !await this.#isAlive()) this.leave();
    const connection = this.#connection;
    const lease = connection &&
      this.#leaseOf(connection, search.tried, asked);
    if (lease) {
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
      const connection = this.#connection;
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
    const socket = this.#connection?.socket;
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
    if (this.#line) this.#line.usedAt = momentOf(this.#deps.runtime);
    const { credential } = this.#connection ?? {};
    lease.settle(
      this.#search?.judge(outcome, lease, credential) ?? outcome,
    );
  }

  /** Closes the connection; the next turn needs another. */
  leave(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#line = undefined;
    // Like the official client, without a close frame (docs/client.md,
    // "Frames").
    connection?.socket.terminate();
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
    this.#connection?.socket.pause();
  }

  resume(): void {
    this.#watch?.heard();
    this.#connection?.socket.resume();
  }

  #isDoubtful(): boolean {
    const { runtime, timeouts } = this.#deps;
    const line = this.#line;
    return this.#connection !== undefined && line !== undefined &&
      isDoubtful(line.usedAt, runtime, timeouts);
  }

  async #isAlive(): Promise<boolean> {
    const { runtime: { after, log }, timeouts: { pongMs } } = this.#deps;
    const connection = this.#connection;
    if (!connection) return false;
    const alive = await isAlive(connection.socket, { after, pongMs });
    // The connection was left meanwhile, so the result no longer matters.
    if (this.#connection !== connection) return false;
    if (!alive) {
      const { account } = connection;
      log.info("a held websocket is dead", { account: account.id });
    }
    return alive;
  }

  /** A new lease before each turn: the account may have become unavailable. */
  #leaseOf(
    { account, credential, opened }: Connection,
    tried: ReadonlySet<string>,
    asked: Asked,
  ): Lease | undefined {
    const { registry, runtime } = this.#deps;
    // The connection belongs to the login that it was opened with.
    const stays = ageOf(opened, runtime) < SOCKET_AGE_MS &&
      credential.login === account.login &&
      registry.get(account.id) === account && !tried.has(account.id);
    return stays ? registry.acquireOnly(account.id, asked) : undefined;
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
    this.#isTold = false;
    this.#isUnheard = true;
    this.#events = this.#newEvents();
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
    const connection = this.#connection;
    const search = this.#search;
    if (!connection || !search || !this.#isUnheard) return false;
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
    const { runtime } = this.#deps;
    const line: Line = { closed: undefined, usedAt: momentOf(runtime) };
    this.#line = line;
    return {
      message: (text) => {
        if (this.#line !== line) return;
        try {
          this.#heard(text);
        } catch (error) {
          this.#bug(error);
        }
      },
      // The protocol has no binary messages; the client treats one as a cut
      // (docs/client.md, "Frames").
      binary: () => {
        if (this.#line === line) {
          this.#lost({ code: CLOSE.unsupportedData, reason: "binary frame" });
        }
      },
      close: (code, reason) => {
        line.closed = { code, reason };
        if (this.#line === line) this.#lost(line.closed);
      },
    };
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
    const login = this.#connection?.credential.login;
    if (turnState !== undefined && login) turnStates.remember(turnState, login);
    this.#watch?.heard();
    const lease = this.#lease;
    if (lease?.isUnanswered && isContent(type)) lease.answered();
    if (outcome?.kind === "failed" && text.includes(LIMIT_REACHED)) {
      this.#expire();
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
    // The caller would take a second end for the end of its next turn.
    if (ends !== undefined && ends === this.#ended) return;
    this.#ended = ends ?? this.#ended;
    // Also without content, so that the record knows of a move.
    if (outcome?.kind === "success") lease?.answered();
    const shown = this.#shown({ type, data: text });
    if (shown === undefined) return;
    this.#isUnheard = false;
    this.#options.report({
      from: "upstream",
      text: shown.data,
      type: shown.type,
      outcome,
      usage,
    });
  }

  #newEvents(): ResponsesEvents | undefined {
    const { dialect } = this.#options.prepared;
    return dialect === "openai" ? new ResponsesEvents() : undefined;
  }

  /** The event as the caller may have it; undefined for none. */
  #shown(event: TurnEvent): TurnEvent | undefined {
    if (this.#events === undefined) return event;
    const shown = this.#events.next(event);
    if (!this.#events.isFull) return shown;
    this.#lost({ code: CLOSE.tooLarge, reason: "the answer is too large" });
    return undefined;
  }

  /** Upstream has told something of the quota of the connection's login. */
  #learn(text: string): void {
    const { account, credential } = this.#connection ?? {};
    if (account === undefined || account.login !== credential?.login) return;
    const reading = readQuotaEvent(text, this.#deps.runtime.now());
    if (reading) account.learned(reading);
  }

  /**
   * The pool's limits in place of an account's, once in a turn: the client
   * would warn of a limit that its next turn does not meet.
   */
  #tellLimits(): void {
    if (this.#lease === undefined || this.#isTold) return;
    const { dialect } = this.#options.prepared;
    const text = dialect === "codex"
      ? this.#deps.poolLimits.event()
      : undefined;
    if (text === undefined) return;
    this.#isTold = true;
    const outcome = undefined;
    this.#options.report({
      from: "upstream",
      text,
      type: RATE_LIMITS,
      outcome,
    });
  }

  /** Marks the connection as too old for another turn. */
  #expire(): void {
    const connection = this.#connection;
    if (connection) this.#connection = { ...connection, opened: LONG_AGO };
  }

  #lost(closed: Closing): void {
    if (!this.#connection) return;
    this.leave();
    this.#options.report({ from: "upstream", closed });
  }
}

const IDLE = "upstream was silent for too long";

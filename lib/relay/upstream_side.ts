/**
 * The upstream side of a websocket session: its connection, the lease of the
 * turn at hand, and the search for an account.
 *
 * Reports what happens as inputs of the session and decides nothing about it.
 */
import type { Lease, Outcome } from "../accounts/lease.ts";
import { ageOf, type Moment, momentOf } from "../clock.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import type { Failure } from "../failure/failure.ts";
import { CLOSE } from "../protocol/close_codes.ts";
import { isContent } from "../protocol/events.ts";
import { err } from "../result.ts";
import type { SocketHandlers } from "../runtime.ts";
import { isAlive, isDoubtful } from "./alive.ts";
import {
  type Connected,
  type Connection,
  overWebsocket,
} from "./connection.ts";
import { pause } from "./attempt.ts";
import { dispatch, type DispatchDeps } from "./dispatch.ts";
import { frameFor, readEvent } from "./frame.ts";
import type { Handshakes } from "./handshakes.ts";
import type { Closing, Input, Turn } from "./session_state.ts";
import type { Trail } from "./trail.ts";
import { TurnSearch } from "./turn_search.ts";
import { TurnWatch } from "./turn_watch.ts";

/** Upstream cuts connections after 60 minutes; they are left before that. */
const RETIRE_MS = 55 * 60 * 1000;

/** Upstream's own limit came first: nothing will be answered there any more. */
const LIMIT_REACHED = "websocket_connection_limit_reached";

/** What an account has left, as upstream tells it ahead of an answer. */
const RATE_LIMITS = "codex.rate_limits";

const LONG_AGO: Moment = { now: -Infinity, elapsed: -Infinity };

/** Callers cannot be paused, so who floods a slow upstream has to leave. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

export interface UpstreamSideOptions {
  /** The caller's handshake, under the rules for its dialect and mode. */
  readonly prepared: PreparedRequest;
  /** Of the turn at hand, or of the handshake. */
  readonly trail: () => Trail;
  readonly report: (input: Input) => void;
  readonly keepAlive: () => void;
}

export interface UpstreamDeps extends DispatchDeps {
  readonly handshakes: Handshakes;
}

/** One handshake, so that late events of an earlier one are told apart. */
interface Line {
  closed: Closing | undefined;
  /** When it was opened, or its last turn ended. */
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
  /** The response that ended last. */
  #ended: string | undefined;
  #watch: TurnWatch | undefined;

  constructor(options: UpstreamSideOptions, deps: UpstreamDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Opens a connection on an account that may serve; the lease is open. */
  async connect(
    signal: AbortSignal,
    sessionKey = this.#options.prepared.sessionKey,
  ): Promise<Connected> {
    const { prepared, trail } = this.#options;
    const done = await dispatch({
      endpoint: "responses",
      sessionKey,
      sender: overWebsocket(
        { prepared, signal, handlers: () => this.#handlers() },
        this.#deps,
      ),
      signal,
      trail: trail(),
      tried: this.#search?.tried ?? NOBODY,
    }, this.#deps);
    if (!done.ok) return err(this.#deps.handshakes.failed(done.error));
    this.#deps.handshakes.opened();
    if (!this.#line?.closed) this.#connection = done.value.answered;
    return done;
  }

  /** Gives the turn to the account of the connection, or to another. */
  async start(turn: Turn, prepared: PreparedRequest): Promise<void> {
    if (this.#search?.turn !== turn) {
      const { transportRetryMs } = this.#deps.timeouts;
      this.#search = new TurnSearch(turn, prepared, transportRetryMs);
    }
    const search = this.#search;
    const { sessionKey } = prepared;
    if (this.#isDoubtful() && !await this.#isAlive()) this.leave();
    const lease = this.#leaseOfConnection(search, sessionKey);
    if (lease) {
      this.#lease = lease;
      this.#options.trail().begins(lease.account);
      return this.#send(lease, search);
    }
    this.leave();
    if (!turn.selfContained) return this.#report({ lost: true });
    const { signal } = this.#gone;
    while (!search.isSpent) {
      await pause(search.pauseMs, signal, this.#deps.runtime);
      if (signal.aborted) return;
      const done = await this.connect(signal, sessionKey);
      if (!done.ok) {
        return this.#report({ failure: search.lastWord(done.error) });
      }
      const { lease } = done.value;
      if (this.#connection && !signal.aborted) {
        return this.#send(lease, search);
      }
      // The caller has left, or upstream has, right behind its 101.
      lease.settle({ kind: "released" });
      if (signal.aborted) return this.leave();
      search.cut(lease.account);
    }
    this.#report({ failure: search.spent });
  }

  /** The turn is over for good: its history is not kept for an idle session. */
  rest(): void {
    this.#search = undefined;
  }

  /** Passes a frame that is no turn; false if upstream takes no more. */
  forward(text: string): boolean {
    const socket = this.#connection?.socket;
    if (socket && socket.bufferedAmount() > MAX_BUFFERED_BYTES) return false;
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
      this.#search?.judge(outcome, lease.account, credential) ?? outcome,
    );
  }

  /** Closes the connection; the next turn needs another. */
  leave(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#line = undefined;
    // As the official client leaves: it sends no close frame (C3.1).
    connection?.socket.terminate();
  }

  /** The session is over: whoever is searching stops. */
  stop(): void {
    this.#gone.abort();
    // Only a bug has left it open.
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
    // Left in the meantime: what it was asked for is no concern any more.
    if (this.#connection !== connection) return false;
    if (!alive) {
      const { account } = connection;
      log.info("a held websocket is dead", { account: account.id });
    }
    return alive;
  }

  /** The account is judged again before each turn. */
  #leaseOfConnection(
    { tried }: TurnSearch,
    sessionKey: string | undefined,
  ): Lease | undefined {
    const connection = this.#connection;
    const { registry, runtime } = this.#deps;
    if (!connection) return undefined;
    const { account, credential, opened } = connection;
    // It speaks for who was signed in when it was opened.
    const stays = ageOf(opened, runtime) < RETIRE_MS &&
      credential.login === account.login &&
      registry.get(account.id) === account && !tried.has(account.id);
    return stays ? registry.acquireOnly(account.id, sessionKey) : undefined;
  }

  #send(lease: Lease, search: TurnSearch): void {
    const connection = this.#connection;
    this.#lease = lease;
    if (!connection) {
      // Closed between its handshake and this turn.
      this.settle({ kind: "failed", failure: CUT });
      return this.#report({ failure: CUT });
    }
    const { runtime, timeouts, turnStates } = this.#deps;
    const { account, credential, socket } = connection;
    const { prepared, again } = search.next(account);
    socket.send(frameFor(prepared, {
      credential,
      ownsTurnState: (value) => turnStates.owns(value, credential.login),
      resentAt: again ? runtime.now() : undefined,
    }));
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
        if (this.#line === line) this.#heard(text);
      },
      // Nothing of the protocol is binary, and the client takes it for a cut.
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

  #heard(text: string): void {
    const { runtime, turnStates } = this.#deps;
    const event = readEvent(text, runtime.now());
    const { ends, turnState, type, outcome } = event;
    const login = this.#connection?.credential.login;
    if (turnState !== undefined && login) turnStates.remember(turnState, login);
    this.#watch?.heard();
    const lease = this.#lease;
    if (lease?.isUnanswered && isContent(type)) lease.answered();
    if (outcome?.kind === "failed" && text.includes(LIMIT_REACHED)) {
      this.#expire();
    }
    // One account's figures say nothing of the pool, and would make the client
    // warn of a limit that the next turn does not meet.
    if (type === RATE_LIMITS) return;
    // Said twice, it would be taken for the end of the next turn.
    if (ends !== undefined && ends === this.#ended) return;
    this.#ended = ends ?? this.#ended;
    this.#options.report({ from: "upstream", text, type, outcome });
  }

  /** Upstream takes no more turns on this connection, and says so once. */
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

const NOBODY: ReadonlySet<string> = new Set();

const IDLE = "upstream was silent for too long";

const CUT: Failure = {
  kind: "transport",
  message: "the websocket was cut before the turn began",
};

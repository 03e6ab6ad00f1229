/**
 * The upstream side of a websocket session: its connection, the lease of the
 * turn at hand, and the search for an account.
 *
 * Reports what happens as inputs of the session and decides nothing about it.
 */
import type { Lease, Outcome } from "../accounts/lease.ts";
import type { PreparedRequest } from "../downstream/prepared.ts";
import { withoutReasoning } from "../downstream/reasoning.ts";
import type { Failure } from "../failure/failure.ts";
import { CLOSE } from "../protocol/close_codes.ts";
import type { SocketHandlers } from "../runtime.ts";
import { isForeign } from "./attempt.ts";
import {
  type Connected,
  type Connection,
  overWebsocket,
} from "./connection.ts";
import { dispatch, type DispatchDeps, lastWord } from "./dispatch.ts";
import { frameFor, readEvent } from "./frame.ts";
import type { Closing, Input, Turn } from "./session.ts";
import { Silence } from "./silence.ts";

/** Upstream cuts connections after 60 minutes; they are left before that. */
const RETIRE_MS = 55 * 60 * 1000;

/** Callers cannot be paused, so who floods a slow upstream has to leave. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/** Cuts of one turn that may be chance. */
const MAX_CUTS = 4;

export interface UpstreamSideOptions {
  /** The caller's handshake, under the rules for its dialect and mode. */
  readonly prepared: PreparedRequest;
  readonly requestId: string;
  readonly report: (input: Input) => void;
  readonly keepAlive: () => void;
}

/** One handshake, so that late events of an earlier one are told apart. */
interface Line {
  closed: Closing | undefined;
}

export class UpstreamSide {
  readonly #options: UpstreamSideOptions;
  readonly #deps: DispatchDeps;
  readonly #gone = new AbortController();
  #line: Line | undefined;
  #connection: Connection | undefined;
  #lease: Lease | undefined;
  #turn: Turn | undefined;
  #prepared: PreparedRequest | undefined;
  #tried = new Set<string>();
  /** Of the accounts that this turn was with. */
  #failures: Failure[] = [];
  #cuts = 0;
  #tokenRejected = false;
  /** The turn without what another account has encrypted. */
  #lighter: PreparedRequest | undefined;
  #silence: Silence | undefined;
  #stopWindow: () => void = () => {};

  constructor(options: UpstreamSideOptions, deps: DispatchDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Opens a connection on an account that may serve; the lease is open. */
  async connect(signal: AbortSignal): Promise<Connected> {
    const { prepared, requestId } = this.#options;
    const done = await dispatch({
      endpoint: "responses",
      sessionKey: prepared.sessionKey,
      sender: overWebsocket(
        { prepared, signal, handlers: () => this.#handlers() },
        this.#deps,
      ),
      signal,
      requestId,
      tried: this.#tried,
    }, this.#deps);
    if (done.ok && !this.#line?.closed) this.#connection = done.value.answered;
    return done;
  }

  /** Gives the turn to the account of the connection, or to another. */
  async start(turn: Turn, prepared: PreparedRequest): Promise<void> {
    const again = this.#turn === turn;
    if (!again) this.#begin(turn);
    this.#prepared = this.#lighter ?? prepared;
    const lease = this.#leaseOfConnection();
    if (lease) return this.#send(lease, again);

    this.leave();
    if (!turn.selfContained) return this.#report({ lost: true });
    while (this.#cuts < MAX_CUTS) {
      const done = await this.connect(this.#gone.signal);
      if (!done.ok) {
        return this.#report({ failure: this.#lastWord(done.error) });
      }
      const { lease } = done.value;
      if (this.#connection && !this.#gone.signal.aborted) {
        return this.#send(lease, again);
      }
      // The caller has left, or upstream has, right behind its 101.
      lease.settle({ kind: "released" });
      if (this.#gone.signal.aborted) return this.leave();
      this.#cuts++;
    }
    this.#report({ failure: CUT });
  }

  /** Passes a frame that is no turn; false if upstream takes no more. */
  forward(text: string): boolean {
    const socket = this.#connection?.socket;
    if (socket && socket.bufferedAmount() > MAX_BUFFERED_BYTES) return false;
    socket?.send(text);
    return true;
  }

  settle(outcome: Outcome): void {
    this.#silence?.stop();
    this.#stopWindow();
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    lease.settle(this.#judge(lease, outcome));
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
    this.leave();
  }

  /** Upstream is not silent while nobody listens. */
  pause(): void {
    this.#silence?.heard();
    this.#connection?.socket.pause();
  }

  resume(): void {
    this.#silence?.waiting();
    this.#connection?.socket.resume();
  }

  #begin(turn: Turn): void {
    this.#turn = turn;
    this.#tried = new Set();
    this.#failures = [];
    this.#cuts = 0;
    this.#tokenRejected = false;
    this.#lighter = undefined;
  }

  /** Upstream's own words say more than that no account is left. */
  #lastWord(failure: Failure): Failure {
    if (failure.kind !== "no_account") return failure;
    return lastWord(this.#failures) ?? failure;
  }

  /** The account is judged again before each turn. */
  #leaseOfConnection(): Lease | undefined {
    const connection = this.#connection;
    const { registry, runtime } = this.#deps;
    if (!connection) return undefined;
    const { account, openedAt } = connection;
    const stays = runtime.now() - openedAt < RETIRE_MS &&
      registry.get(account.id) === account && !this.#tried.has(account.id);
    return stays ? registry.acquireOnly(account.id) : undefined;
  }

  #send(lease: Lease, again: boolean): void {
    const connection = this.#connection;
    this.#lease = lease;
    if (!connection || !this.#prepared) {
      // Closed between its handshake and this turn.
      this.settle({ kind: "failed", failure: CUT });
      return this.#report({ failure: CUT });
    }
    const { runtime, timeouts, turnStates } = this.#deps;
    const { account, credential, socket } = connection;
    socket.send(frameFor(this.#prepared, {
      credential,
      ownsTurnState: (value) => turnStates.owns(value, account.id),
      resentAt: again ? runtime.now() : undefined,
    }));
    this.#stopWindow = runtime.after(
      timeouts.windowMs,
      () => this.#options.report({ from: "clock" }),
    );
    this.#silence = new Silence({
      runtime,
      keepaliveMs: timeouts.keepaliveMs,
      idleMs: timeouts.idleMs,
      onKeepalive: this.#options.keepAlive,
      onIdle: () => this.#lost({ code: CLOSE.internalError, reason: IDLE }),
    });
    this.#silence.waiting();
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
    const line: Line = { closed: undefined };
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
    const { turnState, type, outcome } = event;
    const id = this.#connection?.account.id;
    if (turnState !== undefined && id) turnStates.remember(turnState, id);
    this.#silence?.waiting();
    this.#options.report({ from: "upstream", text, type, outcome });
  }

  #lost(closed: Closing): void {
    if (!this.#connection) return;
    this.leave();
    this.#options.report({ from: "upstream", closed });
  }

  /** What the account is blamed for, and whether this turn may come back. */
  #judge(lease: Lease, outcome: Outcome): Outcome {
    if (outcome.kind !== "failed") return outcome;
    const { account } = lease;
    const { kind } = outcome.failure;
    if (kind === "transport") {
      this.#cuts++;
      if (this.#cuts > 1) this.#tried.add(account.id);
      return outcome;
    }
    if (kind === "access_token_rejected" && !this.#tokenRejected) {
      this.#tokenRejected = true;
      const credential = this.#connection?.credential;
      if (credential) account.dropCredential(credential);
      return { kind: "released" };
    }
    if (isForeign(outcome.failure) && !this.#lighter && this.#prepared) {
      // Once more to the same account, without it.
      this.#lighter = withoutReasoning(this.#prepared);
      if (this.#lighter) return { kind: "released" };
    }
    this.#tried.add(account.id);
    this.#failures.push(outcome.failure);
    return outcome;
  }
}

const IDLE = "upstream was silent for too long";

const CUT: Failure = {
  kind: "transport",
  message: "the websocket was cut before the turn began",
};

/**
 * The upstream connection that a websocket session holds between its turns:
 * which one it is, whether it still works, and whether it takes another turn.
 *
 * Opens none and sends no turn.
 */
import type { Asked } from "../../accounts/pool/asked.ts";
import type { Lease } from "../../accounts/pool/lease.ts";
import { ageOf, type Moment, momentOf } from "../../clock.ts";
import { SOCKET_AGE_MS } from "../../limits.ts";
import { CLOSE } from "../../protocol/close_codes.ts";
import type { SocketHandlers } from "../../runtime.ts";
import type { DispatchDeps } from "../dispatch.ts";
import { isAlive, isDoubtful } from "./alive.ts";
import type { Connection } from "./connection.ts";
import type { Closing } from "./session_state.ts";

const LONG_AGO: Moment = { now: -Infinity, elapsed: -Infinity };

/** One handshake; tells late events of an earlier connection apart. */
interface Line {
  closed: Closing | undefined;
  /** When the connection was opened, or its last turn ended. */
  usedAt: Moment;
}

export type HeldConnectionDeps = Pick<
  DispatchDeps,
  "registry" | "runtime" | "timeouts"
>;

export class HeldConnection {
  readonly #deps: HeldConnectionDeps;
  #line: Line | undefined;
  #connection: Connection | undefined;

  constructor(deps: HeldConnectionDeps) {
    this.#deps = deps;
  }

  get current(): Connection | undefined {
    return this.#connection;
  }

  /** For the next handshake. From then on, earlier connections say nothing. */
  handlers({ heard, lost }: {
    readonly heard: (text: string) => void;
    readonly lost: (closing: Closing) => void;
  }): SocketHandlers {
    const line: Line = {
      closed: undefined,
      usedAt: momentOf(this.#deps.runtime),
    };
    this.#line = line;
    const isCurrent = () => this.#line === line;
    return {
      message: (text) => {
        if (isCurrent()) heard(text);
      },
      // The protocol has no binary messages; the client treats one as a cut
      // (docs/client.md, "Frames").
      binary: () => {
        if (isCurrent()) {
          lost({ code: CLOSE.unsupportedData, reason: "binary frame" });
        }
      },
      close: (code, reason) => {
        line.closed = { code, reason };
        if (isCurrent()) lost(line.closed);
      },
    };
  }

  /** Takes what the handshake has opened, unless it has closed meanwhile. */
  opened(connection: Connection): void {
    if (!this.#line?.closed) this.#connection = connection;
  }

  /** A turn on it has ended just now. */
  used(): void {
    if (this.#line) this.#line.usedAt = momentOf(this.#deps.runtime);
  }

  /** Closes it; the next turn needs another. */
  leave(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#line = undefined;
    // Like the official client, without a close frame (docs/client.md,
    // "Frames").
    connection?.socket.terminate();
  }

  /** Marks it as too old for another turn. */
  expire(): void {
    const connection = this.#connection;
    if (connection) this.#connection = { ...connection, opened: LONG_AGO };
  }

  /** Whether it should be tested before a turn. */
  get isDoubtful(): boolean {
    const { runtime, timeouts } = this.#deps;
    const line = this.#line;
    return this.#connection !== undefined && line !== undefined &&
      isDoubtful(line.usedAt, runtime, timeouts);
  }

  /** False also if it was left during the test. */
  async isAlive(): Promise<boolean> {
    const { runtime: { after, log }, timeouts: { pongMs } } = this.#deps;
    const connection = this.#connection;
    if (!connection) return false;
    const alive = await isAlive(connection.socket, { after, pongMs });
    // The connection was left meanwhile, so the result no longer matters.
    if (this.#connection !== connection) return false;
    if (!alive) {
      const { account } = connection;
      log.info("a held websocket is dead", {
        account: account.id,
        label: account.label,
      });
    }
    return alive;
  }

  /**
   * A new lease before each turn: the account may have become unavailable.
   * `tried`: ids of accounts that must not be tried again.
   */
  lease(tried: ReadonlySet<string>, asked: Asked): Lease | undefined {
    if (this.#connection === undefined) return undefined;
    const { account, credential, opened } = this.#connection;
    const { registry, runtime } = this.#deps;
    // The connection belongs to the login that it was opened with.
    const stays = ageOf(opened, runtime) < SOCKET_AGE_MS &&
      credential.login === account.login &&
      registry.get(account.id) === account && !tried.has(account.id);
    return stays ? registry.acquireOnly(account.id, asked) : undefined;
  }
}

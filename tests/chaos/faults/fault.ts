/**
 * What an upstream may do wrong, by transport: a name, what it says of the
 * account, and how it is played.
 */
import type { HttpStage } from "../upstream/stage.ts";
import type { HandshakeStage, SocketStage } from "../upstream/socket_stage.ts";

/**
 * Of whom a fault says something. `nothing`: a turn is served all the same.
 * `edge`: of no account, but not of the network either.
 */
export type Blame =
  | "nothing"
  | "account"
  | "edge"
  | "request"
  | "network"
  | "silence";

export interface FaultOf<Stage> {
  readonly name: string;
  readonly blame: Blame;
  /** Lasts as long as the gateway's own limits: only where its clock is fast. */
  readonly isLong?: boolean;
  /** How many others it counts for when one is chosen; 1 by default. */
  readonly weight?: number;
  readonly play: (stage: Stage) => Promise<void>;
}

export interface HttpFault extends FaultOf<HttpStage> {
  readonly only?: "http1" | "http2";
  /** What it needs: an event stream, or an answer of any kind. */
  readonly needs?: "stream";
}

export type HandshakeFault = FaultOf<HandshakeStage>;
export type SocketFault = FaultOf<SocketStage>;

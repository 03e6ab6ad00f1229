/** Where a websocket of upstream's is played: the handshake, and each turn. */
import type { Random } from "../../support/random.ts";
import type { Clock } from "../clock.ts";
import type { Speech } from "../speech.ts";
import type { HeaderLines } from "./stage.ts";

export interface HandshakeStage {
  readonly random: Random;
  readonly clock: Clock;
  readonly owner: string;
  readonly gone: AbortSignal;
  /** Accepts, with these lines besides the usual ones. */
  readonly accept: (lines?: HeaderLines, key?: string) => Promise<void>;
  readonly refuse: (
    status: number,
    lines: HeaderLines,
    body: string,
  ) => Promise<void>;
  readonly raw: (bytes: Uint8Array | string) => Promise<void>;
  readonly hangUp: () => void;
}

export interface SocketStage {
  readonly random: Random;
  readonly clock: Clock;
  readonly speech: Speech;
  readonly owner: string;
  readonly gone: AbortSignal;
  /** Whether messages may be compressed. */
  readonly compresses: boolean;
  /** One text message, whole, compressed where that was agreed. */
  readonly say: (text: string) => Promise<void>;
  /** Any bytes behind the frames so far. */
  readonly raw: (bytes: Uint8Array) => Promise<void>;
  readonly close: (code: number, reason?: string) => Promise<void>;
  readonly hangUp: () => void;
}

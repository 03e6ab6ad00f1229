/**
 * Where an answer over HTTP is played: one request that has been read, and
 * what can be done to it in either version of the protocol.
 */
import type { Random } from "../../support/random.ts";
import type { Clock } from "../clock.ts";
import type { Speech } from "../speech.ts";

export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** The raw connection of HTTP/1.1, for what is no HTTP any more. */
export interface RawOutput {
  /** Any bytes, in place of all the rest. */
  readonly raw: (bytes: Uint8Array | string) => Promise<void>;
}

export interface Output {
  readonly version: "http1" | "http2";
  /** Begins an answer; its length is not told unless a line tells it. */
  readonly head: (status: number, lines?: HeaderLines) => Promise<void>;
  /** An informational answer before it. */
  readonly inform: (status: number, lines?: HeaderLines) => Promise<void>;
  /** One chunk, or one frame. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly end: () => Promise<void>;
  /** A whole answer of known length. */
  readonly answer: (
    status: number,
    lines: HeaderLines,
    body: Uint8Array,
  ) => Promise<void>;
  /** Ends the stream or the connection with an error. */
  readonly reset: () => Promise<void>;
  /** Ends the connection, and with HTTP/2 every stream of it. */
  readonly hangUp: () => Promise<void>;
  /** Undefined with HTTP/2. */
  readonly connection: RawOutput | undefined;
  /** Aborts when the gateway has left. */
  readonly gone: AbortSignal;
}

export interface HttpStage {
  readonly random: Random;
  readonly clock: Clock;
  readonly speech: Speech;
  readonly out: Output;
  readonly isStream: boolean;
  /** What the request was signed with, to be quoted back. */
  readonly bearer: string;
  readonly prompt: string;
  /** The account's own name, for cookies and turn states. */
  readonly owner: string;
  /** Nothing of upstream may answer at this address. */
  readonly trap: string;
}

/**
 * What the simulated upstream does with websockets, and those it has open.
 */

import type { Connection } from "./connection.ts";

export class Sockets {
  /** False: every upgrade is refused with 426. */
  accepted: boolean;
  /** Whether permessage-deflate is accepted from callers that offer it. */
  deflate: boolean;
  /** Age in ms at which a connection takes no more requests. */
  connectionLimitMs: number;
  /** A longer message of a caller closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** In the order of their handshakes; empty if nothing is recorded. */
  readonly connections: Connection[] = [];
  #ids = 0;

  constructor(
    { accepted, deflate, connectionLimitMs, maxMessageBytes }: {
      readonly accepted: boolean;
      readonly deflate: boolean;
      readonly connectionLimitMs: number;
      readonly maxMessageBytes: number;
    },
  ) {
    this.accepted = accepted;
    this.deflate = deflate;
    this.connectionLimitMs = connectionLimitMs;
    this.maxMessageBytes = maxMessageBytes;
  }

  nextId(): number {
    return ++this.#ids;
  }
}

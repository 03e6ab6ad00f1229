/**
 * How the simulated upstream treats websockets, and all that were opened.
 */

import type { Connection } from "./connection.ts";

export class Sockets {
  /** False: every upgrade is refused with 426. */
  accepted: boolean;
  /** Whether permessage-deflate is accepted from callers that offer it. */
  deflate: boolean;
  /** Age in ms at which a connection takes no more requests. */
  connectionLimitMs: number;
  /** A longer message from a caller closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** In the order of their handshakes; stays empty if nothing is recorded. */
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

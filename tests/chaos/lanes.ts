/**
 * The lanes of a run: each a gateway of its own before an upstream of its own.
 *
 * The lane without a proxy whose websockets speak TLS has a real clock: by a
 * fast one closing handshakes end by their timer, and the runtime then keeps
 * what they were made of.
 */

export interface LaneKind {
  readonly name: string;
  readonly isSecure: boolean;
  readonly proxy: "none" | "connect" | "socks";
  /** The first is never wronged, where there is more than one. */
  readonly accounts: readonly string[];
  /** How many times as fast the gateway's clock runs; 1 is `main.ts` itself. */
  readonly scale: number;
  readonly callers: number;
}

export const LANES: readonly LaneKind[] = [
  {
    name: "plain",
    isSecure: false,
    proxy: "none",
    accounts: ["calm", "ann", "ben", "cy"],
    scale: 40,
    callers: 8,
  },
  {
    name: "tls",
    isSecure: true,
    proxy: "none",
    accounts: ["calm", "dan", "eve"],
    scale: 1,
    callers: 6,
  },
  {
    name: "alone",
    isSecure: true,
    proxy: "connect",
    accounts: ["fay"],
    scale: 40,
    callers: 4,
  },
  {
    name: "socks",
    isSecure: false,
    proxy: "socks",
    accounts: ["calm", "gus", "hal"],
    scale: 40,
    callers: 6,
  },
];

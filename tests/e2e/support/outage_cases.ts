/**
 * What can go wrong without any account's fault, and a limit or two: each with
 * how it is arranged, for one turn that would else be answered.
 */
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import * as faults from "../../../lib/simulator/faults/faults.ts";
import * as refusals from "../../../lib/simulator/faults/refusals.ts";
import { closeWith } from "../../../lib/simulator/faults/socket_faults.ts";
import type { LineOptions } from "./line.ts";

export type Transport = "sse" | "websocket";

export interface OutageCase {
  readonly name: string;
  /** Default: both. */
  readonly transports?: readonly Transport[];
  /** What the first account is to do. */
  readonly arrange?: (account: SimulatedAccount) => void;
  /** The line to the backend. */
  readonly line?: LineOptions;
  /** The line to the auth server; access tokens are expired then. */
  readonly issuerLine?: LineOptions;
  /** Pictures of 6 MB that come with the prompt. */
  readonly pictures?: number;
  /** How long the client may take in all; default a minute. */
  readonly limitMs?: number;
  /** Whether it belongs to every run, or to the measurement only. */
  readonly quick?: boolean;
}

/** A turn over whichever transport, once. */
function once(fault: faults.Fault): (account: SimulatedAccount) => void {
  return (account) => account.faultAt("turn", fault);
}

/** Every handshake. */
function handshakes(fault: faults.Fault) {
  return (account: SimulatedAccount) =>
    account.faultAt("handshake", fault, Infinity);
}

const MINUTE = 60_000;
const HTML = [["content-type", "text/html"]] as const;

export const OUTAGE_CASES: readonly OutageCase[] = [
  { name: "nothing", quick: true },
  { name: "500, once", arrange: once(refusals.serverError()), quick: true },
  { name: "502 page, once", arrange: once(refusals.badGateway()) },
  { name: "503, once", arrange: once(refusals.unavailable()) },
  {
    name: "503 with retry-after: 2, once",
    arrange: once(refusals.unavailable(2)),
  },
  { name: "529, once", arrange: once(refusals.siteOverloaded()) },
  {
    name: "failed event, once",
    arrange: once(faults.responseFailed("server_error", "boom")),
    quick: true,
  },
  { name: "403 page, once", arrange: once(refusals.forbiddenPage()) },
  {
    name: "404 without a body, once",
    arrange: once(refusals.refusal(404, "")),
  },
  {
    name: "reset, once",
    arrange: once(faults.connectionReset()),
    quick: true,
  },
  {
    name: "limit in response.incomplete, once",
    arrange: once(faults.responseIncomplete("usage_limit_reached")),
  },
  {
    name: "close 1009, once",
    transports: ["websocket"],
    arrange: (account) => account.faultAt("message", closeWith(1009, "big")),
  },
  ...([
    ["200", refusals.refusal(200, "<html>", HTML)],
    ["404", refusals.notFound()],
    ["501", refusals.refusal(501, "<html>", HTML)],
    ["502", refusals.badGateway()],
  ] as const).map(([status, fault]): OutageCase => ({
    name: `every handshake ${status}`,
    transports: ["websocket"],
    arrange: handshakes(fault),
    quick: status === "404",
  })),
  { name: "refused for 2 s", line: { downMs: 2000 }, quick: true },
  { name: "refresh refused for 2 s", issuerLine: { downMs: 2000 } },
  {
    name: "a turn of 18 MB",
    pictures: 3,
    limitMs: 2 * MINUTE,
  },
  {
    name: "head after 150 s",
    arrange: once(faults.slowHead(150_000)),
    transports: ["sse"],
    limitMs: 5 * MINUTE,
  },
  {
    name: "upload over 150 s",
    transports: ["sse"],
    pictures: 1,
    // Three quarters of the picture's base64 are left by the compression.
    line: { uploadRate: 27_000 },
    limitMs: 8 * MINUTE,
  },
];

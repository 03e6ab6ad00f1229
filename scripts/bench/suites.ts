/** All suites, in the order in which they run; docs/performance.md lists them. */

import type { Bench } from "./bench.ts";
import type { Metric } from "./rounds.ts";
import { bodies } from "./suites/bodies.ts";
import { chat } from "./suites/chat.ts";
import { failover } from "./suites/failover.ts";
import { firstByte, firstByteTls } from "./suites/first_byte.ts";
import { identity } from "./suites/identity.ts";
import { idleStreams } from "./suites/idle_streams.ts";
import { line } from "./suites/line.ts";
import { paced, pacedTls } from "./suites/paced.ts";
import { stall } from "./suites/stall.ts";
import { startUp } from "./suites/start_up.ts";
import { flood, requests } from "./suites/throughput.ts";
import { compressedWebsocket, websocket } from "./suites/websocket.ts";

export type Suite = (bench: Bench) => Promise<readonly Metric[]>;

export const SUITES: Readonly<Record<string, Suite>> = {
  identity,
  "first-byte": firstByte,
  "first-byte-tls": firstByteTls,
  requests,
  failover,
  paced,
  "paced-tls": pacedTls,
  flood,
  websocket,
  "websocket-compressed": compressedWebsocket,
  bodies,
  stall,
  "start-up": startUp,
  idle: idleStreams,
  chat,
  line,
};

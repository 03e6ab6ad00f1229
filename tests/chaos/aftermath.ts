/** What is left of a gateway when all callers have gone. */
import { pause } from "./clock.ts";
import type { Left } from "./figures.ts";
import type { Finding } from "./findings.ts";
import type { MemoryWatch } from "./memory.ts";
import type { Program } from "./program.ts";
import type { Upstream } from "./upstream/upstream.ts";

const QUIET_MS = 12_000;
/** The grace period of `--shutdown-grace-period-seconds`, and what follows. */
const STOP_MS = 15_000;
/** Connections that the runtime keeps for a moment, timers and the like. */
const SPARE_DESCRIPTORS = 6;

/** Open files once nothing is going on. */
export async function descriptorsAtRest(
  program: Program,
  upstream: Upstream,
): Promise<number> {
  upstream.slam();
  await pause(300);
  return program.descriptors();
}

/** Waits for quiet, looks, stops it. */
export async function lookAt(
  program: Program,
  { upstream, memory, rest, found }: {
    readonly upstream: Upstream;
    readonly memory: MemoryWatch;
    /** What `descriptorsAtRest` said at the start. */
    readonly rest: number;
    readonly found: (finding: Finding) => void;
  },
): Promise<Omit<Left, "lane">> {
  const most = rest + SPARE_DESCRIPTORS;
  const leftOver = (text: string) => found({ kind: "left over", text });
  const inFlight = await quiet(program, upstream, most);
  if (inFlight !== 0) leftOver(`${inFlight} turns in flight`);

  const descriptors = program.descriptors();
  if (descriptors > most) {
    leftOver(`${rest} descriptors became ${descriptors}`);
  }
  const grown = memory.problem();
  if (grown !== undefined) leftOver(`memory: ${grown}`);

  const stopMs = await program.stop(STOP_MS);
  if (stopMs === undefined) {
    found({ kind: "gateway", text: `no stop:\n${program.tail}` });
  }
  return {
    descriptors: [rest, descriptors],
    memory: [memory.warm, memory.end, memory.peak],
    inFlight,
    stopMs,
  };
}

/** Turns in flight, once there is nothing, or in the end. */
async function quiet(
  program: Program,
  upstream: Upstream,
  most: number,
): Promise<number> {
  const until = Date.now() + QUIET_MS;
  while (true) {
    upstream.slam();
    const inFlight = await inFlightOf(program);
    const isQuiet = inFlight === 0 && program.descriptors() <= most;
    if (isQuiet || Date.now() > until) return inFlight;
    await pause(300);
  }
}

/** By the accounts and by the gateway's own count; -1 where it says nothing. */
async function inFlightOf(program: Program): Promise<number> {
  const status = await program.ask("/admin/status");
  const accounts = (await program.ask("/admin/accounts"))?.["accounts"];
  if (!status || !Array.isArray(accounts)) return -1;
  const leases = accounts.reduce(
    (sum, one) => sum + Number(one.in_flight_requests),
    0,
  );
  const turns = status["turns"];
  const open = typeof turns === "object" && turns && "open" in turns
    ? Number(turns.open)
    : -1;
  return Math.max(leases, open);
}

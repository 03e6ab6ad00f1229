/**
 * Counts what a target holds: open files, connections to the upstream, turns in
 * flight. After all sessions are closed it should be no more than before.
 */
import type { Bench } from "./bench.ts";
import { sleep } from "./net.ts";
import type { Target } from "./target.ts";

export interface Left {
  readonly files: number;
  readonly inFlight: number;
  /** Websockets that the upstream has from the target. */
  readonly upstream: number;
}

const QUIET_LIMIT_MS = 3_000;

/** Waits until the target holds at most `files`; 0: until it stays the same. */
export async function quiet(
  bench: Bench,
  target: Target,
  files: number,
): Promise<Left> {
  // Ask once before counting, because this connection stays open.
  await inFlight(target);
  const deadline = performance.now() + QUIET_LIMIT_MS;
  let last = Infinity;
  while (true) {
    const open = openFiles(target.pid);
    const { sockets } = await bench.counts();
    const settled = files === 0 ? open === last : open <= files;
    const over = performance.now() > deadline;
    if (over || (settled && sockets === 0)) {
      return {
        files: open,
        upstream: sockets,
        inFlight: await inFlight(target),
      };
    }
    last = open;
    await sleep(50);
  }
}

function openFiles(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

async function inFlight({ adminPort }: Target): Promise<number> {
  if (adminPort === undefined) return 0;
  const url = `http://127.0.0.1:${adminPort}/admin/accounts`;
  const { accounts } = await (await fetch(url)).json();
  return accounts.reduce(
    (sum: number, one: { readonly in_flight_requests: number }) =>
      sum + one.in_flight_requests,
    0,
  );
}

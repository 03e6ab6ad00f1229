/**
 * What a target holds: open files, connections to the upstream, turns in
 * flight. Once all sessions are closed, no more than before.
 */
import type { Bench } from "./bench.ts";
import { sleep } from "./net.ts";
import type { Target } from "./target.ts";

export interface Left {
  readonly files: number;
  readonly inFlight: number;
  /** Connections that the upstream still has from it. */
  readonly upstream: number;
}

const QUIET_LIMIT_MS = 3_000;

/** What the target holds once it holds no more than `files`, or in the end. */
export async function quiet(
  bench: Bench,
  target: Target,
  files: number,
): Promise<Left> {
  // Asked before anything is counted: the question's connection is kept.
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

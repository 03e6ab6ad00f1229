/**
 * What every measurement gets: the upstream's plan and counts, and functions
 * that start targets.
 */

import { startBareRelay } from "./bare_relay.ts";
import { startGateway } from "./gateway.ts";
import { firstNumber, untilReady } from "./net.ts";
import { startNginx } from "./nginx.ts";
import { type Plan, planTarget } from "./plan.ts";
import { type Child, spawn } from "./process.ts";
import type { Target, TargetName } from "./target.ts";

export interface Counts {
  readonly events: number;
  readonly requests: number;
  /** Paced streams that are open now. */
  readonly open: number;
  /** Websockets that are open now. */
  readonly sockets: number;
}

export interface Bench {
  readonly quick: boolean;
  /** A temporary folder, removed at the end. */
  readonly folder: string;
  /** Both modes of the gateway, and of the program it is compared with. */
  readonly gateways: readonly TargetName[];
  /** Sets the upstream's answers from now on. */
  plan(plan: Plan): Promise<void>;
  counts(): Promise<Counts>;
  /** Starts a target and waits for it. Undefined if nginx is missing. */
  start(name: TargetName, accounts?: number): Promise<Target | undefined>;
  /** Starts those of the targets that are installed. */
  startAll(names: readonly TargetName[]): Promise<readonly Target[]>;
}

export interface BenchOptions {
  readonly quick: boolean;
  readonly folder: string;
  /** The program to measure. */
  readonly gateway: string;
  /** Another program to compare it with. */
  readonly against?: string;
}

const GATEWAYS = ["normalize", "passthrough"] as const;
const AGAINST = ["against-normalize", "against-passthrough"] as const;

export async function startBench(options: BenchOptions): Promise<Bench> {
  const upstream = await startUpstream();
  const ask = async (target: string): Promise<Counts> => {
    const answer = await fetch(`http://127.0.0.1:${upstream.port}${target}`);
    return await answer.json();
  };
  const start = (name: TargetName, accounts = 3) =>
    startTarget(options, upstream, name, accounts);
  return {
    quick: options.quick,
    folder: options.folder,
    gateways: [...GATEWAYS, ...options.against === undefined ? [] : AGAINST],
    start,
    plan: async (plan) => void await ask(planTarget(plan)),
    counts: () => ask("/bench"),
    startAll: async (names) => {
      const targets = await Promise.all(names.map((name) => start(name)));
      return targets.filter((target) => target !== undefined);
    },
  };
}

async function startTarget(
  options: BenchOptions,
  upstream: Target,
  name: TargetName,
  accounts: number,
): Promise<Target | undefined> {
  if (name === "direct") return upstream;
  const target = startProxy(options, upstream.port, name, accounts);
  if (target === undefined) return undefined;
  const gaveUp = target.exited.then((code): never => {
    const words = target.lastWords();
    throw new Error(`${name} ended with code ${code} at start:\n${words}`);
  });
  await Promise.race([untilReady(target.port, "/health"), gaveUp]);
  return target;
}

function startProxy(
  { against, folder, gateway }: BenchOptions,
  upstreamPort: number,
  name: Exclude<TargetName, "direct">,
  accounts: number,
): Target | undefined {
  if (name === "nginx") return startNginx(folder, upstreamPort);
  if (name === "relay") return startBareRelay(upstreamPort);
  return startGateway({
    name,
    program: name.startsWith("against-") ? against ?? gateway : gateway,
    folder,
    upstreamPort,
    mode: name.endsWith("normalize") ? "normalize" : "passthrough",
    accounts,
  });
}

/** The upstream as a target. `stop` does nothing: it lives until the end. */
async function startUpstream(): Promise<Target> {
  const script = new URL("upstream.ts", import.meta.url).pathname;
  const { child, stdout } = spawn(Deno.execPath(), ["run", "-A", script]);
  const port = await firstNumber(stdout);
  const kept: Child = { ...child, stop: () => Promise.resolve() };
  return { ...kept, name: "direct", port };
}

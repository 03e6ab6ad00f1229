/**
 * What every measurement gets: the upstream's plan and counts, and functions
 * that start targets.
 */

import { startBareRelay } from "./bare_relay.ts";
import { startGateway } from "./gateway.ts";
import { firstNumbers, untilReady } from "./net.ts";
import { startNginx } from "./nginx.ts";
import { type Plan, planTarget } from "./plan.ts";
import { type Child, spawn } from "./process.ts";
import type { Place, Target, TargetName } from "./target.ts";

export interface Counts {
  readonly events: number;
  readonly requests: number;
  /** Paced streams that are open now. */
  readonly open: number;
  /** Websockets that are open now. */
  readonly sockets: number;
}

export interface StartOptions {
  readonly accounts?: number;
  /** The upstream is asked over TLS: HTTP/2, by nginx HTTP/1.1. */
  readonly tls?: boolean;
  /** Somewhere else, and not waited for; only the gateway and the relay. */
  readonly place?: Place;
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
  start(name: TargetName, options?: StartOptions): Promise<Target | undefined>;
  /** Starts those of the targets that are installed. */
  startAll(
    names: readonly TargetName[],
    options?: StartOptions,
  ): Promise<readonly Target[]>;
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
  const start = (name: TargetName, startOptions: StartOptions = {}) =>
    startTarget(options, upstream, name, startOptions);
  return {
    quick: options.quick,
    folder: options.folder,
    gateways: [...GATEWAYS, ...options.against === undefined ? [] : AGAINST],
    start,
    plan: async (plan) => void await ask(planTarget(plan)),
    counts: () => ask("/bench"),
    startAll: async (names, startOptions) => {
      const targets = await Promise.all(
        names.map((name) => start(name, startOptions)),
      );
      return targets.filter((target) => target !== undefined);
    },
  };
}

async function startTarget(
  options: BenchOptions,
  upstream: Upstream,
  name: TargetName,
  startOptions: StartOptions,
): Promise<Target | undefined> {
  if (name === "direct") return upstream;
  const target = startProxy(options, upstream, name, startOptions);
  if (target === undefined) return undefined;
  if (startOptions.place !== undefined) return target;
  const gaveUp = target.exited.then((code): never => {
    const words = target.lastWords();
    throw new Error(`${name} ended with code ${code} at start:\n${words}`);
  });
  await Promise.race([untilReady(target.port, "/health"), gaveUp]);
  return target;
}

function startProxy(
  { against, folder, gateway }: BenchOptions,
  { port, tlsPort }: Upstream,
  name: Exclude<TargetName, "direct">,
  { accounts = 3, place, tls = false }: StartOptions,
): Target | undefined {
  const upstream = `http://127.0.0.1:${port}`;
  const turns = place?.upstream ??
    (tls ? `https://127.0.0.1:${tlsPort}` : upstream);
  if (name === "nginx") return startNginx(folder, turns);
  if (name === "relay") return startBareRelay(turns, place);
  return startGateway({
    name,
    program: name.startsWith("against-") ? against ?? gateway : gateway,
    folder,
    upstream: turns,
    authIssuer: upstream,
    mode: name.endsWith("normalize") ? "normalize" : "passthrough",
    accounts,
    ...place === undefined ? {} : { place },
  });
}

/** `stop` does nothing: it lives until the end. */
interface Upstream extends Target {
  readonly tlsPort: number;
}

async function startUpstream(): Promise<Upstream> {
  const script = new URL("upstream.ts", import.meta.url).pathname;
  const { child, stdout } = spawn(Deno.execPath(), ["run", "-A", script]);
  const [port = NaN, tlsPort = NaN] = await firstNumbers(stdout);
  const kept: Child = { ...child, stop: () => Promise.resolve() };
  return { ...kept, name: "direct", port, tlsPort };
}

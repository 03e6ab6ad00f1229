/**
 * Where a script runs: the real gateway in front of the simulator, with two
 * accounts, of which `first` is chosen first. Uses free loopback ports, and a
 * folder that the caller removes.
 */
import { join } from "@std/path";
import { readConfig } from "../../config/config.ts";
import { Gateway } from "../../gateway.ts";
import { TIMEOUTS } from "../../limits.ts";
import type { Timeouts } from "../../relay/attempt.ts";
import type { Log } from "../../runtime.ts";
import type { SimulatedAccount } from "../../simulator/accounts/account.ts";
import { CANARY } from "../../simulator/accounts/canary.ts";
import { type Simulator, startSimulator } from "../../simulator/simulator.ts";
import { createRuntime } from "../process/system.ts";
import { VERSION } from "../process/version.ts";
import { Caller } from "./caller.ts";

/** What holds, in words, and whether it does. */
export type Claims = Readonly<Record<string, boolean>>;

/** What a script wants of its stage. */
export interface StageConditions {
  readonly timeouts?: Partial<Timeouts>;
  /** Whether the accounts have an access token at the start. Default: true. */
  readonly warm?: boolean;
}

export interface StageOptions {
  /** An existing, empty folder. */
  readonly dir: string;
  readonly signal: AbortSignal;
}

export class Stage {
  readonly simulator: Simulator;
  readonly caller: Caller;
  readonly first: SimulatedAccount;
  readonly second: SimulatedAccount;
  readonly dir: string;
  readonly #gateway: Gateway;
  readonly #log: readonly string[];

  private constructor(
    parts: {
      readonly simulator: Simulator;
      readonly first: SimulatedAccount;
      readonly second: SimulatedAccount;
      readonly gateway: Gateway;
      readonly log: readonly string[];
    },
    { dir, signal }: StageOptions,
  ) {
    this.simulator = parts.simulator;
    this.first = parts.first;
    this.second = parts.second;
    this.dir = dir;
    this.#gateway = parts.gateway;
    this.#log = parts.log;
    this.caller = new Caller(parts.gateway.publicOrigin, signal);
  }

  /** Throws if the gateway does not start. */
  static async set(
    { timeouts, warm = true }: StageConditions,
    options: StageOptions,
  ): Promise<Stage> {
    const simulator = await startSimulator({ websockets: true });
    const [first, second] = [
      simulator.addAccount({ name: "first" }),
      simulator.addAccount({ name: "second" }),
    ];
    const log: string[] = [];
    try {
      for (const account of [first, second]) {
        await saveAccount(account, { dir: options.dir, warm });
      }
      const gateway = await startGateway(simulator, {
        dir: options.dir,
        timeouts: { ...TIMEOUTS, transportRetryMs: [1, 2], ...timeouts },
        log: logInto(log),
      });
      const parts = { simulator, first, second, gateway, log };
      return new Stage(parts, options);
    } catch (error) {
      await simulator.close();
      throw error;
    }
  }

  /** Why the account cools down; else its state. */
  blocked(account: SimulatedAccount): string | undefined {
    const found = this.#gateway.registry.get(account.name);
    const status = found?.status(Date.now());
    return status?.state === "cooling" ? status.reason : status?.state;
  }

  /** Stops everything. Returns what must hold after each script. */
  async clear(): Promise<Claims> {
    await this.#gateway.stop(0);
    await this.simulator.close();
    const accounts = this.#gateway.registry.accounts();
    return {
      "no request is left in flight": accounts.every(({ inFlight }) =>
        inFlight === 0
      ),
      "upstream sees nothing that the official client would not send":
        this.simulator.violations.length === 0,
      "no token is in the log": !this.#log.some((line) => CANARY.test(line)),
    };
  }
}

async function startGateway(
  simulator: Simulator,
  { dir, timeouts, log }: {
    readonly dir: string;
    readonly timeouts: Timeouts;
    readonly log: Log;
  },
): Promise<Gateway> {
  const config = readConfig([
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    "--routing-policy=fill_first",
    `--accounts-dir=${dir}`,
    `--upstream=${simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
  ], () => undefined);
  if (!config.ok) throw new Error(config.error);
  const runtime = createRuntime({
    log,
    rootCertificates: [],
    env: () => undefined,
  });
  const started = await Gateway.start({
    config: config.value,
    runtime,
    timeouts,
    version: VERSION,
  });
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

async function saveAccount(
  account: SimulatedAccount,
  { dir, warm }: { readonly dir: string; readonly warm: boolean },
): Promise<void> {
  const text = JSON.stringify({
    refresh_token: account.currentRefreshToken(),
    ...warm ? { access_token: account.issueAccessToken() } : {},
    label: account.name,
  });
  const path = join(dir, `${account.name}.json`);
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

function logInto(lines: string[]): Log {
  const add = (message: string, fields = {}) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { debug: add, info: add, warn: add, error: add };
}

/** One script of `codaze selftest`: a fault, and what must hold after it. */
export interface Script extends StageConditions {
  /** A sentence that holds if the script passes. */
  readonly name: string;
  readonly play: (stage: Stage) => Promise<Claims>;
}

/** How a script went. */
export interface Played {
  readonly name: string;
  readonly ms: number;
  /** Claims that did not hold; empty if it passed. */
  readonly unmet: readonly string[];
}

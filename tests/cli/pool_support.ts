/**
 * A pool over the simulator, by each of the two ways to its accounts, given
 * back by `await using`.
 */
import { join } from "@std/path";
import { openPool } from "../../lib/cli/pool/open_pool.ts";
import type { Pool } from "../../lib/cli/pool/pool.ts";
import { type Config, readConfig } from "../../lib/config/config.ts";
import type { Runtime } from "../../lib/runtime.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  type Simulator,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { freePort } from "../support/free_port.ts";
import { startTestGateway } from "../support/gateway.ts";
import { silentRuntime } from "../support/silent_runtime.ts";

export const VIAS = ["gateway", "folder"] as const;
export type Via = typeof VIAS[number];

export interface TestPool extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly dir: string;
  readonly pool: Pool;
  /** The flags that lead a command to the same accounts by the same way. */
  readonly flags: readonly string[];
  account(name: string): SimulatedAccount;
  read(file: string): Promise<Record<string, unknown>>;
  /** Account files, by default; of a folder below with `sub`. */
  files(sub?: string): Promise<readonly string[]>;
}

export async function openTestPool(
  via: Via,
  accounts: readonly string[] = ["a"],
): Promise<TestPool> {
  const base = via === "gateway"
    ? await onGateway(accounts)
    : await onFolder(accounts);
  const { simulator, dir, adminListen } = base;
  const flags = [
    `--admin-listen=${adminListen}`,
    `--accounts-dir=${dir}`,
    `--auth-issuer=${simulator.issuer}`,
  ];
  const pool = await openPool(configOf(flags), testRuntime());
  if (!pool.ok) throw new Error(pool.error);
  return {
    simulator,
    dir,
    flags,
    pool: pool.value,
    account: (name) => {
      const found = simulator.accounts.find((one) => one.name === name);
      if (!found) throw new Error(`no simulated account ${name}`);
      return found;
    },
    read: async (file) => JSON.parse(await Deno.readTextFile(join(dir, file))),
    files: (sub = "") => jsonFiles(join(dir, sub)),
    [Symbol.asyncDispose]: async () => {
      await pool.value.close();
      await base.close();
    },
  };
}

interface Base {
  readonly simulator: Simulator;
  readonly dir: string;
  readonly adminListen: string;
  readonly close: () => Promise<void>;
}

async function onGateway(accounts: readonly string[]): Promise<Base> {
  const test = await startTestGateway({ accounts });
  return {
    simulator: test.simulator,
    dir: test.dir,
    adminListen: new URL(test.gateway.adminOrigin).host,
    close: () => test[Symbol.asyncDispose](),
  };
}

async function onFolder(accounts: readonly string[]): Promise<Base> {
  const simulator = await startSimulator();
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  for (const name of accounts) {
    await writeAccount(dir, simulator.addAccount({ name }), { label: name });
  }
  return {
    simulator,
    dir,
    adminListen: nobodyListens(),
    close: async () => {
      await simulator.close();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** An address that is free. */
export function nobodyListens(): string {
  return `127.0.0.1:${freePort()}`;
}

export function configOf(flags: readonly string[]): Config {
  const config = readConfig(
    flags,
    (name) => name === "HOME" ? "/nowhere" : undefined,
    { listens: false },
  );
  if (!config.ok) throw new Error(config.error);
  return config.value;
}

/** The real one, but silent, and no timer waits for longer than `maxMs`. */
export function testRuntime(maxMs = Infinity): Runtime {
  const runtime = silentRuntime();
  return {
    ...runtime,
    after: (ms, task) => runtime.after(Math.min(ms, maxMs), task),
  };
}

async function jsonFiles(dir: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(dir)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.filter((name) => name.endsWith(".json")).sort();
}

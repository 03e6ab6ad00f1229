/**
 * What every command takes from its environment: proxies, extra roots and,
 * with them, its `Runtime`. Starts nothing.
 */
import { type Config, readConfig } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Log, Runtime } from "../../runtime.ts";
import { checkProxies, PROXY_VARIABLES } from "../../upstream/socket/proxy.ts";
import { consoleLog } from "./log.ts";
import { readRoots, type Roots } from "./roots.ts";
import { createRuntime } from "./system.ts";
import { isAbsolute, join } from "@std/path";

/** How this process reaches the network. */
export interface Network extends Roots {
  readonly env: Environment;
}

/** What is wrong with the settings of the network. */
export interface NetworkFault {
  readonly about: "proxy" | "roots";
  readonly message: string;
}

/** Undefined also without permission: a service may read only some. */
export function grantedEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}

/** Checked, so that no request bypasses a proxy because of a typing error. */
export async function readNetwork(): Promise<Result<Network, NetworkFault>> {
  const env = (name: string) => Deno.env.get(name);
  // Inside the official client's macOS sandbox no proxy can be reached.
  if (env("CODEX_SANDBOX") === "seatbelt") {
    for (const name of PROXY_VARIABLES) Deno.env.delete(name);
  }
  const proxies = checkProxies(env);
  if (!proxies.ok) return err({ about: "proxy", message: proxies.error });
  const roots = await readRoots(env);
  if (!roots.ok) return err({ about: "roots", message: roots.error });
  return ok({ env, ...roots.value });
}

/** The runtime on this network; logs what the person should know of it. */
export function runtimeOn(network: Network, log: Log): Runtime {
  for (const warning of network.warnings) log.warn(warning);
  return createRuntime({ log, ...network });
}

/** What a command other than `serve` works with. */
export interface CommandContext {
  readonly config: Config;
  readonly runtime: Runtime;
}

/** Reads the flags of `codaze` and the environment. Errors are usage errors. */
export async function prepareCommand(
  args: readonly string[],
): Promise<Result<CommandContext, string>> {
  const env = (name: string) => Deno.env.get(name);
  const config = readConfig(args, env, { listens: false });
  if (!config.ok) return config;
  const network = await readNetwork();
  if (!network.ok) return err(network.error.message);
  // A command prints its own results, so at the usual level it logs only
  // warnings and errors.
  const { logLevel } = config.value;
  const level = logLevel === "info" ? "warn" : logLevel;
  const log = consoleLog({ ...config.value, logLevel: level }, {
    tellsDay: false,
  });
  return ok({
    config: config.value,
    runtime: runtimeOn(network.value, log),
  });
}

/** A path that does not depend on the working folder. */
export function absolutePath(path: string, cwd: string = Deno.cwd()): string {
  return isAbsolute(path) ? path : join(cwd, path);
}

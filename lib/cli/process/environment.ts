/**
 * What every command takes from its environment: proxies, extra roots and,
 * with them, its `Runtime`. Starts nothing.
 */
import { reasonOf } from "../../accounts/files/durable.ts";
import { type Config, readConfig } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { checkProxies, PROXY_VARIABLES } from "../../upstream/socket/proxy.ts";
import { consoleLog } from "./log.ts";
import { createRuntime } from "./system.ts";

/** How this process reaches the network. */
export interface Network {
  readonly env: Environment;
  /** PEM, trusted in addition to Deno's own. */
  readonly rootCertificates: readonly string[];
  /** Messages for the person. */
  readonly warnings: readonly string[];
}

/** Checked, so that no request bypasses a proxy because of a typing error. */
export async function readNetwork(): Promise<Result<Network, string>> {
  const env = (name: string) => Deno.env.get(name);
  // Inside the official client's macOS sandbox no proxy can be reached.
  if (env("CODEX_SANDBOX") === "seatbelt") {
    for (const name of PROXY_VARIABLES) Deno.env.delete(name);
  }
  const proxies = checkProxies(env);
  if (!proxies.ok) return proxies;
  const roots = await readRoots(env);
  if (!roots.ok) return roots;
  const { certificates, warnings } = roots.value;
  return ok({ env, rootCertificates: certificates, warnings });
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
  const config = readConfig(args, (name) => Deno.env.get(name));
  if (!config.ok) return config;
  const network = await readNetwork();
  if (!network.ok) return network;
  // A command prints its own results, so at the usual level it logs only
  // warnings and errors.
  const { logLevel } = config.value;
  const level = logLevel === "info" ? "warn" : logLevel;
  const log = consoleLog({ ...config.value, logLevel: level });
  return ok({
    config: config.value,
    runtime: createRuntime({ log, ...network.value }),
  });
}

interface Roots {
  /** PEM. */
  readonly certificates: readonly string[];
  readonly warnings: readonly string[];
}

/** Uses the same variables as Codex. */
async function readRoots(env: Environment): Promise<Result<Roots, string>> {
  const warnings: string[] = [];
  for (const name of ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"]) {
    const path = env(name);
    if (!path) continue;
    try {
      const certificates = [await Deno.readTextFile(path)];
      // Throws if it is not a certificate.
      Deno.createHttpClient({ caCerts: certificates }).close();
      return ok({ certificates, warnings });
    } catch (error) {
      // A service may inherit a variable whose file it may not read.
      if (!(error instanceof Deno.errors.NotCapable)) {
        return err(`Cannot use ${name} "${path}": ${reasonOf(error)}`);
      }
      warnings.push(
        `${name} is not used, for this process may not read it: install the service with --env ${name}`,
      );
    }
  }
  return ok({ certificates: [], warnings });
}

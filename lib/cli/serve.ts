/**
 * `codaze`: serves both ports until it is told to stop.
 */
import { setColorEnabled } from "@std/fmt";
import { type Config, readConfig } from "../config.ts";
import { Gateway } from "../gateway.ts";
import { err, ok, type Result } from "../result.ts";
import type { Log } from "../runtime.ts";
import { checkProxies, PROXY_VARIABLES } from "../upstream/proxy.ts";
import { createLog } from "./log.ts";
import { printError } from "./output.ts";
import { createRuntime } from "./system.ts";
import { untilStopped } from "./signals.ts";

export async function serve(args: readonly string[]): Promise<number> {
  const env = (name: string) => Deno.env.get(name);
  const config = readConfig(args, env);
  if (!config.ok) return usage(config.error);
  // Inside the client's macOS sandbox its proxies cannot be reached.
  if (env("CODEX_SANDBOX") === "seatbelt") {
    for (const name of PROXY_VARIABLES) Deno.env.delete(name);
  }
  const proxies = checkProxies(env);
  if (!proxies.ok) return usage(proxies.error);
  const roots = await rootCertificates(env);
  if (!roots.ok) return usage(roots.error);

  const stopped = untilStopped();
  const log = consoleLog(config.value);
  const runtime = createRuntime({
    log,
    rootCertificates: roots.value,
    env,
  });
  const started = await Gateway.start({ config: config.value, runtime });
  if (!started.ok) {
    printError(started.error);
    return 1;
  }
  announce(started.value, config.value, log);
  await runUntil(stopped, {
    gateway: started.value,
    config: config.value,
    log,
  });
  return 0;
}

export interface Running {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly log: Log;
}

/** Waits for a signal, asked for before anyone could send it, then drains. */
export async function runUntil(
  stopped: Promise<Deno.Signal>,
  { gateway, config, log }: Running,
): Promise<void> {
  // One forgotten promise must not take every turn down with it.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    const { reason } = event;
    const text = reason instanceof Error ? reason.stack : String(reason);
    log.error("unhandled rejection", { reason: text });
  });
  const signal = await stopped;
  log.info("stopping", { signal, grace_ms: config.shutdownGraceMs });
  await gateway.stop(config.shutdownGraceMs);
  log.info("stopped");
}

export function consoleLog(config: Config): Log {
  setColorEnabled(Deno.stderr.isTerminal() && !Deno.noColor);
  return createLog({
    format: config.logFormat,
    level: config.logLevel,
    now: Date.now,
    // deno-lint-ignore no-console
    write: (line) => console.error(line),
  });
}

function announce(gateway: Gateway, config: Config, log: Log): void {
  log.info("public port", { url: `${gateway.publicOrigin}/v1` });
  log.info("admin port", { url: `${gateway.adminOrigin}/admin/accounts` });
  const accounts = gateway.registry.accounts().length;
  log.info("accounts", { folder: config.accountsDir, accounts });
}

/** The roots a person has named for Codex are good for its gateway, too. */
async function rootCertificates(
  env: (name: string) => string | undefined,
): Promise<Result<readonly string[], string>> {
  for (const name of ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"]) {
    const path = env(name);
    if (!path) continue;
    try {
      return ok([await Deno.readTextFile(path)]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return err(`Cannot use ${name} "${path}": ${reason}`);
    }
  }
  return ok([]);
}

function usage(message: string): number {
  printError(message);
  return 2;
}

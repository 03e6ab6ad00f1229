/**
 * `codaze`: serves both ports until it is told to stop or loses a port.
 */
import type { Account } from "../accounts/pool/account.ts";
import { type Config, readConfig } from "../config/config.ts";
import { Gateway } from "../gateway.ts";
import { err, ok, type Result } from "../result.ts";
import type { Log, Runtime } from "../runtime.ts";
import {
  grantedEnv,
  type Network,
  readNetwork,
  runtimeOn,
} from "./process/environment.ts";
import { consoleLog } from "./process/log.ts";
import { tellMistyped } from "./process/mistyped_variables.ts";
import { fail, failUsage } from "./terminal/output.ts";
import { counted } from "./terminal/words.ts";
import { untilStopped } from "./process/signals.ts";
import { surviveBugs } from "./process/uncaught.ts";
import { VERSION } from "./process/version.ts";
import { armWatchdog } from "./process/watchdog.ts";

export async function serve(args: readonly string[]): Promise<number> {
  const config = readConfig(args, (name) => Deno.env.get(name));
  if (!config.ok) return failUsage(config.error);
  const network = await readNetwork();
  if (!network.ok) return failUsage(network.error.message);

  const started = await startGateway(config.value, network.value);
  if (!started.ok) return fail(started.error);
  const { runtime, stopped } = started.value;
  announce(started.value);
  void tellNextStep(started.value);
  tellMistyped(grantedEnv, runtime);
  const watchdog = await armWatchdog({ env: grantedEnv, runtime });
  void stopped.then(() => watchdog.stopping());
  try {
    return await runUntil(stopped, started.value);
  } finally {
    watchdog.close();
  }
}

export interface Started {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly runtime: Runtime;
  /** The signal that ends it. */
  readonly stopped: Promise<Deno.Signal>;
}

/** Hears signals and survives bugs from here on. */
export async function startGateway(
  config: Config,
  network: Network,
): Promise<Result<Started, string>> {
  const log = consoleLog(config);
  const running: { gateway?: Gateway } = {};
  const stopped = untilStopped(() => {
    const waitingFor = running.gateway?.waitingFor || undefined;
    log.warn("stopped at once", { waiting_for: waitingFor });
  });
  const runtime = runtimeOn(network, log);
  surviveBugs(runtime);
  const started = await Gateway.start({ config, runtime, version: VERSION });
  if (!started.ok) {
    const { alreadyRunning } = await import("./pool/already_running.ts");
    return err(await alreadyRunning(config, runtime) ?? started.error);
  }
  running.gateway = started.value;
  return ok({ gateway: started.value, config, runtime, stopped });
}

export interface Running {
  readonly gateway: Pick<
    Gateway,
    "lost" | "openTurns" | "stop" | "settled" | "waitingFor"
  >;
  readonly config: Pick<Config, "shutdownGraceMs">;
  readonly runtime: Pick<Runtime, "after" | "log">;
}

/** How much longer than the grace period a stop may take. */
const LATE_MS = 5_000;

/**
 * Longer than the auth server may take; no token is sent after the grace
 * period.
 */
const SETTLE_MS = 35_000;

/**
 * Waits for a signal or a lost port, then drains. Returns the exit code; the
 * caller must exit with it, because something may still keep the process alive.
 */
export async function runUntil(
  stopped: Promise<Deno.Signal>,
  { gateway, config: { shutdownGraceMs }, runtime }: Running,
): Promise<number> {
  const { log } = runtime;
  const end = await Promise.race([
    stopped.then((signal) => ({ signal })),
    gateway.lost.then((reason) => ({ reason })),
  ]);
  if ("reason" in end) log.error("stopping", end);
  else log.info("stopping", { ...end, grace_ms: shutdownGraceMs });

  const { openTurns } = gateway;
  if (openTurns > 0) {
    const turns = counted(openTurns, "open turn");
    const seconds = shutdownGraceMs / 1000;
    log.info(`${turns} may take up to ${seconds} s; Ctrl-C again quits now`);
  }
  const done = gateway.stop(shutdownGraceMs);
  if (await within(shutdownGraceMs + LATE_MS, done, runtime)) {
    log.info("stopped");
    return "reason" in end ? 1 : 0;
  }
  log.error("stop takes too long", { waiting_for: gateway.waitingFor });
  // A refresh under way has used up its token: exiting now loses the login.
  await within(SETTLE_MS, gateway.settled(), runtime);
  log.error("stopped all the same");
  return 1;
}

/** Whether `promise` resolves in time. */
async function within(
  ms: number,
  promise: Promise<void>,
  { after }: Pick<Runtime, "after">,
): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = after(ms, () => late.resolve(false));
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    cancel();
  }
}

/** Where the gateway is, whose it is, and what to do next. */
export function announce({ gateway, config, runtime: { log } }: Started): void {
  log.info("started", { version: VERSION, policy: gateway.registry.policy });
  log.info("public port", { url: `${gateway.publicOrigin}/v1` });
  log.info("admin port", { url: `${gateway.adminOrigin}/admin/accounts` });
  const all = gateway.registry.accounts();
  const out = all.filter(({ isInvalid }) => isInvalid);
  const accounts = all.length - out.length;
  const named = all.filter(({ isInvalid }) => !isInvalid).slice(0, MAX_TOLD)
    .map(({ id, label }) => label ?? id);
  log.info("accounts", {
    folder: config.accountsDir,
    accounts,
    names: named.length > 0 ? named.join(", ") : undefined,
  });
  for (const account of out.slice(0, MAX_TOLD)) tellSignedOut(account, log);
  if (out.length > MAX_TOLD) {
    log.warn("more accounts are signed out: see codaze accounts", {
      accounts: out.length - MAX_TOLD,
    });
  }
  if (all.length === 0) {
    log.warn("no account yet: run codaze login in another terminal");
  } else if (accounts === 0) {
    log.warn("no account is signed in: run codaze login in another terminal");
  }
}

/** How to point Codex at the gateway, if it is not. */
async function tellNextStep({ gateway, runtime }: Started): Promise<void> {
  if (gateway.registry.accounts().length === 0) return;
  const { shouldConnect } = await import("./codex/next_step.ts");
  const port = Number(new URL(gateway.publicOrigin).port);
  if (await shouldConnect(port, grantedEnv)) {
    runtime.log.info("codaze connect points Codex here");
  }
}

/** How many signed-out accounts the log names at the start. */
const MAX_TOLD = 20;

function tellSignedOut({ id, label, history }: Account, log: Log): void {
  const { lastErrorAt: at, lastError: reason } = history;
  log.warn("account signed out: run codaze login, or codaze accounts remove", {
    account: id,
    label,
    since: at === undefined ? undefined : new Date(at).toISOString(),
    reason,
  });
}

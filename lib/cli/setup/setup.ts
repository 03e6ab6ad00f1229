/**
 * `codaze setup`: from nothing to the first answer, step by step. Each step
 * asks, can be skipped, and is a command of its own.
 */
import { bold } from "@std/fmt";
import type { Config } from "../../config/config.ts";
import type { Runtime } from "../../runtime.ts";
import { connectCodex } from "../connect/connect.ts";
import { isConnected } from "../login/next_steps.ts";
import { BROWSER_LOGIN } from "../login/browser_login.ts";
import { login } from "../login/login.ts";
import { openPool } from "../pool/open_pool.ts";
import { findGateway } from "../pool/running_gateway.ts";
import { prepareCommand } from "../process/environment.ts";
import { selftest } from "../selftest/selftest.ts";
import { service } from "../service/service.ts";
import { ask, askYes, isAsked } from "../process/ask.ts";
import {
  failUsage,
  print,
  printError,
  printLine,
  withColor,
} from "../terminal/output.ts";
import { tryTurn } from "./try_turn.ts";

const YES = { byDefault: true };

export async function setup(args: readonly string[]): Promise<number> {
  const context = await prepareCommand(args);
  if (!context.ok) return failUsage(context.error);
  if (!isAsked()) {
    return failUsage("Cannot ask here: run codaze setup in a terminal");
  }
  const { config, runtime } = context.value;
  heading("1", "Accounts");
  await signIn(config, runtime, args);
  heading("2", "The gateway");
  await runGateway(config);
  heading("3", "Codex");
  await connectHere(config);
  heading("4", "A first turn");
  await firstTurn(config, runtime);
  print(
    "\nTo undo it: codaze disconnect, codaze service uninstall, codaze accounts remove NAME",
  );
  return 0;
}

function heading(number: string, text: string): void {
  print(withColor(true, () => `\n${bold(`${number}. ${text}`)}`));
}

/** As often as the person has accounts. */
async function signIn(
  config: Config,
  runtime: Runtime,
  flags: readonly string[],
): Promise<void> {
  while (true) {
    // Anew each time: the browser may have signed in one that is there.
    const named = await accountNames(config, runtime);
    if (named === undefined) return;
    printLine(
      named.length === 0
        ? "There is no account yet."
        : `Your accounts: ${named.join(", ")}.`,
    );
    const isWanted = named.length === 0
      ? askYes("Sign in now?", YES)
      : askYes("Sign in another account?", { byDefault: false });
    if (!await isWanted) return;
    const label = await ask("What do you call it (main, work, ...)?");
    const words = label ? [`--label=${label}`, ...flags] : flags;
    if (await login(words, BROWSER_LOGIN, { tellsNext: false }) !== 0) return;
  }
}

/** Undefined if the pool cannot be read, which is then told. */
async function accountNames(
  config: Config,
  runtime: Runtime,
): Promise<readonly string[] | undefined> {
  const pool = await openPool(config, runtime);
  if (!pool.ok) return void printError(pool.error);
  try {
    const listed = await pool.value.list();
    if (!listed.ok) return void printError(listed.error);
    return listed.value.accounts.map(({ label, email, id }) =>
      label ?? email ?? id
    );
  } finally {
    await pool.value.close();
  }
}

async function runGateway(config: Config): Promise<void> {
  if (await findGateway(config)) return print("It runs already.");
  const question =
    "Install it as a service, which runs from the start of your session?";
  const isWanted = await askYes(question, YES);
  if (isWanted && await service(["install"]) !== 0) return;
  await ask(
    isWanted
      ? "Run the lines above, or codaze itself, in another terminal, and press Enter."
      : "Then start codaze in another terminal, and press Enter.",
  );
}

async function connectHere(config: Config): Promise<void> {
  const gateway = await findGateway(config) ?? config;
  if (await isConnected(gateway)) {
    return print("It goes through Codaze already.");
  }
  const status = await askYes(
    "Shall Codex's /status, at the cost of connectors, show the pool, too?",
    { byDefault: false },
  );
  const done = await connectCodex(gateway, { withStatus: status, yes: false });
  if (!done.ok) return printError(done.error);
  for (const line of done.value) printLine(line);
}

async function firstTurn(config: Config, runtime: Runtime): Promise<void> {
  const gateway = await findGateway(config);
  if (gateway === undefined) {
    print("No gateway runs yet, so the turn is played on the simulator.");
    if (await askYes("Run codaze selftest?", YES)) await selftest([]);
    return;
  }
  const question = "Send one small turn? It spends a little of an account.";
  if (!await askYes(question, YES)) return;
  const tried = await tryTurn(gateway, runtime);
  if (tried.ok) printLine(tried.value);
  else printError(tried.error);
}

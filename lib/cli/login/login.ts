/**
 * `codaze login`: signs a person in, with a browser on this machine or, with
 * `--device`, with a browser on any device.
 */
import { setColorEnabled } from "@std/fmt";
import { err, ok, type Result } from "../../result.ts";
import { isTraced } from "../../config/telemetry.ts";
import {
  BROWSER_LOGIN,
  browserLogin,
  type BrowserOptions,
} from "./browser_login.ts";
import { deviceLogin } from "./device_login.ts";
import { type CommandContext, prepareCommand } from "../process/environment.ts";
import { keepLogin } from "./keep_login.ts";
import { splitOptions } from "../../config/options.ts";
import {
  fail,
  failUsage,
  isTerminal,
  printError,
  printLine,
} from "../terminal/output.ts";
import { TYPED } from "../process/ask.ts";
import type { TypedLines } from "../terminal/typed_lines.ts";
import { openPool } from "../pool/open_pool.ts";
import type { Login } from "../pool/pool.ts";
import type { Ending } from "./sign_in.ts";
import { INTERRUPTED, untilStopped } from "../process/signals.ts";
import { nextSteps } from "./next_steps.ts";
import { beforeAbort } from "./waiting.ts";

/**
 * Tests pass other ports and times in `browser`. `tellsNext`: whether to say
 * what is left to do.
 */
export async function login(
  args: readonly string[],
  browser: BrowserOptions = BROWSER_LOGIN,
  { tellsNext = true }: { readonly tellsNext?: boolean } = {},
): Promise<number> {
  const command = await readCommand(args);
  if (!command.ok) return failUsage(command.error);
  const { context, device, label } = command.value;
  setColorEnabled(isTerminal(Deno.stdout));
  // First make sure that the sign-in can be saved, then bother the person.
  const pool = await openPool(context.config, context.runtime);
  if (!pool.ok) return fail(pool.error);
  const prepared = await pool.value.prepare();
  await pool.value.close();
  if (!prepared.ok) return fail(prepared.error);

  const controller = new AbortController();
  void untilStopped().then(() => controller.abort());
  const typed = Deno.stdin.isTerminal() ? TYPED : undefined;
  const signIn = {
    ...context,
    typed,
    stop: controller.signal,
    keep: (tokens: Login) => keepLogin(context, { ...tokens, label }),
  };
  const outcome =
    await (device ? deviceLogin(signIn) : browserLogin(signIn, browser));
  if (!outcome.ok) {
    return await explain(outcome.error, signIn);
  }
  printLine(outcome.value);
  const next = tellsNext ? await nextSteps(context.config) : [];
  for (const line of next) printLine(line);
  return 0;
}

interface Command {
  readonly context: CommandContext;
  readonly device: boolean;
  readonly label: string | undefined;
}

async function readCommand(
  args: readonly string[],
): Promise<Result<Command, string>> {
  const options = splitOptions(args, {
    strings: ["label"],
    booleans: ["device"],
  });
  if (!options.ok) return options;
  const { rest, switches, values } = options.value;
  const label = values.get("label")?.trim();
  if (label === "") return err('Cannot use --label "": expected a name');

  const context = await prepareCommand(rest);
  if (!context.ok) return context;
  const device = switches.has("device");
  if (!device && isTraced((name) => Deno.env.get(name))) {
    return err(
      "Unset OTEL_DENO or pass --device: a browser brings back a code, which would go to the collector",
    );
  }
  return ok({ context: context.value, device, label });
}

interface Retry {
  readonly stop: AbortSignal;
  readonly typed: TypedLines | undefined;
  readonly keep: (tokens: Login) => Promise<Result<string, string>>;
}

/** Tells the person how it ended. Returns the exit code. */
async function explain(ending: Ending, retry: Retry): Promise<number> {
  switch (ending.kind) {
    case "cancelled":
      printError("Cancelled: nothing was saved");
      return INTERRUPTED;
    case "failed":
      return fail(ending.message);
    case "unsaved":
      return await saveAgain(ending, retry);
  }
}

/** Only this process has the tokens, so the person may try again and again. */
async function saveAgain(
  { message, tokens }: Extract<Ending, { readonly kind: "unsaved" }>,
  { stop, typed, keep }: Retry,
): Promise<number> {
  let reason = message;
  while (typed !== undefined && !stop.aborted) {
    printError(
      `Signed in, but not saved: ${reason}. Put that right, then press Enter to try again; Ctrl-C gives the sign-in up`,
    );
    if (await beforeAbort(typed.peek(), stop) === undefined) break;
    typed.take();
    const kept = await keep(tokens);
    if (kept.ok) {
      printLine(kept.value);
      return 0;
    }
    reason = kept.error;
  }
  printError(
    `Signed in, but not saved: ${reason}; put that right, then run codaze login again`,
  );
  return stop.aborted ? INTERRUPTED : 1;
}

/**
 * `codaze probe`: tries with real accounts which form of a turn the models take
 * (docs/api.md, "Two forms of a turn"). Asks before it spends anything, and
 * sends no prompt of the user's. Changes no setting.
 */
import { splitOptions } from "../../config/options.ts";
import { parseObject } from "../../protocol/json.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { askYes, isAsked } from "../process/ask.ts";
import { messageIn } from "../pool/gateway.ts";
import { callLocal } from "../pool/local_call.ts";
import { prepareCommand } from "../process/environment.ts";
import {
  fail,
  failUsage,
  print,
  printNote,
  withColor,
} from "../terminal/output.ts";
import { adviceOn, type Tried } from "./advice.ts";
import { chooseModels, type NamedModels } from "./choose_models.ts";
import { type Outcome, readOutcome, unanswered } from "./outcome.ts";
import { planLines, reportJson, reportText } from "./report.ts";
import { findTarget, type Target } from "./target.ts";
import { type Trial, trialBody, trialsOf } from "./trial.ts";

/** The gateway may have to fetch the list first. */
const MODELS_MS = 60_000;
/** Longer than a model thinks about two plus two, and moves between accounts. */
const TURN_MS = 180_000;

export async function probe(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {
    strings: ["lite", "classic"],
    booleans: ["yes", "json"],
  });
  if (!options.ok) return failUsage(options.error);
  const { values, switches, rest } = options.value;
  const named = { lite: values.get("lite"), classic: values.get("classic") };
  const empty = Object.entries(named).find(([, name]) => name === "");
  if (empty) return failUsage(`Cannot use --${empty[0]} "": expected a model`);
  const context = await prepareCommand(rest);
  if (!context.ok) return failUsage(context.error);

  const { config, runtime } = context.value;
  const target = await findTarget(config, runtime);
  if (!target.ok) return fail(target.error);
  const trials = await planOn(target.value, named, runtime);
  if (!trials.ok) return fail(trials.error);

  for (const line of planLines(trials.value, target.value)) printNote(line);
  const yes = switches.has("yes");
  if (!yes && !isAsked()) {
    return fail("Cannot ask before they are sent: pass --yes");
  }
  if (!yes && !await askYes("Send them?", { byDefault: false })) {
    print("Nothing sent");
    return 0;
  }
  const tried = await tryAll(trials.value, target.value, runtime);
  print(
    switches.has("json")
      ? reportJson(tried)
      : withColor(Deno.stdout.isTerminal(), () => reportText(tried)),
  );
  return adviceOn(tried).requestForm === undefined ? 1 : 0;
}

async function planOn(
  { listen }: Target,
  named: NamedModels,
  { after }: Runtime,
): Promise<Result<readonly Trial[], string>> {
  const address = addressOf(listen);
  const list = await callLocal(
    listen,
    { line: "GET /v1/models", timeoutMs: MODELS_MS },
    after,
  );
  if (!list.ok) {
    return err(`The gateway gives no models on its public port ${address}`);
  }
  const { status, text } = list.value;
  if (status !== 200) {
    const why = messageIn(parseObject(text) ?? {}) ?? `it answered ${status}`;
    return err(`The gateway on ${address} has no list of models: ${why}`);
  }
  const models = chooseModels(text, named);
  return models.ok ? ok(trialsOf(models.value)) : models;
}

/** One after the other, in one session, so that one account answers if it can. */
async function tryAll(
  trials: readonly Trial[],
  { listen }: Target,
  { after }: Runtime,
): Promise<readonly Tried[]> {
  const headers = { "session-id": crypto.randomUUID() };
  const tried: Tried[] = [];
  for (const trial of trials) {
    const answer = await callLocal(listen, {
      line: "POST /v1/responses",
      headers,
      body: trialBody(trial),
      timeoutMs: TURN_MS,
    }, after);
    const outcome: Outcome = answer.ok
      ? readOutcome(answer.value)
      : unanswered(NO_ANSWER[answer.error]);
    tried.push({ trial, outcome });
  }
  return tried;
}

const NO_ANSWER = {
  nobody: "the gateway has stopped",
  silent: "no answer in three minutes",
  broken: "the connection broke",
} as const;

/**
 * `codaze status`: is it running, since when, for whom, and what is left? Exit
 * code 0: it runs; 1: it does not.
 */
import { splitOptions } from "../../config/options.ts";
import { durationText } from "../../server/admin/duration_text.ts";
import { openGateway } from "../pool/gateway.ts";
import { findGateway } from "../pool/running_gateway.ts";
import { prepareCommand } from "../process/environment.ts";
import { fail, failUsage, printLine } from "../terminal/output.ts";
import { counted } from "../terminal/words.ts";
import { askView } from "./ask_view.ts";
import { headlineText } from "./headline_text.ts";
import type { Shown } from "./shown.ts";
import { shortClock } from "./turn_words.ts";

export async function status(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {});
  if (!options.ok) return failUsage(options.error);
  const context = await prepareCommand(options.value.rest);
  if (!context.ok) return failUsage(context.error);
  const { config, runtime } = context.value;
  const found = await findGateway(config);
  const gateway = found && await openGateway(found, runtime);
  if (gateway?.ok === false) return fail(gateway.error);
  if (gateway?.value === undefined) {
    printLine(
      `Codaze is not running on ${config.accountsDir}: codaze starts it`,
    );
    return 1;
  }
  const shown = await askView(gateway.value);
  if (!shown.ok) return fail(shown.error);
  for (const line of statusLines(shown.value)) printLine(line);
  return 0;
}

/** Five lines, and one more if something is wrong. */
export function statusLines(shown: Shown): readonly string[] {
  const { about, accounts, now, problems, turnsOpen, turnsEnded } = shown;
  const since = about.startedAt === null
    ? ""
    : ` since ${shortClock(about.startedAt, now)} (${
      durationText(Math.max(0, now - about.startedAt))
    })`;
  const names = accounts.map(({ name }) => name);
  const who = names.length === 0
    ? "none yet: codaze login"
    : `${names.slice(0, MOST_NAMES).join(", ")}${
      names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""
    }; ${shown.canServe} of ${names.length} can serve`;
  return [
    `Codaze ${about.version} is running${since}`,
    `  serves    ${about.publicOrigin}, and you on ${about.adminOrigin}/`,
    `  accounts  ${who}`,
    `  left      ${headlineText(shown, now)}`,
    `  turns     ${turnsOpen} under way, ${turnsEnded} ended`,
    ...problems.length === 0 ? [] : [
      `  wrong     ${counted(problems.length, "thing")}: codaze doctor`,
    ],
  ];
}

const MOST_NAMES = 5;

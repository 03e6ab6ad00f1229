/** `codaze logs`: the latest turns, a line for each, and those that follow. */
import { splitOptions } from "../../config/options.ts";
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import { requireGateway } from "../pool/gateway.ts";
import { type CommandContext, prepareCommand } from "../process/environment.ts";
import { fail, failUsage, printLine, printNote } from "../terminal/output.ts";
import { askView } from "./ask_view.ts";
import { Follower } from "./follow.ts";
import type { Shown, ShownTurn } from "./shown.ts";
import { isFailed, turnLine } from "./turn_words.ts";

interface Wish {
  /** The beginning of a label or an id; undefined: all accounts. */
  readonly account: string | undefined;
  readonly failed: boolean;
}

export async function logs(args: readonly string[]): Promise<number> {
  const words = args.map((arg) => arg === "-f" ? "--follow" : arg);
  const options = splitOptions(words, {
    strings: ["account"],
    booleans: ["failed", "follow"],
  });
  if (!options.ok) return failUsage(options.error);
  const { values, switches, rest } = options.value;
  const context = await prepareCommand(rest);
  if (!context.ok) return failUsage(context.error);
  const { config, runtime } = context.value;
  const gateway = await requireGateway(config, runtime);
  if (!gateway.ok) return fail(gateway.error);
  const shown = await askView(gateway.value);
  if (!shown.ok) return fail(shown.error);
  const wish = {
    account: values.get("account"),
    failed: switches.has("failed"),
  };
  const known = checkAccount(wish, shown.value);
  if (!known.ok) return fail(known.error);
  const news = new News();
  const tell = (next: Shown) => {
    const lines = linesOf(news.in(next), wish, next.now);
    for (const line of lines) printLine(line);
    return lines.length;
  };
  if (switches.has("follow")) return await follow(context.value, tell);
  if (tell(shown.value) === 0) printNote("no such turns among the latest");
  return 0;
}

/** Goes on until a signal ends the program. */
function follow(
  { config, runtime }: CommandContext,
  tell: (shown: Shown) => unknown,
): Promise<number> {
  let isLost = false;
  new Follower(config, runtime, {
    shown: (shown) => {
      if (isLost) printNote("connected again");
      isLost = false;
      tell(shown);
    },
    lost: (why) => {
      if (isLost) return;
      isLost = true;
      printNote(
        why === "crowded"
          ? "four follow already, which is all that may; trying again"
          : "not connected, trying again",
      );
    },
  });
  return Promise.withResolvers<number>().promise;
}

/** Gives each turn that has ended once, the oldest first. */
export class News {
  #startedAt: number | null = null;
  readonly #told = new Set<number>();

  in({ about, turns }: Shown): readonly ShownTurn[] {
    // Numbers begin anew with each start of the gateway.
    if (about.startedAt !== this.#startedAt) this.#told.clear();
    this.#startedAt = about.startedAt;
    const news = turns.filter(({ id, outcome }) =>
      outcome !== null && !this.#told.has(id)
    );
    const kept = new Set(turns.map(({ id }) => id));
    for (const id of this.#told) if (!kept.has(id)) this.#told.delete(id);
    for (const { id } of news) this.#told.add(id);
    return news.toReversed();
  }
}

function linesOf(
  turns: readonly ShownTurn[],
  { account, failed }: Wish,
  now: number,
): readonly string[] {
  return turns.filter((turn) =>
    (!failed || isFailed(turn)) &&
    (account === undefined || begins(account, turn.name, turn.account))
  ).map((turn) => turnLine(turn, now));
}

/** An account that is gone may still have turns. */
function checkAccount(
  { account }: Wish,
  { accounts, turns }: Shown,
): Result<void, string> {
  const isKnown = account === undefined ||
    accounts.some(({ name, id }) => begins(account, name, id)) ||
    turns.some((turn) => begins(account, turn.name, turn.account));
  return isKnown
    ? ok(undefined)
    : err(`No account begins with "${cut(account)}": see codaze accounts`);
}

function begins(
  start: string,
  ...names: ReadonlyArray<string | null>
): boolean {
  const wanted = start.toLowerCase();
  return names.some((name) => name?.toLowerCase().startsWith(wanted));
}

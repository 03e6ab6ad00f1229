/**
 * `deno task year`: a simulated year of one person's work over a pool, with the
 * decisions of the program itself, for every policy, pool and load.
 *
 * Prints how many requests no account could serve, and where the quota went.
 * With the usual seeds it fails where `quota` misses a goal. It chooses the
 * numbers of `lib/policy/by_quota.ts`: change those on these seeds, and keep a
 * change only if it also wins on others.
 */
import { hasGoals, missedGoals } from "./goals.ts";
import { readOptions, USAGE } from "./options.ts";
import { playAll } from "./run.ts";
import { figuresTable, refusedTable } from "./table.ts";

if (import.meta.main) Deno.exitCode = main(Deno.args);

function main(args: readonly string[]): number {
  const options = readOptions(args);
  if (!options.ok) {
    if (options.error !== "") say(options.error);
    say(USAGE);
    return options.error === "" ? 0 : 2;
  }
  const { seeds, stickiness } = options.value;
  say(`mean of seeds ${seeds.join(", ")}; stickiness ${stickiness}\n`);
  const rows = playAll(options.value);
  say(`${refusedTable(rows)}\n\n${figuresTable(rows)}\n`);
  if (!hasGoals(options.value)) {
    say("not judged: the goals are for other seeds, and for sticky sessions");
    return 0;
  }
  const missed = missedGoals(rows);
  for (const line of missed) say(`MISSED: ${line}`);
  if (missed.length === 0) say("every goal is reached");
  return missed.length === 0 ? 0 : 1;
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

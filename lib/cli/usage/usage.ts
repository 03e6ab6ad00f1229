/**
 * `codaze usage`: turns and tokens of the last days, by day, account or model.
 */
import { readDayCount, USUAL_DAYS } from "../../server/admin/usage_view.ts";
import { splitOptions } from "../../config/options.ts";
import { USAGE_DAYS } from "../../limits.ts";
import { harmlessJson } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import { openPool } from "../pool/open_pool.ts";
import { prepareCommand } from "../process/environment.ts";
import { fail, failUsage, print, withColor } from "../terminal/output.ts";
import { type By, jsonOf } from "./groups.ts";
import { usageText } from "./usage_table.ts";

/** What the arguments ask for. */
interface Wish {
  readonly days: number;
  readonly by: By;
  readonly json: boolean;
}

export async function usage(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {
    strings: ["days", "by"],
    booleans: ["json"],
  });
  if (!options.ok) return failUsage(options.error);
  const { values, switches, rest } = options.value;
  const wish = readWish(values, switches.has("json"));
  if (!wish.ok) return failUsage(wish.error);
  const context = await prepareCommand(rest);
  if (!context.ok) return failUsage(context.error);

  const { config, runtime } = context.value;
  const pool = await openPool(config, runtime);
  if (!pool.ok) return fail(pool.error);
  try {
    const told = await pool.value.usage(wish.value.days);
    if (!told.ok) return fail(told.error);
    const { by, days, json } = wish.value;
    const text = json
      ? harmlessJson(JSON.stringify(jsonOf(told.value, by), null, 2))
      : withColor(
        Deno.stdout.isTerminal(),
        () => usageText(told.value, { by, days }),
      );
    print(text);
    return 0;
  } finally {
    await pool.value.close();
  }
}

function readWish(
  values: ReadonlyMap<string, string>,
  json: boolean,
): Result<Wish, string> {
  const count = values.get("days");
  const days = count === undefined ? USUAL_DAYS : readDayCount(count);
  if (days === undefined) {
    return err(
      `Cannot use --days "${count}": expected a whole number from 1 to ${USAGE_DAYS}`,
    );
  }
  const by = values.get("by");
  if (by !== undefined && by !== "account" && by !== "model") {
    return err(`Cannot use --by "${by}": expected account or model`);
  }
  return ok({ days, by: by ?? "day", json });
}

/**
 * `codaze accounts`: shows the pool, or wakes, removes or refreshes an account
 * (`accounts_care.ts`).
 */
import { harmlessJson } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { CARE, care, type Verb } from "./accounts_care.ts";
import { resetCredit, type ResetRequest } from "./reset_credit.ts";
import { accountsText } from "./accounts_table.ts";
import { prepareCommand } from "../process/environment.ts";
import { type Options, splitOptions } from "../../config/options.ts";
import {
  fail,
  failUsage,
  print,
  printLine,
  withColor,
} from "../terminal/output.ts";
import { openPool } from "../pool/open_pool.ts";
import type { Pool, PoolView } from "../pool/pool.ts";

/** What the arguments ask for. */
type Wish =
  | { readonly kind: "list"; readonly json: boolean }
  | ResetRequest & { readonly kind: "reset" }
  | {
    readonly kind: "care";
    readonly verb: Verb;
    /** Undefined: every account. */
    readonly name: string | undefined;
    /** Whether to remove without asking. */
    readonly yes: boolean;
  };

export async function accounts(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {
    booleans: ["all", "json", "yes"],
    strings: ["confirm"],
    positionals: true,
  });
  if (!options.ok) return failUsage(options.error);
  const wish = readWish(options.value);
  if (!wish.ok) return failUsage(wish.error);
  const context = await prepareCommand(options.value.rest);
  if (!context.ok) return failUsage(context.error);

  const { config, runtime } = context.value;
  const pool = await openPool(config, runtime);
  if (!pool.ok) return fail(pool.error);
  try {
    return await grant(wish.value, pool.value, runtime);
  } finally {
    await pool.value.close();
  }
}

function readWish(
  { switches, positionals, values }: Options,
): Result<Wish, string> {
  const [verb, name, ...more] = positionals;
  const wrong = (why: string) =>
    err(
      `${why}: expected codaze accounts [wake|remove|refresh|reset-credit ID]`,
    );
  const has = (option: string) => switches.has(option);
  if (more.length > 0) return wrong(`Cannot use "${more.join(" ")}"`);
  const confirm = values.get("confirm");
  if (verb === "reset-credit") {
    const [extra] = switches;
    if (extra) return wrong(`Cannot use --${extra} with ${verb}`);
    if (name === undefined) return wrong(`Name one account for ${verb}`);
    return ok({ kind: "reset", name, confirm });
  }
  if (confirm !== undefined) {
    return wrong("Cannot use --confirm without reset-credit");
  }
  if (verb === undefined) {
    if (has("all")) return wrong("Cannot use --all here");
    if (has("yes")) return wrong("Cannot use --yes here");
    return ok({ kind: "list", json: has("json") });
  }
  const known = CARE.find((one) => one === verb);
  if (known === undefined) return wrong(`Cannot use "${verb}"`);
  if (has("json")) return wrong(`Cannot use --json with ${verb}`);
  if (has("all") && known !== "wake") {
    return wrong(`Cannot use --all with ${verb}`);
  }
  if (has("yes") && known !== "remove") {
    return wrong(`Cannot use --yes with ${verb}`);
  }
  if ((name === undefined) !== has("all")) {
    return wrong(`Name one account to ${verb}`);
  }
  return ok({ kind: "care", verb: known, name, yes: has("yes") });
}

async function grant(
  wish: Wish,
  pool: Pool,
  runtime: Runtime,
): Promise<number> {
  switch (wish.kind) {
    case "list": {
      const listed = await pool.list();
      if (!listed.ok) return fail(listed.error);
      if (wish.json) print(jsonText(listed.value));
      else print(text(listed.value, { via: pool.via, runtime }));
      return 0;
    }
    case "reset": {
      const done = await resetCredit(wish, pool);
      if (!done.ok) return fail(done.error);
      for (const line of done.value) printLine(line);
      return 0;
    }
    case "care": {
      const done = await care(wish, pool);
      if (!done.ok) return fail(done.error);
      for (const line of done.value) printLine(line);
      return 0;
    }
  }
}

function text(
  view: PoolView,
  { via, runtime }: {
    readonly via: Pool["via"];
    readonly runtime: Runtime;
  },
): string {
  const terminal = Deno.stdout.isTerminal();
  const columns = terminal ? Deno.consoleSize().columns : undefined;
  const now = runtime.now();
  return withColor(terminal, () => accountsText(view, { via, now, columns }));
}

/** Control characters stay escaped, so that no terminal obeys them. */
function jsonText(pool: PoolView): string {
  return harmlessJson(JSON.stringify(pool, null, 2));
}

/**
 * `codaze accounts`: shows the pool or one account, or changes something
 * (`accounts_care.ts`, `accounts_steer.ts`, `reset_credit.ts`).
 */
import { harmlessJson } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { splitOptions } from "../../config/options.ts";
import { prepareCommand } from "../process/environment.ts";
import { openPool } from "../pool/open_pool.ts";
import { NO_PAGES } from "../pool/pool_gateway.ts";
import type { AccountView, Pool, PoolView } from "../pool/pool.ts";
import {
  fail,
  failUsage,
  print,
  printLine,
  printNote,
  withColor,
} from "../terminal/output.ts";
import { accountDetails } from "./account_details.ts";
import { shownName } from "./account_words.ts";
import { care, nameOf } from "./accounts_care.ts";
import { steer } from "./accounts_steer.ts";
import { accountsText } from "./accounts_table.ts";
import { resetCredit } from "./reset_credit.ts";
import { readWish, type Wish } from "./accounts_wish.ts";

export async function accounts(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {
    booleans: ["all", "fresh", "json", "yes"],
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

async function grant(
  wish: Wish,
  pool: Pool,
  runtime: Runtime,
): Promise<number> {
  if (wish.kind === "list") return await show(wish, pool, runtime);
  const done = await change(wish, pool);
  if (!done.ok) return fail(done.error);
  for (const line of done.value) printLine(line);
  return 0;
}

/** Returns what to tell the person, each line on its own. */
function change(
  wish: Exclude<Wish, { kind: "list" }>,
  pool: Pool,
): Promise<Result<readonly string[], string>> {
  switch (wish.kind) {
    case "care":
      return care(wish.request, pool);
    case "steer":
      return steer(wish.request, pool);
    case "reset":
      return resetCredit(wish.request, pool);
  }
}

async function show(
  { name, json, fresh }: Extract<Wish, { kind: "list" }>,
  pool: Pool,
  runtime: Runtime,
): Promise<number> {
  if (fresh) {
    const read = await readPages(name, pool);
    if (!read.ok) return fail(read.error);
  }
  const listed = await pool.list();
  if (!listed.ok) return fail(listed.error);
  if (name === undefined) {
    print(
      json
        ? jsonText(listed.value)
        : text(listed.value, { via: pool.via, runtime }),
    );
    return 0;
  }
  const found = await pool.find(name);
  if (!found.ok) return fail(found.error);
  print(
    json ? jsonText(found.value) : details(found.value, listed.value, runtime),
  );
  return 0;
}

/**
 * Has upstream's pages read, one after the other. A page that cannot be read is
 * no reason not to show what is known.
 */
async function readPages(
  name: string | undefined,
  pool: Pool,
): Promise<Result<void, string>> {
  const listed = await pool.list();
  if (!listed.ok) return listed;
  const one = name === undefined ? undefined : await pool.find(name);
  if (one?.ok === false) return one;
  const asked = one ? [one.value] : listed.value.accounts.filter(isAskable);
  for (const account of asked) {
    const read = await pool.readQuota(account.id);
    if (read.ok) continue;
    const isOfAll = pool.via === "folder" || read.error === NO_PAGES;
    if (isOfAll || one !== undefined) return err(read.error);
    printNote(`${nameOf(account)}: ${read.error}`);
  }
  return ok(undefined);
}

function isAskable({ serves }: AccountView): boolean {
  return serves !== "invalid" && serves !== "duplicate";
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

function details(
  account: AccountView,
  { accounts, accounts_dir: accountsDir }: PoolView,
  runtime: Runtime,
): string {
  const { duplicate_of: id } = account;
  const other = accounts.find((one) => one.id === id);
  const twin = other ? shownName(other) : id ?? "";
  const options = { accountsDir, twin, now: runtime.now() };
  return withColor(
    Deno.stdout.isTerminal(),
    () => accountDetails(account, options),
  );
}

/** Control characters stay escaped, so that no terminal obeys them. */
function jsonText(view: PoolView | AccountView): string {
  return harmlessJson(JSON.stringify(view, null, 2));
}

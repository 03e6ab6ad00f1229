/**
 * Imports one sign-in: reads it, adds it, checks it with a refresh. Returns
 * what to tell the person; prints nothing.
 */
import { err, ok, type Result } from "../../result.ts";
import { nameOf } from "../accounts/accounts_care.ts";
import { absolutePath } from "../process/environment.ts";
import { linkCommand, offerLink } from "./codex_file.ts";
import { readSource } from "./import_source.ts";
import type { Added, Pool } from "../pool/pool.ts";

export interface ImportRequest {
  readonly pool: Pool;
  readonly label: string | undefined;
  /** Whether to check the sign-in with one refresh. */
  readonly check: boolean;
  /** Whether to import the file that Codex uses without asking. */
  readonly yes: boolean;
}

export interface ImportSaid {
  readonly said: string;
  readonly warnings: readonly string[];
}

/** The error says why the account was not added. */
export async function importOne(
  file: string,
  { pool, label, check, yes }: ImportRequest,
): Promise<Result<ImportSaid, string>> {
  const source = await readSource(file);
  if (!source.ok) return source;
  const { login, ofCodex } = source.value;
  const dir = ofCodex ? await dirOf(pool) : undefined;
  const linked = dir === undefined
    ? ok(undefined)
    : await offerLink(file, { dir, yes });
  if (!linked.ok) return linked;
  if (linked.value) return ok({ said: linked.value, warnings: [] });

  const added = await pool.add({ ...login, label: label ?? login.label });
  if (!added.ok) return added;

  const { disposition } = added.value;
  const isNew = disposition === "added" || disposition === "signed_in";
  if (!isNew) return ok({ said: saidOf(added.value), warnings: [] });

  const checked = check
    ? await checkLogin(added.value, pool)
    : ok({ account: added.value.account, warnings: [], spent: false });
  if (!checked.ok) return checked;
  const { account, warnings, spent } = checked.value;
  const shared = ofCodex
    ? [sharedWarning(absolutePath(file), { spent, dir })]
    : [];
  const said = saidOf({ ...added.value, account });
  return ok({ said, warnings: [...warnings, ...shared] });
}

/** The pool's folder; undefined if the pool does not say. */
async function dirOf(pool: Pool): Promise<string | undefined> {
  const listed = await pool.list();
  return listed.ok && listed.value.accounts_dir !== ""
    ? listed.value.accounts_dir
    : undefined;
}

interface Checked {
  readonly account: Added["account"];
  readonly warnings: readonly string[];
  /** Whether the refresh has used up the token that was imported. */
  readonly spent: boolean;
}

/** If the server cannot be asked, the login is kept, with a warning. */
async function checkLogin(
  added: Added,
  pool: Pool,
): Promise<Result<Checked, string>> {
  const { account } = added;
  const done = await pool.refresh(account.id);
  if (!done.ok) {
    const warnings = [`could not be checked: ${done.error}`];
    return ok({ account, warnings, spent: false });
  }
  switch (done.value.kind) {
    case "refreshed":
      return ok({ account: done.value.account, warnings: [], spent: true });
    case "failed":
      return ok({
        account,
        warnings: [`could not be checked now: ${done.value.message}`],
        spent: false,
      });
    case "dead":
      return await dead(added, done.value.message, pool);
  }
}

/** Removes the dead login again, unless it belongs to an existing account. */
async function dead(
  { account, disposition }: Added,
  message: string,
  pool: Pool,
): Promise<Result<never, string>> {
  const why = `its sign-in is dead, run codaze login: ${message}`;
  if (disposition === "added") {
    const removed = await pool.remove(account.id);
    return err(removed.ok ? why : `${why}; ${removed.error}`);
  }
  const trash = `${await dirOf(pool) ?? "the accounts dir"}/trash`;
  return err(`${why}; what it replaced can be imported from ${trash}`);
}

function saidOf({ account, disposition }: Added): string {
  const name = nameOf(account);
  const plan = account.plan_type === null ? "" : `, ${account.plan_type}`;
  switch (disposition) {
    case "added":
      return `added ${name}${plan}`;
    case "signed_in":
      return `signed in again: ${name}${plan}`;
    case "known":
      return `already there: ${name}`;
    case "older":
      return `not used: a newer sign-in of ${name} is already there`;
  }
}

/** A refresh by either program ends the sign-in of the other. */
function sharedWarning(
  file: string,
  { spent, dir }: { readonly spent: boolean; readonly dir: string | undefined },
): string {
  const why = spent
    ? "where its token is spent now"
    : "and two programs must not refresh copies of one sign-in";
  const link = Deno.build.os === "windows" || dir === undefined
    ? ""
    : `. To share one sign-in, link the file instead of importing it: ${
      linkCommand(file, dir)
    }`;
  return `Codex still has this sign-in in ${file}, ${why}: sign Codex in again, or delete that file${link}`;
}

/**
 * Adds a new sign-in to the accounts and returns what to tell the person.
 *
 * The auth server does not give the tokens a second time, so if the gateway
 * does not take them, they go directly to the folder.
 */
import type { Disposition } from "../../accounts/import/import.ts";
import { readClaims } from "../../protocol/jwt.ts";
import { err, ok, type Result } from "../../result.ts";
import type { CommandContext } from "../process/environment.ts";
import { foreignText } from "../terminal/output.ts";
import { openPool } from "../pool/open_pool.ts";
import type { Added, Login, Pool, PoolAccess } from "../pool/pool.ts";
import { openFolderPool } from "../pool/pool_folder.ts";

/** Words and error are each one sentence without a full stop. */
export async function keepLogin(
  { config, runtime }: CommandContext,
  login: Login,
): Promise<Result<string, string>> {
  const opened = await openPool(config, runtime);
  const first = opened.ok
    ? await addTo(opened.value, login)
    : err(opened.error);
  if (first.ok || (opened.ok && opened.value.via === "folder")) return first;

  const folder = await openFolderPool(config, runtime);
  const second = folder.ok
    ? await addTo(folder.value, login)
    : err(folder.error);
  if (second.ok) return ok(`${second.value} (${first.error})`);
  return err(
    first.error === second.error
      ? first.error
      : `${first.error}; ${second.error}`,
  );
}

async function addTo(
  pool: Pool | PoolAccess,
  login: Login,
): Promise<Result<string, string>> {
  try {
    const added = await pool.add(login);
    if (!added.ok) return added;
    const where = pool.via === "folder"
      ? `in ${fromHome(pool.at)}`
      : `with the gateway on ${pool.at}`;
    const said = describe(added.value, login, where);
    return ok(await isLabelTaken(added.value, pool) ? said + TAKEN : said);
  } finally {
    await pool.close();
  }
}

const TAKEN = "; another account has the same label, so name them by their ids";

/** Whether another account has this one's label as well. */
async function isLabelTaken(
  { account: { id, label } }: Added,
  pool: Pool | PoolAccess,
): Promise<boolean> {
  if (label === null) return false;
  const listed = await pool.list();
  return listed.ok &&
    listed.value.accounts.some((one) => one.label === label && one.id !== id);
}

/** What happened to the account that is at `where`. */
const WORDS: Readonly<Record<Disposition, (where: string) => string>> = {
  added: (where) => `saved ${where}`,
  known: (where) => `${where} was known already`,
  signed_in: (where) => `${where} is signed in again`,
  older: (where) => `${where} was known already; its newer sign-in stays`,
};

function describe(
  { account, disposition }: Added,
  login: Login,
  where: string,
): string {
  // The account's own email and plan may still be unknown.
  const claims = readClaims(login.idToken ?? login.accessToken ?? "");
  const email = claims?.email ?? account.email;
  const plan = claims?.planType ?? account.plan_type;
  const who = email === null ? "" : ` as ${foreignText(email)}` +
    (plan === null ? "" : ` (${foreignText(plan)})`);
  const name = foreignText(account.label ?? shortId(account.id));
  return `Signed in${who}; account ${name} ` + WORDS[disposition](where);
}

/** Long enough to tell accounts apart and to name one in a command. */
function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 8)}...` : id;
}

/** With `~` for the home folder. */
function fromHome(path: string): string {
  const home = Deno.env.get("HOME");
  return home && path.startsWith(`${home}/`)
    ? `~${path.slice(home.length)}`
    : path;
}

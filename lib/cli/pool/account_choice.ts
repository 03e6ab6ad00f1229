/** Finds the account that a person names by id, label or email, or its start. */
import { shortIds } from "../../accounts/pool/short_ids.ts";
import { redact } from "../../failure/redact.ts";
import { err, ok, type Result } from "../../result.ts";
import type { AccountView } from "../../server/admin/account_view.ts";

/** How many accounts an error lists: a longer list is no help in choosing. */
const MAX_NAMED = 20;

/** The error lists the accounts that `name` may stand for. */
export function chooseAccount(
  accounts: readonly AccountView[],
  name: string,
): Result<AccountView, string> {
  for (const isMeant of meanings(name)) {
    const [first, ...more] = accounts.filter(isMeant);
    if (first === undefined) continue;
    if (more.length === 0) return ok(first);
    return err(
      `Name the account by its id: ${quoted(name)} may be ${
        named([first, ...more])
      }`,
    );
  }
  if (accounts.length === 0) {
    return err(`No account ${quoted(name)}: there are none; run codaze login`);
  }
  return err(
    `No account ${quoted(name)}: expected the id, label or email of ${
      named(accounts)
    }`,
  );
}

/** What `name` may mean, the most certain meaning first. */
function meanings(
  name: string,
): ReadonlyArray<(account: AccountView) => boolean> {
  const lower = name.toLowerCase();
  return [
    ({ id }) => id === name,
    ({ label, email }) => label === name || email?.toLowerCase() === lower,
    ({ label }) => label?.toLowerCase() === lower,
    ({ id, label, email }) =>
      name !== "" &&
      [id, label, email].some((text) => text?.toLowerCase().startsWith(lower)),
  ];
}

/** Redacted, because `name` may be a token that was pasted by mistake. */
function quoted(name: string): string {
  return `"${redact(name)}"`;
}

function named(accounts: readonly AccountView[]): string {
  const ids = shortIds(accounts.map(({ id }) => id));
  const names = accounts.slice(0, MAX_NAMED).map((account) =>
    nameOf(account, ids.get(account.id) ?? account.id)
  );
  const more = accounts.length - names.length;
  return names.join(", ") + (more === 0 ? "" : ` and ${more} more`);
}

/** `id (label, email)`, or the id alone if there is neither. */
function nameOf({ label, email }: AccountView, id: string): string {
  const more = [label, email].filter((text) => text !== null && text !== id);
  return more.length === 0 ? id : `${id} (${more.join(", ")})`;
}

/**
 * What an account is called in a Codex client's `/status`. Never by its email,
 * nor by the name of a model, for which the client would take it.
 */
import type { Account } from "../../accounts/pool/account.ts";
import { shortIds } from "../../accounts/pool/short_ids.ts";
import { shortText } from "../../quota/fields.ts";
import { node } from "../../std/node.ts";

export interface RowName {
  readonly name: string;
  /**
   * Stands for the account in `metered_feature`. The client sorts its rows by
   * it, so it begins with the account's place.
   */
  readonly feature: string;
}

/** By the accounts' ids. */
export function rowNames(
  accounts: readonly Account[],
  isModel: (name: string) => boolean,
): ReadonlyMap<string, RowName> {
  const short = shortIds(accounts.map(({ id }) => id));
  const digits = String(accounts.length).length;
  return new Map(accounts.map((account, at) => {
    const { id } = account;
    const hash = node().crypto.createHash("sha256").update(id).digest("hex")
      .slice(0, 8);
    const name = ownName(account, short.get(id) ?? id) ?? `account ${hash}`;
    const isTaken = isModel(name) || LIKE_A_MODEL.test(name);
    return [id, {
      name: isTaken ? `account ${name}` : name,
      feature: `codaze_${String(at + 1).padStart(digits, "0")}_${hash}`,
    }];
  }));
}

/** Holds for models that are not known yet, too. */
const LIKE_A_MODEL = /^(?:gpt|codex|o\d)[-.\d]/i;

/** Its label, or its short id; undefined if both may tell the email. */
function ownName(
  { id, label, email }: Account,
  short: string,
): string | undefined {
  const named = shortText(label);
  if (named !== undefined && !named.includes("@")) return named;
  return tellsEmail(id, email) ? undefined : shortText(short);
}

/** A file may be called after its owner, in one spelling or another. */
function tellsEmail(id: string, email: string | undefined): boolean {
  if (id.includes("@")) return true;
  const local = plain(email?.split("@", 1)[0] ?? "");
  return local !== "" && plain(id).includes(local);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

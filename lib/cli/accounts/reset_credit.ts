/**
 * `codaze accounts reset-credit`: spends a reset of an account's limits, which
 * cannot be given back. So it first says what would be spent, and asks, or
 * names the command that says yes.
 */
import { err, ok, type Result } from "../../result.ts";
import type { Pool } from "../pool/pool.ts";
import type { ResetAnswer } from "../pool/read_reset.ts";
import { askYes, isAsked } from "../process/ask.ts";
import { nameOf } from "./accounts_care.ts";

export interface ResetRequest {
  readonly name: string;
  /** What an earlier run has named; undefined: nothing is spent yet. */
  readonly confirm: string | undefined;
}

/** Each line on its own. */
export async function resetCredit(
  { name, confirm: given }: ResetRequest,
  pool: Pool,
): Promise<Result<readonly string[], string>> {
  const account = await pool.find(name);
  if (!account.ok) return account;
  const { id } = account.value;
  const who = nameOf(account.value);
  const first = await pool.resetCredit(id, given);
  if (!first.ok) return first;
  if (first.value.kind === "spent") return said(first.value.code, who);

  const offer = offerText(first.value, who);
  if (!isAsked()) {
    const { confirm } = first.value;
    return ok([
      offer,
      `Nothing is spent yet. To spend it: codaze accounts reset-credit ${id} --confirm ${confirm}`,
    ]);
  }
  if (!await askYes(`${offer} Spend it?`, { byDefault: false })) {
    return ok(["Nothing spent"]);
  }
  const second = await pool.resetCredit(id, first.value.confirm);
  if (!second.ok) return second;
  return second.value.kind === "spent"
    ? said(second.value.code, who)
    : err("The gateway did not spend it: run the command again");
}

function offerText(
  { title, expiresAt, available }: Extract<ResetAnswer, { kind: "offer" }>,
  who: string,
): string {
  const what = title === undefined ? "a reset" : `"${title}"`;
  const end = expiresAt === undefined ? "" : `, good until ${expiresAt}`;
  const count = available === undefined ? "" : `, one of ${available}`;
  return `This resets the limits of ${who} by ${what}${count}${end}.`;
}

function said(
  code: string,
  who: string,
): Result<readonly string[], string> {
  switch (code) {
    case "reset":
      return ok([`Reset: the limits of ${who}`]);
    case "already_redeemed":
      return ok([`Reset before: the limits of ${who}`]);
    case "nothing_to_reset":
      return err(
        `Nothing of the limits of ${who} is used, so nothing is spent`,
      );
    case "no_credit":
      return err(`${who} has no reset to spend`);
    default:
      return err(`Upstream answered "${code}": see codaze accounts`);
  }
}

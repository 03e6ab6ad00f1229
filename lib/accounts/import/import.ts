/**
 * Decides what to do with a login that a person hands in: whose it is, and
 * whether it is newer than the one that is there. `import_write.ts` writes it.
 *
 * Pure. Cannot know whether the login still works; only the server does.
 */

import { tokenIn } from "../../protocol/token.ts";
import type { Account } from "../pool/account.ts";
import { credentialIn, type LoginTokens } from "../pool/credential.ts";
import { issuedAt, personIn } from "../pool/person.ts";
import { accountIdOf, tokenHash } from "../files/digest.ts";

export interface Import {
  readonly refreshToken: string;
  readonly accessToken?: string | undefined;
  readonly idToken?: string | undefined;
  readonly label?: string | undefined;
  readonly email?: string | undefined;
}

export type Disposition =
  /** A new account. */
  | "added"
  /** An account has this login already, with this token or a later one. */
  | "known"
  /** A new sign-in: the account of the same person gets the new tokens. */
  | "signed_in"
  /** The account of the same person has a newer login, which stays. */
  | "older";

export interface Imported {
  readonly account: Account;
  readonly alreadyExists: boolean;
  readonly disposition: Disposition;
}

/** Why a login was not taken. */
export interface ImportError {
  /**
   * `unusable`: it could not be read back from a file. `spent`: its token was
   * used before. `failed`: the disk or another process is in the way.
   */
  readonly kind: "unusable" | "spent" | "failed";
  /** Holds no token. */
  readonly message: string;
}

export type ImportPlan =
  | { readonly disposition: "added" }
  | {
    readonly disposition: Exclude<Disposition, "added">;
    readonly account: Account;
  };

/** `login` has a trimmed refresh token. */
export function planImport(
  accounts: readonly Account[],
  login: Import,
): ImportPlan {
  const known = findByToken(accounts, login.refreshToken);
  if (known !== undefined) {
    const disposition = known.trashed ? "signed_in" : "known";
    return { disposition, account: known };
  }
  const tokens = tokensOf(login);
  const account = findByPerson(accounts, tokens);
  if (account === undefined) return { disposition: "added" };
  // Dates are in whole seconds. If they are equal, the login that was handed in
  // counts as the newer one.
  const newer = isReplaceable(account) ||
    (issuedAt(tokens) ?? -Infinity) >= (issuedAt(account.file) ?? 0);
  return { disposition: newer ? "signed_in" : "older", account };
}

/** By its token, by one it had before, or by the id made from the token. */
export function findByToken(
  accounts: readonly Account[],
  refreshToken: string,
): Account | undefined {
  const hash = tokenHash(refreshToken);
  const id = accountIdOf(refreshToken);
  return accounts.find((account) =>
    account.refreshToken === refreshToken || account.id === id ||
    account.file.previous.includes(hash)
  );
}

/** The login's tokens, without an access token that cannot be read. */
export function tokensOf(login: Import): LoginTokens {
  const accessToken = tokenIn(login.accessToken);
  const idToken = tokenIn(login.idToken);
  const credential = credentialIn({ accessToken, idToken });
  return { accessToken: credential?.accessToken, idToken };
}

/** Of several accounts of one person the one that needs a sign-in most. */
function findByPerson(
  accounts: readonly Account[],
  tokens: LoginTokens,
): Account | undefined {
  const person = personIn(tokens);
  if (person === undefined) return undefined;
  const same = accounts.filter(({ file }) => personIn(file) === person);
  return same.find(({ isInvalid }) => isInvalid) ??
    same.find(({ duplicateOf }) => duplicateOf === undefined) ?? same[0];
}

/** Whether any login is better: its own is dead, or of unknown age. */
function isReplaceable(account: Account): boolean {
  return account.isInvalid ||
    credentialIn(account.file) === undefined;
}

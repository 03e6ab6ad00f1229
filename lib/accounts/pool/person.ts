/**
 * Who a login belongs to: the person and the workspace that its tokens name
 * (docs/client.md, "Tokens"). The same person in two workspaces is two
 * accounts. Pure.
 */

import { readClaims, type TokenClaims } from "../../protocol/jwt.ts";
import type { LoginTokens } from "./credential.ts";

/** One text per person and workspace; undefined if either is not named. */
export function personOf(
  { accountId, userId }: Partial<Pick<TokenClaims, "accountId" | "userId">>,
): string | undefined {
  if (accountId === undefined || userId === undefined) return undefined;
  return `${accountId} ${userId}`;
}

/** The same for tokens, which name their owner even when expired. */
export function personIn(tokens: LoginTokens): string | undefined {
  const [own, other] = claimsOf(tokens);
  return personOf({
    accountId: own?.accountId ?? other?.accountId ?? tokens.accountId,
    userId: own?.userId ?? other?.userId,
  });
}

/** When the login's tokens were issued, in milliseconds since the epoch. */
export function issuedAt(tokens: LoginTokens): number | undefined {
  const [own, other] = claimsOf(tokens);
  return own?.issuedAt ?? other?.issuedAt;
}

function claimsOf(
  { accessToken, idToken }: LoginTokens,
): readonly [TokenClaims | undefined, TokenClaims | undefined] {
  const read = (token: string | undefined) =>
    token === undefined ? undefined : readClaims(token);
  return [read(accessToken), read(idToken)];
}

/** Whether both name a person, and the same. */
export function isSamePerson(one: LoginTokens, other: LoginTokens): boolean {
  const person = personIn(one);
  return person !== undefined && person === personIn(other);
}

/** Whether both name a person, and not the same. */
export function isOtherPerson(one: LoginTokens, other: LoginTokens): boolean {
  // Saves decoding: most files that are read again have not changed.
  const isSameText = one.accessToken === other.accessToken &&
    one.idToken === other.idToken && one.accountId === other.accountId;
  if (isSameText) return false;
  const [person, stranger] = [personIn(one), personIn(other)];
  return person !== undefined && stranger !== undefined && person !== stranger;
}

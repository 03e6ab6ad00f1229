/**
 * A refresh that a person asked for. Does not cool down the account: if the
 * token endpoint fails now, the credential in use may still be good.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { Tokens } from "../../upstream/auth/token.ts";

/** Messages contain no token. */
export type HandRefresh =
  | { readonly kind: "refreshed" }
  /** The login is dead: a person must sign in again. */
  | { readonly kind: "dead"; readonly message: string }
  /** The refresh failed for now; the login may still be good. */
  | { readonly kind: "failed"; readonly message: string };

export async function refreshByHand(
  account: Account,
  tokens: Tokens,
): Promise<HandRefresh> {
  // A dead token is never sent again.
  if (account.isInvalid) {
    const message = account.history.lastError ?? "the refresh token is dead";
    return { kind: "dead", message };
  }
  const refreshed = await tokens.refresh(account, "forced");
  if (refreshed.ok) return { kind: "refreshed" };

  const message = account.describe(refreshed.error);
  const isDead = refreshed.error.kind === "account_invalid";
  return { kind: isDead ? "dead" : "failed", message };
}

/**
 * A refresh that a person has asked for. Blames nobody: a token endpoint that
 * will not answer now says nothing of the credential that is in use.
 */
import type { Account } from "../accounts/account.ts";
import type { Tokens } from "../upstream/token.ts";

/** Messages hold no token. */
export type HandRefresh =
  | { readonly kind: "refreshed" }
  /** The login is dead: a person must sign in again. */
  | { readonly kind: "dead"; readonly message: string }
  /** Not now; the login may well be good. */
  | { readonly kind: "failed"; readonly message: string };

/** `now` in milliseconds since the epoch. */
export async function refreshByHand(
  account: Account,
  { tokens, now }: { readonly tokens: Tokens; readonly now: number },
): Promise<HandRefresh> {
  // A dead token is not shown to the server again.
  if (account.status(now).state === "invalid") {
    const message = account.history.lastError ?? "the refresh token is dead";
    return { kind: "dead", message };
  }
  const refreshed = await tokens.refresh(account, "forced");
  if (refreshed.ok) return { kind: "refreshed" };

  const message = account.describe(refreshed.error);
  const isDead = refreshed.error.kind === "account_invalid";
  return { kind: isDead ? "dead" : "failed", message };
}

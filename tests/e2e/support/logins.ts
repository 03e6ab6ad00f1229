/** How a person has signed in to the client, with an account of a simulator. */
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import type { Login } from "./codex.ts";

/** Its refresh token is no account's: whoever used it would be seen. */
export function chatgptLogin(account: SimulatedAccount): Login {
  return loginOf(account, account.accountId);
}

/**
 * One that names no account: with one, the client asks for a routing for which
 * upstream would have to speak https.
 */
export function unroutedLogin(
  account: SimulatedAccount,
  refreshToken?: string,
): Login {
  return loginOf(account, undefined, refreshToken);
}

function loginOf(
  account: SimulatedAccount,
  accountId: string | undefined,
  refreshToken = "rt_unused",
): Login {
  return {
    kind: "chatgpt",
    accessToken: account.issueAccessToken(),
    refreshToken,
    accountId,
  };
}

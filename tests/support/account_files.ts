/** Account files of simulated accounts, in either layout. */
import { join } from "@std/path";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";

/** Writes a plain file that is named like the account; `more` goes into it. */
export async function writeAccount(
  dir: string,
  account: SimulatedAccount,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const file = { refresh_token: account.currentRefreshToken(), ...more };
  const path = join(dir, `${account.name}.json`);
  await Deno.writeTextFile(path, JSON.stringify(file));
}

/** What the official client's `auth.json` says of a ChatGPT login. */
export interface CodexLogin {
  readonly refreshToken: string;
  /** A JWT, and the id token as well. */
  readonly accessToken: string;
  /** Undefined: the file does not have the key. */
  readonly accountId: string | undefined;
  /** RFC 3339; by default now. */
  readonly lastRefresh?: string;
}

/** The JSON of an `auth.json` (C15), keys in the client's order. */
export function codexFile(login: CodexLogin): unknown {
  const { refreshToken, accessToken, accountId } = login;
  return {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: accessToken,
      access_token: accessToken,
      refresh_token: refreshToken,
      ...accountId === undefined ? {} : { account_id: accountId },
    },
    last_refresh: login.lastRefresh ?? new Date().toISOString(),
  };
}

/** As 0.169.0 writes it: whole, by rename, without keys it does not know. */
export async function writeCodexFile(
  path: string,
  login: CodexLogin,
): Promise<void> {
  const text = JSON.stringify(codexFile(login), null, 2);
  await Deno.writeTextFile(`${path}.new`, text, { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

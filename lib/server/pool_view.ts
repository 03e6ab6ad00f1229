/** The pool as `GET /admin/accounts` shows it. Never a token. */
import type { InvalidFile, Registry } from "../accounts/registry.ts";
import { type AccountView, accountView } from "./account_view.ts";

export interface PoolView {
  readonly accounts: readonly AccountView[];
  readonly invalid_files: readonly InvalidFile[];
  /** Without links in it, so that two names of one folder are one. */
  readonly accounts_dir: string;
}

/** `now` in milliseconds since the epoch. */
export async function poolView(
  registry: Registry,
  { accountsDir, now }: {
    readonly accountsDir: string;
    readonly now: number;
  },
): Promise<PoolView> {
  return {
    accounts: registry.accounts().map((account) => accountView(account, now)),
    invalid_files: registry.invalidFiles,
    accounts_dir: await realDir(accountsDir),
  };
}

/** The folder's one name; a folder that is not there keeps the given one. */
export function realDir(dir: string): Promise<string> {
  return Deno.realPath(dir).catch(() => dir);
}

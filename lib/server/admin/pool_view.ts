/** The pool as `GET /admin/accounts` shows it. Never shows a token. */
import type { InvalidFile, Registry } from "../../accounts/pool/registry.ts";
import { type AccountView, accountView } from "./account_view.ts";
import { type PoolFiguresView, poolFiguresView } from "./pool_figures.ts";

export interface PoolView {
  readonly accounts: readonly AccountView[];
  readonly invalid_files: readonly InvalidFile[];
  /** With links resolved, so that a folder has one name. */
  readonly accounts_dir: string;
  /** Null of an older gateway. */
  readonly pool: PoolFiguresView | null;
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
    pool: poolFiguresView(registry, now),
  };
}

/** The folder with links resolved; unchanged if it does not exist. */
export function realDir(dir: string): Promise<string> {
  return Deno.realPath(dir).catch(() => dir);
}

/**
 * Opens the pool through the running gateway or, without one, in the folder.
 */
import type { Config } from "../../config/config.ts";
import { ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { chooseAccount } from "./account_choice.ts";
import type { Pool, PoolAccess } from "./pool.ts";
import { openFolderPool } from "./pool_folder.ts";
import { openGatewayPool } from "./pool_gateway.ts";
import { findGateway } from "./running_gateway.ts";

/** The gateway if one runs on the accounts dir, else the folder. */
export async function openPool(
  config: Config,
  runtime: Runtime,
): Promise<Result<Pool, string>> {
  const found = await findGateway(config);
  if (found !== undefined) {
    const gateway = await openGatewayPool(found, runtime);
    if (!gateway.ok) return gateway;
    if (gateway.value !== undefined) return ok(withNames(gateway.value));
  }
  const folder = await openFolderPool(config, runtime);
  return folder.ok ? ok(withNames(folder.value)) : folder;
}

function withNames(access: PoolAccess): Pool {
  const find = async (name: string) => {
    const listed = await access.list();
    return listed.ok ? chooseAccount(listed.value.accounts, name) : listed;
  };
  const onFound =
    <T>(act: (id: string) => Promise<Result<T, string>>) =>
    async (name: string): Promise<Result<T, string>> => {
      const found = await find(name);
      return found.ok ? await act(found.value.id) : found;
    };
  return {
    via: access.via,
    at: access.at,
    list: () => access.list(),
    usage: (days) => access.usage(days),
    find,
    add: (login) => access.add(login),
    wake: onFound((id) => access.wake(id)),
    wakeAll: () => access.wakeAll(),
    refresh: onFound((id) => access.refresh(id)),
    resetCredit: (name, confirm) =>
      onFound((id) => access.resetCredit(id, confirm))(name),
    remove: async (name) => {
      const found = await find(name);
      if (!found.ok) return found;
      const removed = await access.remove(found.value.id);
      return removed.ok ? found : removed;
    },
    prepare: () => access.prepare(),
    close: () => access.close(),
  };
}

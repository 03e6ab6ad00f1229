/**
 * Opens the pool through the running gateway or, without one, in the folder.
 */
import type { Config } from "../../config/config.ts";
import { ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { chooseAccount } from "./account_choice.ts";
import type { Pool, PoolAccess, SettingsChange } from "./pool.ts";
import { openFolderPool } from "./pool_folder.ts";
import { openGateway } from "./gateway.ts";
import { gatewayPool } from "./pool_gateway.ts";
import { findGateway } from "./running_gateway.ts";

/** The gateway if one runs on the accounts dir, else the folder. */
export async function openPool(
  config: Config,
  runtime: Runtime,
): Promise<Result<Pool, string>> {
  const found = await findGateway(config);
  if (found !== undefined) {
    const gateway = await openGateway(found, runtime);
    if (!gateway.ok) return gateway;
    if (gateway.value) return ok(withNames(gatewayPool(gateway.value)));
  }
  const folder = await openFolderPool(config, runtime);
  return folder.ok ? ok(withNames(folder.value)) : folder;
}

function withNames(access: PoolAccess): Pool {
  const find = async (name: string) => {
    const listed = await access.list();
    return listed.ok ? chooseAccount(listed.value.accounts, name) : listed;
  };
  const onFound = <T, More extends readonly unknown[]>(
    act: (id: string, ...more: More) => Promise<Result<T, string>>,
  ) =>
  async (name: string, ...more: More): Promise<Result<T, string>> => {
    const found = await find(name);
    return found.ok ? await act(found.value.id, ...more) : found;
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
    set: onFound((id, changes: SettingsChange) => access.set(id, changes)),
    rename: onFound((id, label: string) => access.rename(id, label)),
    readQuota: onFound((id) => access.readQuota(id)),
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

/**
 * Finds the gateway that a command talks to: the one that the person named,
 * else one that runs on this accounts dir, else the one at the usual address.
 */
import { type Address, findNotes } from "../../accounts/sync/running.ts";
import type { Config } from "../../config/config.ts";

/** Returns the config with the addresses of that gateway. */
export async function atGateway(config: Config): Promise<Config> {
  if (config.adminListenGiven) return config;
  for (const { listen, adminListen } of await findNotes(config.accountsDir)) {
    if (config.listenGiven && !isSame(listen, config.listen)) continue;
    // On file systems without locks, a note may outlive its gateway.
    if (await isHeard(adminListen)) return { ...config, listen, adminListen };
  }
  return config;
}

function isSame(one: Address, other: Address): boolean {
  return one.hostname === other.hostname && one.port === other.port;
}

async function isHeard(address: Address): Promise<boolean> {
  try {
    (await Deno.connect({ ...address })).close();
    return true;
  } catch {
    return false;
  }
}

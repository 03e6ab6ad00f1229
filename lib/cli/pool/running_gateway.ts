/**
 * Finds the gateway that a command talks to: the one that the person named,
 * else one that runs on this accounts dir.
 */
import { type Address, findNotes } from "../../accounts/sync/running.ts";
import type { Config } from "../../config/config.ts";

/**
 * The config with the addresses of a gateway that may be given a login; else
 * undefined. A gateway shows by its note that it runs on this accounts dir. At
 * the usual address any program can listen, or the gateway of another person.
 */
export async function findGateway(config: Config): Promise<Config | undefined> {
  if (config.adminListenGiven) return config;
  for (const { listen, adminListen } of await findNotes(config.accountsDir)) {
    if (config.listenGiven && !isSame(listen, config.listen)) continue;
    // On file systems without locks, a note may outlive its gateway.
    if (await isHeard(adminListen)) return { ...config, listen, adminListen };
  }
  return undefined;
}

/** For a report: what is at the usual address, if no gateway is found. */
export async function atGateway(config: Config): Promise<Config> {
  return await findGateway(config) ?? config;
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

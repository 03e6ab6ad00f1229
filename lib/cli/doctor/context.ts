/**
 * What several checks need, asked for once, all at the same time.
 */
import { type FoundFile, listFolder } from "../../accounts/files/folder.ts";
import type { Config } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import type { Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { type AdminAnswer, callAdmin } from "../pool/admin_call.ts";
import type { LocalTrouble } from "../pool/local_call.ts";
import type { Network, NetworkFault } from "../process/environment.ts";
import { createRuntime } from "../process/system.ts";
import type { Finding } from "./finding.ts";
import { askHosts, type HostReport } from "./hosts.ts";

/** How long one request may take. */
export const TIMEOUT_MS = 5_000;

export interface CheckContext {
  readonly config: Config;
  readonly env: Environment;
  /** How the network is reached, or what is wrong with the settings. */
  readonly network: Result<Network, NetworkFault>;
  readonly runtime: Runtime;
  /** The account files, or why the folder cannot be read. */
  readonly files: Promise<Result<readonly FoundFile[], string>>;
  /** The admin port's answer about the accounts. */
  readonly admin: Promise<Result<AdminAnswer, LocalTrouble>>;
  /** Empty if the network settings are unusable. */
  readonly hosts: Promise<readonly HostReport[]>;
}

/** Returns the findings in the order in which they are shown. */
export type Check = (context: CheckContext) => Promise<readonly Finding[]>;

export interface ContextOptions {
  readonly config: Config;
  readonly env: Environment;
  readonly network: Result<Network, NetworkFault>;
}

export function makeContext(
  { config, env, network }: ContextOptions,
): CheckContext {
  const rootCertificates = network.ok ? network.value.rootCertificates : [];
  const runtime = createRuntime({ log: SILENT, env, rootCertificates });
  return {
    config,
    env,
    network,
    runtime,
    files: listFolder(config.accountsDir),
    admin: callAdmin(config.adminListen, {
      line: "GET /admin/accounts",
      timeoutMs: TIMEOUT_MS,
    }, runtime.after),
    hosts: network.ok
      ? askHosts({ config, env, runtime, rootCertificates })
      : Promise.resolve([]),
  };
}

const silent = () => {};
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

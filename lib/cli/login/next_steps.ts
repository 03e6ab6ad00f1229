/** What a person still has to do after a sign-in, if anything. */
import type { Config } from "../../config/config.ts";
import { faultOf } from "../codex/base_url.ts";
import { codexHome } from "../codex/codex_home.ts";
import { readCodexTarget } from "../codex/codex_target.ts";
import { readConfigFile } from "../codex/config_file.ts";
import { findGateway } from "../pool/running_gateway.ts";
import { grantedEnv } from "../process/environment.ts";

/** Sentences without a full stop. */
export async function nextSteps(config: Config): Promise<readonly string[]> {
  const gateway = await findGateway(config);
  const steps = [
    ...(gateway ? [] : ["codaze starts the gateway"]),
    ...(await isConnected(gateway ?? config)
      ? []
      : ["codaze connect points Codex at it"]),
  ];
  return steps.length === 0 ? [] : [`Next: ${steps.join(", ")}`];
}

/** Whether Codex's configuration leads to this gateway. */
export async function isConnected({ listen }: Config): Promise<boolean> {
  const home = codexHome(grantedEnv);
  const file = home === undefined ? undefined : await readConfigFile(home);
  if (!file?.ok || file.value.text === undefined) return false;
  const target = readCodexTarget(file.value.text);
  if (!target.ok || target.value.baseUrl === undefined) return false;
  return faultOf(target.value.baseUrl, listen) === undefined;
}

/**
 * `codaze doctor`: checks everything that a gateway needs on this machine, and
 * says what to do about each problem. Leaves everything as it was and uses no
 * token.
 */
import { ownMessage } from "../../error_text.ts";
import { checkAccountFiles } from "./account_files.ts";
import { checkClock } from "./clock.ts";
import { checkCodexConfig } from "./codex_config.ts";
import { checkCodexLogin } from "./codex_login.ts";
import { checkDuplicates } from "./duplicates.ts";
import { type Finding, voiceOf } from "./finding.ts";
import { checkFolder } from "./folder.ts";
import { checkGateway } from "./gateway.ts";
import { checkInterrupted } from "./interrupted.ts";
import { checkPorts } from "./ports.ts";
import { checkProxy } from "./proxy.ts";
import { reportJson, reportText } from "./report.ts";
import { type Check, type CheckContext, makeContext } from "./context.ts";
import { checkService } from "./service.ts";
import { readSetUp, type SetUp } from "./set_up.ts";
import { checkTrash } from "./trash.ts";
import { readNetwork } from "../process/environment.ts";
import { splitOptions } from "../../config/options.ts";
import { failUsage, print, withColor } from "../terminal/output.ts";
import { atGateway } from "../pool/running_gateway.ts";
import { versionLine } from "../process/version.ts";

/** In the order in which they are shown; they run concurrently. */
const CHECKS: Readonly<Record<string, Check>> = {
  "ports": checkPorts,
  "accounts dir": checkFolder,
  "accounts": checkAccountFiles,
  "duplicates": checkDuplicates,
  "refreshes": checkInterrupted,
  "signed out": checkTrash,
  "Codex sign-in": checkCodexLogin,
  "proxy": checkProxy,
  "hosts": async ({ hosts }) => (await hosts).map(({ finding }) => finding),
  "clock": checkClock,
  "gateway": checkGateway,
  "Codex config": checkCodexConfig,
  "service": checkService,
};

export async function doctor(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, { booleans: ["json"] });
  if (!options.ok) return failUsage(options.error);
  const setUp = readSetUp(options.value.rest, env);
  if (!setUp.ok) return failUsage(setUp.error);

  const findings = await examine(setUp.value);
  const json = options.value.switches.has("json");
  print(
    json
      ? reportJson(findings, { version: versionLine() })
      : withColor(Deno.stdout.isTerminal(), () => reportText(findings)),
  );
  return findings.some(({ verdict }) => verdict === "fail") ? 1 : 0;
}

async function examine(
  { config, findings }: SetUp,
): Promise<readonly Finding[]> {
  const first = [versionFinding(), ...findings];
  if (config === undefined) return first;
  // Before any request: this may turn proxies off.
  const network = await readNetwork();
  const context = makeContext({
    config: await atGateway(config),
    env,
    network,
  });
  const rest = await Promise.all(
    Object.entries(CHECKS).map(([name, check]) => run(name, check, context)),
  );
  return [...first, ...rest.flat()];
}

/** A check that throws must not hide what the others find. */
async function run(
  name: string,
  check: Check,
  context: CheckContext,
): Promise<readonly Finding[]> {
  try {
    return await check(context);
  } catch (error) {
    const reason = ownMessage(error);
    return [
      voiceOf(name).fail(
        `cannot be checked: ${reason}`,
        "this is a bug in codaze doctor: report it with this line",
      ),
    ];
  }
}

function versionFinding(): Finding {
  const { os, arch } = Deno.build;
  return voiceOf("version").good(
    `${versionLine()}, Deno ${Deno.version.deno}, ${os} ${arch}`,
  );
}

function env(name: string): string | undefined {
  return Deno.env.get(name);
}

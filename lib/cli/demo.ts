/**
 * `codaze demo`: the real gateway in front of the built-in simulator, with
 * three accounts, one of them spent. Nothing leaves this machine.
 */
import { bold, dim, stripAnsiCode } from "@std/fmt";
import { readConfig } from "../config/config.ts";
import type { Gateway } from "../gateway.ts";
import { join } from "@std/path";
import type { Fault } from "../simulator/faults/faults.ts";
import { usageLimitReached } from "../simulator/faults/limits.ts";
import { type Simulator, startSimulator } from "../simulator/simulator.ts";
import { PROXY_VARIABLES } from "../upstream/socket/proxy.ts";
import type { Network } from "./process/environment.ts";
import { fail, failUsage, print } from "./terminal/output.ts";
import { runUntil, startGateway } from "./serve.ts";

/** Free ports, and the spent account first. The user's flags override these. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ["CODAZE_LISTEN", "127.0.0.1:0"],
  ["CODAZE_ADMIN_LISTEN", "127.0.0.1:0"],
  ["CODAZE_ROUTING_POLICY", "fill_first"],
]);

/** No proxy, and no certificates: everything stays on this machine. */
const NO_NETWORK: Network = {
  env: () => undefined,
  rootCertificates: [],
  rootsFrom: undefined,
  warnings: [],
};

export async function demo(args: readonly string[]): Promise<number> {
  // A proxy would take even loopback requests off this machine.
  for (const name of PROXY_VARIABLES) Deno.env.delete(name);
  await using simulator = await startSimulator({
    record: false,
    websockets: true,
  });
  const accountsDir = await Deno.makeTempDir({ prefix: "codaze-demo-" });
  try {
    await addAccounts(simulator, accountsDir);
    return await demonstrate(simulator, [
      ...args,
      `--accounts-dir=${accountsDir}`,
      `--upstream=${simulator.upstream}`,
      `--auth-issuer=${simulator.issuer}`,
    ]);
  } finally {
    await Deno.remove(accountsDir, { recursive: true });
  }
}

async function demonstrate(
  simulator: Simulator,
  args: readonly string[],
): Promise<number> {
  const config = readConfig(args, (name) => DEFAULTS.get(name));
  if (!config.ok) return failUsage(config.error);
  const started = await startGateway(config.value, NO_NETWORK);
  if (!started.ok) return fail(started.error);
  const text = invitation(started.value.gateway, simulator);
  print(Deno.stdout.isTerminal() ? text : stripAnsiCode(text));
  return await runUntil(started.value.stopped, started.value);
}

/** Three accounts as a person would have them; the first is out of quota. */
async function addAccounts(
  simulator: Simulator,
  accountsDir: string,
): Promise<void> {
  for (const name of ["ada", "grace", "linus"]) {
    const account = simulator.addAccount({ name });
    if (name === "ada") account.fault(spentForHours(), Infinity);
    await Deno.writeTextFile(
      join(accountsDir, `${name}.json`),
      JSON.stringify({
        refresh_token: account.currentRefreshToken(),
        label: name,
      }),
      { mode: 0o600 },
    );
  }
}

function spentForHours(): Fault {
  const now = Date.now();
  return usageLimitReached({ now, resetsAt: now + 3 * 3_600_000 });
}

function invitation(gateway: Gateway, simulator: Simulator): string {
  const base = `${gateway.publicOrigin}/v1`;
  return `
${bold("Codaze is running on its built-in simulator.")}
Three accounts; ${bold("ada")} is out of quota, so her turns move on to another.
${dim(`Simulated upstream: ${simulator.upstream}`)}

Stream an answer:
  curl -N ${base}/responses -H 'content-type: application/json' \\
    -d '{"model":"gpt-6.2-sol","stream":true,"input":"say: hello from the demo"}'

Run the official client:
  npx -y @openai/codex@0.171.0 exec --skip-git-repo-check \\
    -c 'openai_base_url="${base}"' 'say: hello from the demo'

See the pool:
  curl ${gateway.adminOrigin}/admin/accounts

Ctrl-C ends it.
`;
}

/**
 * `codaze demo`: the real gateway in front of the built-in simulator, with
 * three accounts, one of them spent. Nothing leaves this machine.
 */
import { bold, dim, stripAnsiCode } from "@std/fmt";
import { readConfig } from "../config/config.ts";
import type { Gateway } from "../gateway.ts";
import { join } from "@std/path";
import type { AccountOptions } from "../simulator/accounts/account.ts";
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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIVE_HOURS = 5 * 60;
const WEEK = 7 * 24 * 60;
/** Small enough for a session with the real client. */
const COST_PERCENT = 0.1;

/** Three accounts as a person would have them; the first is out of quota. */
const ACCOUNTS: readonly AccountOptions[] = [
  {
    name: "ada",
    plan: "plus",
    quota: {
      windows: [
        { minutes: FIVE_HOURS, used: 100, leftMs: 3 * HOUR_MS },
        { minutes: WEEK, used: 79, leftMs: 2 * DAY_MS },
      ],
    },
  },
  {
    name: "grace",
    plan: "plus",
    quota: {
      windows: [
        {
          minutes: FIVE_HOURS,
          used: 21,
          leftMs: 4 * HOUR_MS,
          cost: COST_PERCENT,
        },
        { minutes: WEEK, used: 43, leftMs: 5 * DAY_MS, cost: COST_PERCENT },
      ],
    },
  },
  {
    name: "linus",
    plan: "pro",
    quota: {
      windows: [
        { minutes: WEEK, used: 12, leftMs: 6 * DAY_MS, cost: COST_PERCENT },
      ],
    },
  },
];

async function addAccounts(
  simulator: Simulator,
  accountsDir: string,
): Promise<void> {
  for (const options of ACCOUNTS) {
    const account = simulator.addAccount(options);
    await Deno.writeTextFile(
      join(accountsDir, `${account.name}.json`),
      JSON.stringify({
        refresh_token: account.currentRefreshToken(),
        label: account.name,
      }),
      { mode: 0o600 },
    );
  }
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

See the pool, in a browser or as JSON:
  ${gateway.adminOrigin}/
  curl ${gateway.adminOrigin}/admin/accounts

Ctrl-C ends it.
`;
}

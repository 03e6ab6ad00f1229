/**
 * Starts the gateway as a user would: with the permissions and variables of the
 * `start` task and accounts from files, whose tokens never need a refresh.
 */

import { dirname, join } from "@std/path";
import {
  readTask,
  type TaskCommand,
} from "../../lib/cli/service/task_command.ts";
import { freePort } from "./net.ts";
import { isFile, spawnDeno } from "./process.ts";
import type { Place, Target, TargetName } from "./target.ts";
import { ROOT_CERTIFICATE } from "./tls_files.ts";

export interface GatewayOptions {
  readonly name: TargetName;
  /** The program to start, `main.ts` except in experiments. */
  readonly program: string;
  readonly folder: string;
  /** Its origin; over TLS the root is that of the tests. */
  readonly upstream: string;
  readonly authIssuer: string;
  readonly mode: "passthrough" | "normalize";
  readonly accounts: number;
  readonly place?: Place;
}

/** Does not wait for the start, because start-up time is a measurement. */
export function startGateway(options: GatewayOptions): Target {
  const port = freePort();
  const adminPort = freePort();
  const accountsDir = accountFiles(options.folder, options.accounts);
  const config = configFile(options.program);
  const { environment, words } = startTask(config);
  const { child, stdout } = spawnDeno(options.place?.command ?? [], [
    ...words,
    "--cached-only",
    `--config=${config}`,
    options.program,
    ...["--listen", `127.0.0.1:${port}`],
    ...["--admin-listen", `127.0.0.1:${adminPort}`],
    ...["--accounts-dir", accountsDir],
    ...["--upstream", `${options.upstream}/backend-api/codex`],
    ...["--auth-issuer", options.authIssuer],
    ...["--fingerprint-mode", options.mode],
  ], {
    ...environment,
    CODEX_CA_CERTIFICATE: options.place?.root ?? ROOT_CERTIFICATE,
  });
  stdout.pipeTo(new WritableStream()).catch(() => {});
  return { ...child, name: options.name, port, adminPort };
}

/** A program of another checkout has its own beside it. */
function configFile(program: string): string {
  const beside = join(dirname(program), "deno.json");
  if (isFile(beside)) return beside;
  return new URL("../../deno.json", import.meta.url).pathname;
}

function startTask(config: string): TaskCommand {
  const task: string = JSON.parse(Deno.readTextFileSync(config)).tasks.start;
  const command = readTask(task);
  if (command === undefined) throw new Error(`odd task in ${config}: ${task}`);
  return command;
}

function accountFiles(folder: string, count: number): string {
  const dir = Deno.makeTempDirSync({ dir: folder, prefix: "accounts" });
  for (let index = 1; index <= count; index++) {
    const account = {
      refresh_token: `rt_bench_${index}`,
      access_token: accessToken(index),
    };
    Deno.writeTextFileSync(
      `${dir}/bench-${index}.json`,
      JSON.stringify(account),
      { mode: 0o600 },
    );
  }
  return dir;
}

/** An unsigned token that is good until 2100. */
function accessToken(index: number): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_")
      .replaceAll("=", "");
  const claims = {
    exp: 4_102_444_800,
    "https://api.openai.com/auth": {
      chatgpt_account_id: `acct-${index}`,
      chatgpt_user_id: `user-${index}`,
      chatgpt_plan_type: "plus",
    },
  };
  return `${part({ alg: "none" })}.${part(claims)}.x`;
}

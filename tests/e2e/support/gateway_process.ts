/**
 * The gateway as a process of its own, so that it can be told to stop, or be
 * killed, as a person or a machine would.
 */
import { fileURLToPath } from "node:url";
import type { Simulator } from "../../../lib/simulator/simulator.ts";
import { type Ended, start } from "./child.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

export interface GatewayProcess {
  readonly base: string;
  readonly signal: (signal: Deno.Signal) => void;
  readonly ended: Promise<Ended>;
}

export interface ProcessOptions {
  readonly simulator: Simulator;
  readonly accountsDir: string;
  readonly port: number;
  readonly graceSeconds: number;
}

/** Resolves when it listens. */
export async function startGatewayProcess(
  options: ProcessOptions,
): Promise<GatewayProcess> {
  const { simulator, accountsDir, port, graceSeconds } = options;
  const running = start({
    program: Deno.execPath(),
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      MAIN,
      `--listen=127.0.0.1:${port}`,
      "--admin-listen=127.0.0.1:0",
      `--accounts-dir=${accountsDir}`,
      `--upstream=${simulator.upstream}`,
      `--auth-issuer=${simulator.issuer}`,
      `--shutdown-grace-period-seconds=${graceSeconds}`,
    ],
    cwd: accountsDir,
    env: { DENO_DIR: Deno.env.get("DENO_DIR") ?? "", NO_COLOR: "1" },
    timeoutMs: 90_000,
  });
  await running.complained("admin port");
  const { signal, ended } = running;
  return { base: `http://127.0.0.1:${port}/v1`, signal, ended };
}

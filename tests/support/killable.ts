/**
 * A gateway as a process of its own, made to be killed, in front of a
 * simulator that outlives it.
 */
import type { Simulator } from "../../lib/simulator/simulator.ts";
import { Codaze } from "./codaze.ts";
import { CODEX_BODY, CODEX_HEADERS } from "./gateway.ts";
import type { KillPlan } from "./kill_child.ts";

/** What `deno` reports of a process that was killed: 128 + 9. */
export const KILLED = 137;

const SCRIPT = new URL("./kill_child.ts", import.meta.url).pathname;

/** Flags of a gateway on free ports that asks this simulator. */
export function flagsFor(simulator: Simulator, dir: string): readonly string[] {
  return [
    "--listen=127.0.0.1:0",
    "--admin-listen=127.0.0.1:0",
    `--accounts-dir=${dir}`,
    `--upstream=${simulator.upstream}`,
    `--auth-issuer=${simulator.issuer}`,
  ];
}

/** A gateway that kills itself where `plan` says. */
export function startKillChild(
  plan: KillPlan,
  flags: readonly string[],
): Codaze {
  return new Codaze(
    new Deno.Command("deno", {
      args: ["run", "-A", SCRIPT, JSON.stringify(plan), ...flags],
      env: { NO_PROXY: "127.0.0.1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

/** One turn; true if it was answered to its end. */
export async function turnAt(base: string): Promise<boolean> {
  try {
    const response = await fetch(`${base}/responses`, {
      method: "POST",
      headers: CODEX_HEADERS,
      body: JSON.stringify(CODEX_BODY),
    });
    const text = await response.text();
    return response.ok && text.includes("event: response.completed");
  } catch {
    // The gateway was killed under it.
    return false;
  }
}

/** `http://127.0.0.1:PORT/v1` once it is known. */
export function publicBase(child: Codaze): Promise<string> {
  return child.printed(/public port +(\S+)/);
}

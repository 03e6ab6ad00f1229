/**
 * A gateway that is stopped, or killed, in the middle of a turn: the official
 * client ends the turn or tries it again, and never hangs.
 */
import { assert, assertEquals } from "@std/assert";
import {
  pacedDeltas,
  silenceAfter,
} from "../../lib/simulator/faults/faults.ts";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { freePort } from "../support/free_port.ts";
import { Codex } from "./support/codex.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
} from "./support/gateway_process.ts";
import { turnsOf } from "./support/secrets.ts";

/** A simulator, an account, and gateways one after the other at one address. */
async function withGateways(
  test: (parts: {
    readonly account: SimulatedAccount;
    readonly codex: Codex;
    readonly turns: () => number;
    readonly turnBegun: () => Promise<void>;
    readonly gateway: (graceSeconds: number) => Promise<GatewayProcess>;
  }) => Promise<void>,
): Promise<void> {
  await using simulator = await startSimulator();
  const account = simulator.addAccount({ name: "a" });
  const accountsDir = await Deno.makeTempDir({ prefix: "codaze-e2e-" });
  const processes: GatewayProcess[] = [];
  try {
    await writeAccount(accountsDir, account);
    await using codex = await Codex.signedIn({ kind: "none" });
    const port = freePort();
    const turns = () => turnsOf(simulator).length;
    await test({
      account,
      codex,
      turns,
      turnBegun: () => simulator.waitFor(() => turns() > 0, 30_000),
      gateway: async (graceSeconds) => {
        const started = await startGatewayProcess({
          simulator,
          accountsDir,
          port,
          graceSeconds,
        });
        processes.push(started);
        return started;
      },
    });
  } finally {
    for (const { signal } of processes) signal("SIGKILL");
    await Promise.all(processes.map(({ ended }) => ended));
    await Deno.remove(accountsDir, { recursive: true });
  }
}

const PROMPT = "say: the turn survived";

Deno.test("SIGTERM lets a turn end that can within the grace period", () =>
  withGateways(async ({ account, codex, gateway, turnBegun }) => {
    account.fault(silenceAfter(3, 2000));
    const first = await gateway(30);
    const running = codex.start({ base: first.base, prompt: PROMPT });
    await turnBegun();
    first.signal("SIGTERM");

    const shown = await running.ended;
    const ended = await first.ended;

    assertEquals([shown.code, shown.stdout], [0, "the turn survived\n"]);
    assert(!shown.stderr.includes("Reconnecting"), shown.stderr);
    assertEquals([ended.code, ended.killed], [0, false]);
  }));

const ENDINGS: ReadonlyArray<[string, Deno.Signal, number]> = [
  ["SIGTERM and a grace period that is too short", "SIGTERM", 0],
  ["being killed", "SIGKILL", 137],
];

for (const [name, signal, code] of ENDINGS) {
  Deno.test(`after ${name}, codex waits and finishes its turn on the next gateway`, () =>
    withGateways(async ({ account, codex, gateway, turns, turnBegun }) => {
      account.fault(pacedDeltas({ count: 600, intervalMs: 100, sizeBytes: 8 }));
      const first = await gateway(1);
      const running = codex.start({ base: first.base, prompt: PROMPT });
      await turnBegun();
      first.signal(signal);
      const ended = await first.ended;
      await running.complained("Reconnecting");
      await gateway(10);

      const shown = await running.ended;

      assertEquals([ended.code, ended.killed], [code, false]);
      assertEquals([shown.code, shown.killed], [0, false]);
      assertEquals(shown.stdout, "the turn survived\n");
      assertEquals(turns(), 2);
    }));
}

Deno.test("with no gateway at all codex says that it waits, and can be stopped", () =>
  withGateways(async ({ codex, gateway }) => {
    const first = await gateway(1);
    first.signal("SIGTERM");
    await first.ended;
    const running = codex.start({ base: first.base, prompt: PROMPT });
    await running.complained("Reconnecting");
    running.signal("SIGINT");

    const shown = await running.ended;

    assertEquals(shown.killed, false);
  }));

/** A gateway that is killed keeps what was written, and damages nothing. */
import { assertEquals } from "@std/assert";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { writeAccount } from "../support/account_files.ts";
import { startCodaze } from "../support/codaze.ts";
import { CODEX_BODY, CODEX_HEADERS } from "../support/gateway.ts";
import { flagsFor, KILLED } from "../support/killable.ts";

/** Runs until it is killed; the figures as the admin port tells them. */
async function killedAfter(
  flags: readonly string[],
  turns: number,
): Promise<readonly number[]> {
  await using codaze = startCodaze(flags);
  const base = await codaze.printed(/public port +(\S+)/);
  const admin = await codaze.printed(/admin port +(\S+)/);
  const accounts = `${admin}admin/accounts`;
  for (let turn = 0; turn < turns; turn++) {
    const answer = await fetch(`${base}/responses`, {
      method: "POST",
      headers: CODEX_HEADERS,
      body: JSON.stringify(CODEX_BODY),
    });
    await answer.text();
  }
  const told = await fetch(new URL("usage", accounts));
  const { days } = await told.json();
  codaze.kill("SIGKILL");
  assertEquals((await codaze.ended).code, KILLED);
  return days.map((row: { turns: number }) => row.turns);
}

Deno.test("a killed gateway keeps its figures, and the next one adds to them", async () => {
  const simulator = await startSimulator();
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    await writeAccount(dir, simulator.addAccount({ name: "a" }));
    const flags = flagsFor(simulator, dir);
    assertEquals(await killedAfter(flags, 2), [2]);
    assertEquals(await killedAfter(flags, 1), [3]);
  } finally {
    await simulator.close();
    await Deno.remove(dir, { recursive: true });
  }
});

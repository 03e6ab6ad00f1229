/**
 * Sessions of the official client: tools, resuming and compaction, each on one
 * account throughout, although the policy would alternate.
 */
import { assert, assertEquals } from "@std/assert";
import { isObject } from "../../lib/protocol/json.ts";
import type { RecordedRequest } from "../../lib/simulator/http/recorder.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { Codex } from "./support/codex.ts";
import { turnsOf } from "./support/secrets.ts";

/** The sandbox is the client's business, and not available everywhere. */
const UNSANDBOXED = ["--dangerously-bypass-approvals-and-sandbox"];

function startPool(): Promise<TestGateway> {
  return startTestGateway({
    accounts: ["a", "b", "c"],
    flags: ["--routing-policy=round_robin"],
  });
}

function accountsOf(turns: readonly RecordedRequest[]): Set<string> {
  return new Set(turns.map(({ account }) => account ?? "none"));
}

/** Types of the last input items, the newest last. */
function inputTypes(request: RecordedRequest | undefined): unknown[] {
  const body = request?.json();
  const input = isObject(body) ? body["input"] : undefined;
  return Array.isArray(input) ? input.map((item) => item.type) : [];
}

Deno.test("codex exec runs a tool that the model calls, on one account", async () => {
  await using gateway = await startPool();
  await using codex = await Codex.signedIn({ kind: "none" });

  const { code, stdout, killed } = await codex.exec({
    base: gateway.url("/v1"),
    prompt: "run: echo the-tool-has-run",
    args: UNSANDBOXED,
  });

  assertEquals([code, killed], [0, false]);
  assert(stdout.includes("the-tool-has-run"), stdout);
  const turns = turnsOf(gateway.simulator);
  assertEquals(turns.length, 2);
  assertEquals(inputTypes(turns[1]).at(-1), "custom_tool_call_output");
  assertEquals(accountsOf(turns).size, 1);
  assertEquals(gateway.simulator.violations, []);
});

Deno.test("codex exec resume keeps a session on its account while others rotate", async () => {
  await using gateway = await startPool();
  await using codex = await Codex.signedIn({ kind: "none" });
  await using other = await Codex.signedIn({ kind: "none" });
  const base = gateway.url("/v1");

  const first = await codex.exec({ base, prompt: "say: one" });
  await other.exec({ base, prompt: "say: somebody else" });
  const second = await codex.resume({
    base,
    prompt: "run: echo two",
    args: UNSANDBOXED,
  });
  const third = await codex.resume({ base, prompt: "say: three" });

  assertEquals([first.code, second.code, third.code], [0, 0, 0]);
  assertEquals([first.stdout, third.stdout], ["one\n", "three\n"]);
  const sessions = Map.groupBy(
    turnsOf(gateway.simulator),
    ({ headers }) => headers.find(([name]) => name === "session-id")?.[1],
  );
  assertEquals([...sessions.values()].map((turns) => turns.length), [4, 1]);
  for (const turns of sessions.values()) {
    assertEquals(accountsOf(turns).size, 1);
  }
  assertEquals(accountsOf(turnsOf(gateway.simulator)).size, 2);
  assertEquals(gateway.simulator.violations, []);
});

Deno.test("a compaction and what follows it stay on the account that made it", async () => {
  await using gateway = await startPool();
  await using codex = await Codex.signedIn({ kind: "none" });
  await using other = await Codex.signedIn({ kind: "none" });
  const base = gateway.url("/v1");
  const config = { model_auto_compact_token_limit: "50" };

  const first = await codex.exec({
    base,
    prompt: "run: echo compact-me",
    args: UNSANDBOXED,
    config,
  });
  await other.exec({ base, prompt: "say: somebody else" });
  const second = await codex.resume({ base, prompt: "say: after", config });

  assertEquals([first.code, second.code], [0, 0]);
  assertEquals(second.stdout, "after\n");
  const mine = turnsOf(gateway.simulator).filter((turn) =>
    !JSON.stringify(turn.json()).includes("somebody else")
  );
  const types = mine.map(inputTypes);
  assert(types.some((all) => all.at(-1) === "compaction_trigger"));
  assert(types.at(-1)?.includes("compaction"), "the blob did not come back");
  assertEquals(accountsOf(mine).size, 1);
  assertEquals(gateway.simulator.violations, []);
});

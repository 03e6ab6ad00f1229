/** However a stop goes wrong, it ends, and no token goes with it. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runUntil } from "../../lib/cli/serve.ts";
import { slowHead } from "../../lib/simulator/faults/faults.ts";
import { startTestGateway } from "../support/gateway.ts";
import { FakeLog } from "../support/log.ts";
import { after, SILENT } from "../support/system.ts";

/** A hundredth of the time, but for what a refresh may take. */
function soon(ms: number, task: () => void): () => void {
  return after(ms > 10_000 ? ms : ms / 100, task);
}

const never = new Promise<never>(() => {});

Deno.test("a stop that hangs ends when its refreshes have, and says what hung", async () => {
  await using test = await startTestGateway();
  const account = test.account("a");
  account.faultAt("token", slowHead(200));
  const before = account.currentRefreshToken();
  const refresh = test.admin("/admin/accounts/a/refresh", {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  await test.simulator.waitFor((requests) => requests.length > 0);

  const log = new FakeLog();
  const code = await runUntil(Promise.resolve("SIGTERM"), {
    gateway: {
      openTurns: 0,
      lost: never,
      stop: () => never,
      settled: () => test.gateway.settled(),
      waitingFor: "a disk that does not answer",
    },
    config: { shutdownGraceMs: 100 },
    runtime: { after: soon, log },
  });
  assertEquals(code, 1);
  const errors = log.lines.filter((line) => line.startsWith("error "));
  assertEquals(errors, [
    'error stop takes too long {"waiting_for":"a disk that does not answer"}',
    "error stopped all the same {}",
  ]);
  const file = JSON.parse(await Deno.readTextFile(join(test.dir, "a.json")));
  assertEquals(file.refresh_token, account.currentRefreshToken());
  assertEquals(file.refresh_token === before, false);
  await (await refresh).body?.cancel();
});

Deno.test("a stop that hangs with its refreshes ends all the same", async () => {
  const code = await runUntil(never, {
    gateway: {
      openTurns: 0,
      lost: Promise.resolve("the public port cannot be reopened: taken"),
      stop: () => never,
      settled: () => never,
      waitingFor: "refreshes",
    },
    config: { shutdownGraceMs: 0 },
    runtime: { after: (_, task) => soon(0, task), log: SILENT },
  });
  assertEquals(code, 1);
});

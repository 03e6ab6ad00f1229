/** Files that change under a gateway at work: turns, refreshes, sessions. */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { OutgoingRequest } from "../../lib/runtime.ts";
import { pacedDeltas } from "../../lib/simulator/faults/faults.ts";
import { completed } from "../support/answers.ts";
import {
  startFillFirst,
  startTestGateway,
  type TestGateway,
  type TestOptions,
} from "../support/gateway.ts";
import { until } from "../support/load.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { system } from "../support/system.ts";

function gateway(options: TestOptions = {}): Promise<TestGateway> {
  return startFillFirst({ warm: false, ...options });
}

/** Holds back answers of the token endpoint until it is told, or disposed. */
function heldGrants() {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const fetch = async (request: OutgoingRequest) => {
    const response = await system.fetch(request);
    if (request.url.pathname !== "/oauth/token") return response;
    asked.resolve();
    await gate.promise;
    return response;
  };
  const release = () => gate.resolve();
  return { fetch, asked: asked.promise, release, [Symbol.dispose]: release };
}

function ids(test: TestGateway): string {
  return test.gateway.registry.accounts().map(({ id }) => id).join();
}

function rename(test: TestGateway, from: string, to: string): Promise<void> {
  return Deno.rename(join(test.dir, from), join(test.dir, to));
}

async function tokenIn(test: TestGateway, name: string): Promise<unknown> {
  const text = await Deno.readTextFile(join(test.dir, name));
  return JSON.parse(text).refresh_token;
}

function servedBy(test: TestGateway): readonly (string | undefined)[] {
  return test.simulator.requests
    .filter(({ target }) => target.endsWith("/responses"))
    .map(({ account }) => account);
}

Deno.test("a turn ends as if its account's file had not been deleted", async () => {
  await using test = await gateway({ warm: true });
  test.account("a").fault(
    pacedDeltas({ count: 200, intervalMs: 10, sizeBytes: 9 }),
  );
  const running = await test.turn();
  await Deno.remove(join(test.dir, "a.json"));
  await until(() => ids(test) === "b", "a is gone");
  await completed(await test.turn());
  await completed(running);
  assertEquals(servedBy(test), ["a", "b"]);
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

Deno.test("a file that is renamed during its refresh gets the new token", async () => {
  const held = heldGrants();
  await using test = await gateway({ runtime: { fetch: held.fetch } });
  using grants = held;
  const turn = test.turn();
  await grants.asked;
  await rename(test, "a.json", "z.json");
  await until(() => ids(test) === "b,z", "the new name");
  grants.release();
  await completed(await turn);
  const current = test.account("a").currentRefreshToken();
  assertEquals(await tokenIn(test, "z.json"), current);
  assertEquals(test.gateway.registry.get("z")?.persistPending, false);
  assertEquals(test.account("a").refreshCount, 1);
  await assertQuiet(test);
});

Deno.test("two files that are swapped during a refresh lose no token", async () => {
  const held = heldGrants();
  await using test = await gateway({ runtime: { fetch: held.fetch } });
  using grants = held;
  const turn = test.turn();
  await grants.asked;
  const [a, b] = ["a", "b"].map((id) => test.gateway.registry.get(id));
  await rename(test, "a.json", "tmp");
  await rename(test, "b.json", "a.json");
  await rename(test, "tmp", "b.json");
  await until(() => a?.id === "b" && b?.id === "a", "the swap");
  grants.release();
  await completed(await turn);
  const current = test.account("a").currentRefreshToken();
  assertEquals(await tokenIn(test, "b.json"), current);
  assertEquals(a?.refreshToken, current);
  await completed(await test.turn());
  await assertQuiet(test);
});

Deno.test("a file that is deleted during its refresh does not come back", async () => {
  const held = heldGrants();
  await using test = await gateway({ runtime: { fetch: held.fetch } });
  using grants = held;
  const turn = test.turn();
  await grants.asked;
  await Deno.remove(join(test.dir, "a.json"));
  await until(() => ids(test) === "b", "a is gone");
  grants.release();
  await completed(await turn);
  await assertQuiet(test);
  const entries = await Array.fromAsync(Deno.readDir(test.dir));
  const names = entries.map(({ name }) => name);
  assertEquals(names.filter((name) => name.endsWith(".json")), ["b.json"]);
  assertEquals(ids(test), "b");
});

Deno.test("a file that comes back after its refresh gets the new token", async () => {
  const held = heldGrants();
  await using test = await gateway({ runtime: { fetch: held.fetch } });
  using grants = held;
  const turn = test.turn();
  await grants.asked;
  const path = join(test.dir, "a.json");
  const text = await Deno.readTextFile(path);
  await Deno.remove(path);
  await until(() => ids(test) === "b", "a is gone");
  grants.release();
  await completed(await turn);
  await Deno.writeTextFile(path, text);
  await until(() => ids(test) === "a,b", "a is back");
  const account = test.gateway.registry.get("a");
  await until(() => account?.persistPending === false, "saved");
  const current = test.account("a").currentRefreshToken();
  assertEquals(await tokenIn(test, "a.json"), current);
  await completed(await test.turn());
  await assertQuiet(test);
});

Deno.test("a session stays on its account when the file is renamed", async () => {
  await using test = await startTestGateway({
    accounts: ["a", "b"],
    warm: true,
    flags: ["--routing-policy=round_robin"],
  });
  const session = { headers: { "session-id": "one" } };
  await completed(await test.turn({}, session));
  await rename(test, "a.json", "z.json");
  await until(() => ids(test) === "b,z", "the new name");
  for (let n = 0; n < 3; n++) await completed(await test.turn({}, session));
  assertEquals(servedBy(test), ["a", "a", "a", "a"]);
  await assertQuiet(test);
});

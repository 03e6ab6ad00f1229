/** What the simulator remembers of its callers. */

import { assertEquals, assertRejects } from "@std/assert";
import { encodeZstd } from "../../lib/protocol/zstd/zstd.ts";
import { silenceAfter } from "../../lib/simulator/faults/faults.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import {
  authorization,
  onlyRequest,
  post,
  RawConnection,
  rawTurn,
  startWithAccount,
  turn,
  turnBody,
} from "./support.ts";

Deno.test("headers are recorded in their order and case, with duplicates", async () => {
  await using started = await startWithAccount();
  const { simulator } = started;
  using raw = await RawConnection.to(simulator);
  await raw.write(
    "GET /nowhere?a=1 HTTP/1.1\r\nX-Second: 2\r\nhost: x\r\n" +
      "x-SECOND: 3\r\nCookie: a=1\r\ncookie: b=2\r\n\r\n",
  );
  await raw.read();
  const { method, target, headers, account } = onlyRequest(simulator);
  assertEquals([method, target, account], ["GET", "/nowhere?a=1", undefined]);
  assertEquals(headers, [
    ["X-Second", "2"],
    ["host", "x"],
    ["x-SECOND", "3"],
    ["Cookie", "a=1"],
    ["cookie", "b=2"],
  ]);
});

Deno.test("json() reads a zstd body, body keeps its bytes", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const body = turnBody("hi");
  const bytes = await encodeZstd(
    new TextEncoder().encode(JSON.stringify(body)),
  );
  const response = await fetch(`${simulator.upstream}/responses`, {
    method: "POST",
    headers: { ...authorization(account), "content-encoding": "zstd" },
    body: bytes,
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const request = onlyRequest(simulator);
  assertEquals(request.json(), body);
  assertEquals(request.body, bytes);
});

Deno.test("a body that cannot be decoded is refused", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  const response = await post(simulator, {
    account,
    body: turnBody("hi"),
    headers: { "content-encoding": "zstd" },
  });
  await response.body?.cancel();
  assertEquals(response.status, 400);
  assertEquals(onlyRequest(simulator).json(), undefined);
});

Deno.test("a caller who reads to the end is finished, not aborted", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  await turn(simulator, { account, body: turnBody("hi") });
  await simulator.waitFor(([request]) => request?.finished === true);
  assertEquals(onlyRequest(simulator).aborted, false);
});

Deno.test("a caller who leaves an open stream is aborted", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(silenceAfter(1));
  const response = await post(simulator, { account, body: turnBody("hi") });
  assertEquals(onlyRequest(simulator).aborted, false);
  await response.body?.cancel();
  await simulator.waitFor(([request]) => request?.aborted === true);
  assertEquals(onlyRequest(simulator).finished, false);
});

Deno.test("a caller who leaves while sending is aborted", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  using raw = await RawConnection.to(simulator);
  const text = rawTurn(account, turnBody("hi"));
  await raw.write(text.slice(0, -10));
  await simulator.waitFor((requests) => requests.length === 1);
  raw.close();
  await simulator.waitFor(([request]) => request?.aborted === true);
  assertEquals(onlyRequest(simulator).body.length, 0);
  assertEquals(account.turns, 0);
});

Deno.test("waitFor() rejects when its time is over", async () => {
  await using simulator = await startSimulator();
  await assertRejects(() => simulator.waitFor(() => false, 5), Error, "5 ms");
});

Deno.test("record: false keeps nothing", async () => {
  await using simulator = await startSimulator({ record: false });
  const account = simulator.addAccount({ name: "alpha" });
  await turn(simulator, { account, body: turnBody("hi") });
  assertEquals(simulator.requests, []);
  assertEquals(account.turns, 1);
});

Deno.test("close() cuts open answers and frees the port", async () => {
  const simulator = await startSimulator();
  const account = simulator.addAccount({ name: "alpha" });
  account.fault(silenceAfter(1));
  const response = await post(simulator, { account, body: turnBody("hi") });
  await simulator.close();
  await assertRejects(() => response.text());

  const port = Number(new URL(simulator.origin).port);
  await using again = await startSimulator({ port });
  await assertRejects(() => startSimulator({ port }));
  assertEquals(again.origin, simulator.origin);
});

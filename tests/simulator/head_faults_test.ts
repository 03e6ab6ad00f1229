/** Faults before the usual answer, on raw sockets. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connectionReset,
  neverAnswers,
  slowHead,
} from "../../lib/simulator/faults/faults.ts";
import {
  rateLimitExceeded,
  splitBody,
  unavailable,
} from "../../lib/simulator/faults/refusals.ts";
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

Deno.test("a refusal's head and body come in one write", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(rateLimitExceeded(1));
  using raw = await RawConnection.to(simulator);
  await raw.write(rawTurn(account, turnBody("hi")));
  const read = await raw.read();
  assert(read.startsWith("HTTP/1.1 429 Too Many Requests\r\n"), read);
  assert(read.endsWith('"param":null}}'), read);
});

Deno.test("splitBody() holds back the body, not the head", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(splitBody(unavailable(), Infinity));
  using raw = await RawConnection.to(simulator);
  await raw.write(rawTurn(account, turnBody("hi")));
  const read = await raw.read();
  assert(read.startsWith("HTTP/1.1 503 Service Unavailable\r\n"), read);
  assert(read.endsWith("\r\n\r\n"), read);
});

Deno.test("splitBody() sends the body in the end", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(splitBody(unavailable(), 5));
  const response = await post(simulator, { account, body: turnBody("hi") });
  assertEquals((await response.json()).error.message, "unavailable");
});

Deno.test("connectionReset() resets instead of answering", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(connectionReset());
  using raw = await RawConnection.to(simulator);
  await raw.write(rawTurn(account, turnBody("hi")));
  await assertRejects(() => raw.read(), Deno.errors.ConnectionReset);
  const { aborted, finished } = onlyRequest(simulator);
  assertEquals({ aborted, finished }, { aborted: false, finished: false });
});

Deno.test("neverAnswers() lets the caller wait until it leaves", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(neverAnswers());
  using raw = await RawConnection.to(simulator);
  await raw.write(rawTurn(account, turnBody("hi")));
  await simulator.waitFor(([request]) => request?.account === "alpha");
  await turn(simulator, { account, body: turnBody("hi") });

  assertEquals(simulator.requests[0]?.aborted, false);
  raw.close();
  await simulator.waitFor(([request]) => request?.aborted === true);
  assertEquals(account.turns, 1);
});

Deno.test("slowHead() answers as usual, later", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(slowHead(50));
  const begun = performance.now();
  const events = await turn(simulator, { account, body: turnBody("hi") });
  const waited = performance.now() - begun;
  assert(waited > 40, `answered after ${waited} ms`);
  assertEquals(events.at(-1)?.type, "response.completed");
});

Deno.test("faults come in the order asked for, as often as asked for", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.fault(unavailable(), 2);
  account.fault(rateLimitExceeded());
  const statuses: number[] = [];
  for (let sent = 0; sent < 4; sent++) {
    const response = await post(simulator, { account, body: turnBody("hi") });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [503, 503, 429, 200]);
});

Deno.test("faultAt() reaches the endpoint it names and no other", async () => {
  await using started = await startWithAccount();
  const { simulator, account } = started;
  account.faultAt("models", unavailable());
  const response = await post(simulator, { account, body: turnBody("hi") });
  await response.body?.cancel();
  const models = await fetch(`${simulator.upstream}/models`, {
    headers: authorization(account),
  });
  await models.body?.cancel();
  assertEquals([response.status, models.status], [200, 503]);
});

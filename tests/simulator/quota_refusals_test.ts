/** Who may start a turn, and what is answered to those who may not. */

import { assertEquals } from "@std/assert";
import c2 from "../fixtures/captures/C2-ws-inband-errors.json" with {
  type: "json",
};
import limits from "../fixtures/captures/F8-G6-limits.json" with {
  type: "json",
};
import {
  ask,
  HOUR_MS,
  type QuotaTest,
  SPENT,
  startWithQuota,
  turnStateIn,
  usagePage,
  WEEK,
} from "./quota_support.ts";
import { SocketClient, typesOf } from "./socket_client.ts";
import {
  type Json,
  RawConnection,
  rawTurn,
  shape,
  turnBody,
} from "./support.ts";

/** What the captures do not have, because a stand-in left it out. */
const MORE = ["x-codex-active-limit", "x-codex-rate-limit-reached-type"];

function seconds({ clock }: QuotaTest): number {
  return Math.floor(clock.now / 1000);
}

Deno.test("a turn of a spent account is refused over HTTP as in F8", async () => {
  await using test = await startWithQuota(SPENT);
  using raw = await RawConnection.to(test.simulator);
  await raw.write(rawTurn(test.account, turnBody("hi")));
  const [head = "", body = ""] = (await raw.read()).split("\r\n\r\n");
  const [statusLine, ...lines] = head.split("\r\n");
  const captured = limits["F8-chatgpt-hs-429-usage"];

  assertEquals(statusLine?.split(" ")[1], String(captured.status));
  const names = lines.map((line) => line.slice(0, line.indexOf(":")));
  assertEquals(names.slice(0, captured.headers.length + MORE.length), [
    ...captured.headers.map(([name]) => name),
    ...MORE,
  ]);
  for (const [name = "", value = ""] of captured.headers) {
    if (name.endsWith("-reset-at")) continue;
    assertEquals(
      lines.filter((line) => line === `${name}: ${value}`).length,
      1,
    );
  }
  assertEquals(lines.includes("x-codex-active-limit: codex"), true);
  assertEquals(JSON.parse(body), {
    error: { ...captured.body.error, resets_at: seconds(test) + 7200 },
  });
  assertEquals(
    shape(JSON.parse(body)),
    shape(captured.body),
    "the order of keys",
  );
  assertEquals(test.account.turns, 0);
});

Deno.test("a turn of a spent account is refused in band as in F8b", async () => {
  await using test = await startWithQuota(SPENT);
  using client = await SocketClient.open(test.simulator, test.account);
  assertEquals(client.status, 101);
  const [event = {}] = await client.turn("hi");

  const captured = c2["F8b-chatgpt-ws-429-usage"];
  const more = {
    "x-codex-active-limit": "codex",
    "x-codex-rate-limit-reached-type": "rate_limit_reached",
  };
  const headers = { ...captured.headers, ...more };
  assertEquals(shape(event), shape({ ...captured, headers }));
  assertEquals(event, {
    ...captured,
    error: { ...captured.error, resets_at: seconds(test) + 7200 },
    headers: {
      ...headers,
      "x-codex-primary-reset-at": String(seconds(test) + 7200),
      "x-codex-secondary-reset-at": String(seconds(test) + WEEK * 60),
    },
  });
});

Deno.test("two full windows are told by the one that ends last", async () => {
  await using test = await startWithQuota();
  test.quota.setUsed([100, 100]);
  const { error } = JSON.parse((await ask(test)).text);
  assertEquals(error.resets_in_seconds, WEEK * 60);
});

Deno.test("the request that crosses the limit is served, the next turn is not", async () => {
  await using test = await startWithQuota();
  test.quota.setCosts([30, 1]);
  const asked = [await ask(test), await ask(test), await ask(test)];
  const crossing = await ask(test);
  const next = await ask(test);
  assertEquals(asked.map(({ status }) => status), [200, 200, 200]);
  assertEquals(crossing.status, 200);
  assertEquals(crossing.headers.get("x-codex-primary-used-percent"), "120");
  assertEquals(next.status, 429);
  test.clock.pass(5 * HOUR_MS);
  assertEquals((await ask(test)).status, 200);
});

Deno.test("a turn that is under way goes on past 100 % over HTTP, a new one does not start", async () => {
  await using test = await startWithQuota();
  test.quota.setCosts([40, 1]);
  const first = await ask(test);
  const turnState = turnStateIn(first.headers);
  const used: unknown[] = [];
  for (let request = 0; request < 4; request++) {
    const { status, headers } = await ask(test, { turnState });
    assertEquals(status, 200);
    used.push(headers.get("x-codex-primary-used-percent"));
  }
  assertEquals(used, ["80", "120", "160", "200"]);
  assertEquals((await ask(test)).status, 429);
});

/** The turn state that a websocket's turn was given. */
function stateOf(events: readonly Json[]): string {
  const metadata = events.find(({ type }) => type === "response.metadata");
  return Object(metadata?.headers)["x-codex-turn-state"];
}

Deno.test("a turn that is under way goes on past 100 % over a websocket, and on the next one", async () => {
  await using test = await startWithQuota();
  test.quota.setCosts([100, 1]);
  using client = await SocketClient.open(test.simulator, test.account);
  const state = stateOf(await client.turn("hi"));
  const inTurn = { client_metadata: { "x-codex-turn-state": state } };
  assertEquals((await client.turn("hi"))[0]?.status, 429);
  assertEquals(
    typesOf(await client.turn("hi", inTurn)).at(-1),
    "response.completed",
  );
  using other = await SocketClient.open(test.simulator, test.account);
  assertEquals(
    typesOf(await other.turn("hi", inTurn)).at(-1),
    "response.completed",
  );
});

Deno.test("a turn state of a handshake or of nobody starts no turn", async () => {
  await using test = await startWithQuota(SPENT);
  using client = await SocketClient.open(test.simulator, test.account);
  const ofHandshake = client.header("x-codex-turn-state");
  assertEquals((await ask(test, { turnState: ofHandshake })).status, 429);
  const ofNobody = `ts_${test.account.ownerKey}_999`;
  assertEquals((await ask(test, { turnState: ofNobody })).status, 429);
  assertEquals(test.simulator.violations, []);
});

Deno.test("a prewarm is no turn: it is served and costs nothing", async () => {
  await using test = await startWithQuota(SPENT);
  using client = await SocketClient.open(test.simulator, test.account);
  const events = await client.turn("", { generate: false });
  assertEquals(typesOf(events), [
    "response.created",
    "response.in_progress",
    "response.completed",
  ]);
  assertEquals(test.quota.figures().limits[0]?.windows[0]?.used, 100);
});

Deno.test("a compaction is charged and refused like a turn", async () => {
  await using test = await startWithQuota();
  test.quota.setCosts([100, 1]);
  const path = "/responses/compact";
  const { status, headers } = await ask(test, { path });
  assertEquals(status, 200);
  assertEquals(headers.get("x-codex-primary-used-percent"), "100");
  assertEquals((await ask(test, { path })).status, 429);
});

Deno.test("a request that is refused for another reason costs nothing", async () => {
  await using test = await startWithQuota();
  assertEquals((await ask(test)).status, 200);
  const before = await usagePage(test);
  const bad = { type: "response.create", store: true, input: [] };
  using client = await SocketClient.open(test.simulator, test.account);
  await client.sendText(JSON.stringify(bad));
  assertEquals((await client.event()).status, 400);
  assertEquals(await usagePage(test), before);
});

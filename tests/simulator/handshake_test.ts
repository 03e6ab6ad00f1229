/** Websocket handshakes: accepted as captured, refused as captured. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { SimulatedAccount } from "../../lib/simulator/accounts/account.ts";
import {
  connectionReset,
  cutAfter,
  extraHeaders,
  type Fault,
  neverAnswers,
} from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";
import * as refusals from "../../lib/simulator/faults/refusals.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import {
  closeWith,
  plainOk,
  upgradeRequired,
  wrongAcceptKey,
} from "../../lib/simulator/faults/socket_faults.ts";
import b1 from "../fixtures/captures/B1-realhosts-ws.json" with {
  type: "json",
};
import c1 from "../fixtures/captures/C1-ws-handshake-reactions.json" with {
  type: "json",
};
import { authorization, RawConnection, shape } from "./support.ts";
import { KEY, SocketClient } from "./socket_client.ts";

/** To the client's key (RFC 6455, section 1.3). */
const RIGHT_ANSWER = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

async function started() {
  const simulator = await startSimulator({ websockets: true });
  const account = simulator.addAccount({ name: "alpha" });
  return {
    simulator,
    account,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

Deno.test("a handshake gets the captured header lines in their order", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  const headers = { "x-codex-routing-hint": "model=gpt-6.2-sol" };
  using client = await SocketClient.open(simulator, account, { headers });

  assertEquals(client.status, 101);
  assertEquals(client.header("sec-websocket-accept"), RIGHT_ANSWER);
  assertEquals(client.header("openai-model"), "gpt-6.2-sol");
  const captured = b1.upgrade.map(([name]) => name);
  const rest = client.headerNames.slice(3).filter((name) =>
    name !== "x-request-id"
  );
  assertEquals(rest.slice(0, captured.length), captured);
});

Deno.test("a handshake is recorded with its lines as they were sent", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  using _client = await SocketClient.open(simulator, account);

  const [request] = simulator.requests;
  const [connection] = simulator.connections;
  assertEquals(request?.headers.slice(0, 5), [
    ["Host", "127.0.0.1"],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", KEY],
  ]);
  assertEquals(connection?.headers, request?.headers);
  assertEquals([request?.account, connection?.account], ["alpha", "alpha"]);
  assertEquals([request?.finished, request?.aborted], [true, false]);
  assertEquals([connection?.id, connection?.closed], [1, undefined]);
  assertEquals(simulator.violations, []);
});

Deno.test("websockets can be switched off and on between handshakes", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  const seen: number[] = [];
  for (const accepted of [false, true, false]) {
    simulator.websockets = accepted;
    using client = await SocketClient.open(simulator, account);
    seen.push(client.status);
  }
  assertEquals(seen, [426, 101, 426]);
  assertEquals(simulator.connections.length, 1);
});

type Caller = readonly [
  what: string,
  prepare: (account: SimulatedAccount) => Readonly<Record<string, string>>,
  status: number,
  violations: number,
];

const CALLERS: readonly Caller[] = [
  ["a token that is not ours", () => ({ authorization: "Bearer x" }), 401, 1],
  ["no token", () => ({ authorization: "" }), 401, 1],
  [
    "an expired token",
    (account) => {
      const headers = authorization(account);
      account.expireAccessTokens();
      return headers;
    },
    401,
    0,
  ],
  [
    "another account id",
    (account) => ({
      ...authorization(account),
      "chatgpt-account-id": "acct-other",
    }),
    403,
    1,
  ],
  [
    "foreign turn state",
    (account) => ({
      ...authorization(account),
      "x-codex-turn-state": "ts_000000000000_1",
    }),
    101,
    1,
  ],
  ["no upgrade", () => ({ Upgrade: "h2c" }), 405, 0],
];

for (const [what, prepare, status, violations] of CALLERS) {
  Deno.test(`a handshake with ${what} gets ${status}`, async () => {
    await using parts = await started();
    const { simulator, account } = parts;
    const headers = prepare(account);
    using client = await SocketClient.open(simulator, account, { headers });
    assertEquals(client.status, status);
    assertEquals(simulator.violations.length, violations);
  });
}

const now = Date.now();
const USAGE = usageLimitReached({ now, resetsAt: now + 7_200_000 });

const REFUSALS: Readonly<Record<string, Fault>> = {
  "C1-hs-200": plainOk(),
  "C1-hs-400": refusals.badRequest(),
  "C1-hs-401": refusals.refusal(401, JSON.parse(c1["C1-hs-401"].body)),
  "C1-hs-403": refusals.detailRefusal(403, "Forbidden"),
  "C1-hs-404": refusals.notFound(),
  "C1-hs-426": upgradeRequired(),
  "C1-hs-429-rate": refusals.rateLimitExceeded(2),
  "C1-hs-429-usage": USAGE,
  "C1-hs-500": refusals.serverError(),
  "C1-hs-503": refusals.unavailable(),
  "C1-hs-503-overloaded": refusals.serverIsOverloaded(),
};

for (const [name, fault] of Object.entries(REFUSALS)) {
  Deno.test(`a refused handshake looks like ${name}, in one read`, async () => {
    await using parts = await started();
    const { simulator, account } = parts;
    account.faultAt("handshake", fault);
    using raw = await RawConnection.to(simulator);
    await raw.write(handshakeText(account));
    const answer = await raw.read();

    const captured = Object.entries(c1).find(([key]) => key === name)?.[1];
    assert(captured);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    assertEquals(head.split(" ")[1], String(captured.status));
    assertEquals(
      shape(JSON.parse(body)),
      shape(JSON.parse(captured.body)),
    );
    for (const [header] of captured.headers) {
      assert(head.includes(`\r\n${header}: `), `${header} is missing`);
    }
    assertEquals(await raw.read(), "", "the connection stays open");
    using next = await SocketClient.open(simulator, account);
    assertEquals(next.status, 101);
  });
}

Deno.test("a refusal may come with its body behind its head (C1-hs-429-usage-split)", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  account.faultAt("handshake", refusals.splitBody(USAGE, 60));
  using raw = await RawConnection.to(simulator);
  await raw.write(handshakeText(account));
  const head = await raw.read();
  assert(head.startsWith("HTTP/1.1 429 "), head);
  assert(head.endsWith("\r\n\r\n"), head);
  assertEquals(JSON.parse(await raw.read()).error.type, "usage_limit_reached");
});

Deno.test("a handshake may be reset, cut or never answered", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  account.faultAt("handshake", connectionReset());
  account.faultAt("handshake", cutAfter(0));
  account.faultAt("handshake", neverAnswers());
  await assertRejects(
    () => SocketClient.open(simulator, account),
    Deno.errors.ConnectionReset,
  );
  using cut = await SocketClient.open(simulator, account);
  assertEquals([cut.status, await cut.next()], [101, undefined]);

  using raw = await RawConnection.to(simulator);
  await raw.write(handshakeText(account));
  await simulator.waitFor((all) => all.length === 3);
  raw.close();
  await simulator.waitFor((all) => all[2]?.aborted === true);
  assertEquals(simulator.requests.map(({ finished }) => finished), [
    false,
    true,
    false,
  ]);
});

Deno.test("closeWith() at the handshake closes right behind the 101", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  account.faultAt("handshake", closeWith(1013, "later"));
  using client = await SocketClient.open(simulator, account);
  assertEquals(await client.next(), {
    kind: "close",
    close: { code: 1013, reason: "later" },
  });
});

Deno.test("extraHeaders() and wrongAcceptKey() change the 101", async () => {
  await using parts = await started();
  const { simulator, account } = parts;
  account.faultAt("handshake", extraHeaders([["openai-model", "gpt-other"]]));
  account.faultAt("handshake", wrongAcceptKey());
  using other = await SocketClient.open(simulator, account);
  assertEquals(other.header("openai-model"), "gpt-other");
  using wrong = await SocketClient.open(simulator, account);
  assertEquals(wrong.status, 101);
  assert(wrong.header("sec-websocket-accept") !== RIGHT_ANSWER);
});

function handshakeText(account: SimulatedAccount): string {
  return [
    "GET /backend-api/codex/responses HTTP/1.1",
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${KEY}`,
    `authorization: ${authorization(account).authorization}`,
    "",
    "",
  ].join("\r\n");
}

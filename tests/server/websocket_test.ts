/** Who is let in over a websocket, and with what. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { extraHeaders } from "../../lib/simulator/faults/faults.ts";
import { modelNotSupported } from "../../lib/simulator/faults/refusals.ts";
import { setImmediate } from "node:timers";
import { seeded } from "../support/random.ts";
import { Caller, said } from "../support/caller.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { exchange, type RawAnswer, rawRequest } from "../support/raw_http.ts";
import { silentRuntime } from "../support/silent_runtime.ts";

Deno.test("an SDK caller sees no header of upstream's", async () => {
  await using test = await startTestGateway({ websockets: true });
  using caller = await Caller.open(test, { headers: { originator: "sdk" } });
  assertEquals(caller.status, 101);
  assertEquals([...caller.headers.keys()].sort(), [
    "connection",
    "date",
    "sec-websocket-accept",
    "upgrade",
  ]);
});

Deno.test("upstream's headers are passed on, and no others", async () => {
  await using test = await startTestGateway({ websockets: true });
  test.account("a").faultAt(
    "handshake",
    extraHeaders([
      ["openai-new-header", "kept"],
      ["x-codex-new-header", "kept"],
      ["x-codex-primary-used-percent", "97"],
      ["x-codex-bengal-secondary-used-percent", "98"],
      ["x-other", "dropped"],
      ["server", "dropped"],
      ["sec-websocket-protocol-x", "dropped"],
      ["retry-after", "dropped"],
    ]),
  );
  using caller = await Caller.open(test, {
    headers: { "x-codex-routing-hint": "model=gpt-6.2-sol" },
  });
  const { headers } = caller;
  assertEquals(headers.get("openai-new-header"), "kept");
  assertEquals(headers.get("x-codex-new-header"), "kept");
  // The pool's, of which the first value is known; its own are left out.
  assertEquals(headers.get("x-codex-primary-used-percent"), "12");
  assertEquals(headers.get("x-codex-bengal-secondary-used-percent"), null);
  assertEquals(headers.get("openai-model"), "gpt-6.2-sol");
  assertEquals(headers.get("x-reasoning-included"), "true");
  assert(headers.get("x-request-id")?.startsWith("req-"));
  assert(headers.has("x-models-etag"));
  const names = [...headers.keys()].filter((name) =>
    !/^(x-codex-|openai-)/.test(name)
  );
  assertEquals(names.sort(), [
    "connection",
    "date",
    "sec-websocket-accept",
    "upgrade",
    "x-models-etag",
    "x-reasoning-included",
    "x-request-id",
  ]);
});

const FOREIGN: readonly [what: string, headers: Record<string, string>][] = [
  ["a foreign origin", { origin: "https://evil.example" }],
  ["a sandboxed page", { origin: "null" }],
  ["another port", { origin: "http://127.0.0.1:1" }],
  ["a page of another site", { "sec-fetch-site": "cross-site" }],
  ["a page of another port", { "sec-fetch-site": "same-site" }],
];

for (const [what, headers] of FOREIGN) {
  Deno.test(`${what} is not let in`, async () => {
    await using test = await startTestGateway({ websockets: true });
    using caller = await Caller.open(test, { headers });
    assertEquals(caller.status, 403);
    assertEquals(test.simulator.connections, []);
  });
}

Deno.test("a rebound name is not let in", async () => {
  await using test = await startTestGateway({ websockets: true });
  using caller = await Caller.open(test, { headers: { host: "evil.example" } });
  assertEquals(caller.status, 421);
  assertEquals(test.simulator.connections, []);
});

/** What is answered to a GET with these lines besides those of all callers. */
function ask(
  { gateway }: TestGateway,
  headers: readonly (readonly [name: string, value: string])[],
): Promise<RawAnswer> {
  const { host } = new URL(gateway.publicOrigin);
  return exchange(
    gateway.publicOrigin,
    rawRequest({
      target: "/v1/responses",
      headers: [["host", host], ["originator", "codex_exec"], ...headers],
    }),
  );
}

const NO_HANDSHAKES: readonly [what: string, headers: [string, string][]][] = [
  ["a plain GET", []],
  ["another protocol", [["upgrade", "h2c"], ["connection", "Upgrade"]]],
  ["an upgrade without a connection header", [
    ["upgrade", "websocket"],
    ["sec-websocket-version", "13"],
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ]],
  ["an upgrade without a key", [
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-version", "13"],
  ]],
];

for (const [what, headers] of NO_HANDSHAKES) {
  Deno.test(`${what} is answered with 426 and leaves nothing open`, async () => {
    await using test = await startTestGateway({ websockets: true });
    const answer = await ask(test, headers);
    assertEquals(answer.status, 426);
    assertEquals(answer.headers.get("upgrade"), "websocket");
    const { error } = JSON.parse(answer.body);
    assertMatch(error.message, /^upgrade required: /);
    assertEquals(error.code, "upgrade_required");
    assertEquals(error.type, "invalid_request_error");
    await test.simulator.waitFor(() =>
      test.simulator.connections.every(({ closed }) => closed)
    );
    await assertQuiet(test);
    assertEquals(test.log.filter(({ level }) => level === "error"), []);
  });
}

for (const version of [undefined, "8", "12", "13, 8", "013", "14"]) {
  Deno.test(`version ${version} of the protocol is told which one is spoken`, async () => {
    await using test = await startTestGateway({ websockets: true });
    const answer = await ask(test, [
      ["connection", "Upgrade"],
      ["upgrade", "websocket"],
      ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
      ...version === undefined
        ? []
        : [["sec-websocket-version", version] as const],
    ]);
    assertEquals(answer.status, 426);
    assertEquals(answer.headers.get("sec-websocket-version"), "13");
    assertEquals(answer.headers.get("upgrade"), "websocket");
    assertEquals(test.simulator.connections, []);
  });
}

Deno.test("a caller's own query and headers reach upstream", async () => {
  await using test = await startTestGateway({ websockets: true });
  using caller = await Caller.open(test, {
    path: "/v1/responses?x=%41",
    headers: { "session-id": "s-1", "x-new": "1", authorization: "Bearer no" },
  });
  assertEquals(said(await caller.turn()), "hello");
  const request = test.simulator.requests.find(({ method, target }) =>
    method === "GET" && target.includes("/responses")
  );
  assertEquals(request?.target, "/backend-api/codex/responses?x=%41");
  const headers = new Headers(
    request?.headers.map(([name, value]): [string, string] => [name, value]),
  );
  assertEquals(headers.get("session-id"), "s-1");
  assertEquals(headers.get("x-new"), "1");
  assertEquals(headers.get("openai-beta")?.includes("websockets"), true);
  assert(headers.get("authorization") !== "Bearer no");
});

Deno.test("what upstream says of the request is passed on", async () => {
  await using test = await startTestGateway({ websockets: true });
  test.account("a").faultAt("handshake", modelNotSupported("m"));
  using caller = await Caller.open(test);
  assertEquals(caller.status, 400);
  assert(caller.head.includes("The 'm' model is not supported"));
  await assertQuiet(test);
});

Deno.test("a stopping gateway lets nobody in", async () => {
  await using test = await startTestGateway({ websockets: true });
  using busy = await Caller.open(test);
  test.account("a").fault({ kind: "silence", after: 1, ms: Infinity });
  await busy.send({ type: "response.create", model: "m", input: [] });
  const stopped = test.gateway.stop(200);
  const late = await Caller.open(test).then(
    (caller) => {
      caller.cut();
      return caller.status;
    },
    () => 503,
  );
  assertEquals(late, 503);
  await stopped;
  await assertNobodyLeft(busy);
});

Deno.test("a caller that leaves before it is let in blames nobody", async () => {
  await using test = await startTestGateway({ websockets: true, warm: true });
  test.account("a").faultAt("handshake", { kind: "slow_head", ms: 60_000 });
  const opening = Caller.open(test, { headers: { connection: "Upgrade" } });
  await test.simulator.waitFor((requests) => requests.length > 0);
  await test.gateway.stop(0);
  const status = await opening.then((caller) => {
    caller.cut();
    return caller.status;
  }, () => 0);
  assert(status !== 200);
  const [request] = test.simulator.requests;
  assertEquals(request?.finished, false);
});

async function assertNobodyLeft(caller: Caller): Promise<void> {
  assertEquals((await caller.end())?.code, 1012);
}

Deno.test("an own origin, and one that a person let in, may come", async () => {
  await using test = await startTestGateway({
    websockets: true,
    flags: ["--allowed-origin=tauri://localhost"],
  });
  for (const origin of [test.gateway.publicOrigin, "tauri://localhost"]) {
    using caller = await Caller.open(test, { headers: { origin } });
    assertEquals(caller.status, 101, origin);
  }
  await assertNobodyBlamed(test);
});

Deno.test("callers that leave while they are let in leave nothing", async () => {
  await using test = await startTestGateway({ websockets: true, warm: true });
  const { host, port } = new URL(test.gateway.publicOrigin);
  const text = handshakeOf(host);
  const { int } = seeded(5);
  const one = async () => {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(port),
    });
    await connection.write(new TextEncoder().encode(text));
    // Turns of the event loop: before, while and after upstream is asked.
    for (let left = int(40); left > 0; left--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (let batch = 0; batch < 20; batch++) {
    await Promise.all(Array.from({ length: 8 }, one));
  }
  await test.simulator.waitFor(
    () => test.simulator.connections.every(({ closed }) => closed),
    5000,
  );
  await assertQuiet(test);
  await assertNobodyBlamed(test);
  assertEquals(test.log.filter(({ level }) => level === "error"), []);
});

Deno.test("a caller that leaves just as upstream says yes leaves nothing", async () => {
  let leave = () => {};
  const { connect } = silentRuntime();
  await using test = await startTestGateway({
    websockets: true,
    warm: true,
    runtime: {
      connect: async (request) => {
        const handshake = await connect(request);
        leave();
        return handshake;
      },
    },
  });
  const { host, port } = new URL(test.gateway.publicOrigin);
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(port),
  });
  leave = () => connection.close();
  await connection.write(new TextEncoder().encode(handshakeOf(host)));
  await test.simulator.waitFor(
    () => test.simulator.connections[0]?.closed !== undefined,
    3000,
  );
  await assertQuiet(test);
  await assertNobodyBlamed(test);
});

function handshakeOf(host: string): string {
  return rawRequest({
    target: "/v1/responses",
    headers: [
      ["host", host],
      ["originator", "codex_exec"],
      ["upgrade", "websocket"],
      ["connection", "Upgrade"],
      ["sec-websocket-version", "13"],
      ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ],
  });
}

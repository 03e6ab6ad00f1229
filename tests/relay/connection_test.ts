import { assertEquals } from "@std/assert";
import { CODEX_HEADERS, startTestGateway } from "../support/gateway.ts";
import { Caller } from "../support/caller.ts";
import { exchange } from "../support/raw_http.ts";

const DENIED: ReadonlyArray<[what: string, error: Error]> = [
  ["the runtime", new Deno.errors.NotCapable("Requires net access")],
  [
    "Node",
    new Error("proxy: getaddrinfo EPERM", {
      cause: Object.assign(new Error("EPERM"), { code: "EPERM" }),
    }),
  ],
];

for (const [who, error] of DENIED) {
  Deno.test(`a proxy out of bounds, as ${who} says it, means server-sent events`, async () => {
    await using test = await startTestGateway({
      runtime: { connect: () => Promise.reject(error) },
    });
    const { publicOrigin } = test.gateway;
    const headers = Object.entries(CODEX_HEADERS)
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const answer = await exchange(
      publicOrigin,
      `GET /v1/responses HTTP/1.1\r\nHost: ${new URL(publicOrigin).host}\r\n` +
        `Connection: Upgrade, close\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: SGVsbG9Xb3JsZDEyMzQ1Ng==\r\n${headers}\r\n`,
    );
    assertEquals(answer.status, 426);
    const { a } = await test.views();
    assertEquals([a?.["last_error"], a?.["in_flight_requests"]], [
      null,
      0,
    ]);
  });
}

Deno.test("a handshake carries no turn state that another account issued", async () => {
  await using test = await startTestGateway({ websockets: true });
  using caller = await Caller.open(test, {
    headers: { "x-codex-turn-state": "ts_of_somebody_else" },
  });
  assertEquals(caller.status, 101);
  const [connection] = test.simulator.connections;
  const names = connection?.headers.map(([name]) => name.toLowerCase());
  assertEquals(names?.includes("x-codex-turn-state"), false);
});

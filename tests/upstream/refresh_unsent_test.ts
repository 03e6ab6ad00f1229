/** Grants that never left this machine: the network is down, nobody is bad. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { OutgoingRequest } from "../../lib/runtime.ts";
import { freePort } from "../support/free_port.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { connectProxy, type Proxy, socksProxy } from "../support/proxies.ts";
import { sideFiles } from "../support/one_login.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { system } from "../support/system.ts";

const isGrant = ({ url }: OutgoingRequest) => url.pathname === "/oauth/token";

type Send = (request: OutgoingRequest) => Promise<Response>;

/** The same request to another address. */
function sentTo(change: (url: URL) => void): Send {
  return (request) => {
    const url = new URL(request.url);
    change(url);
    return system.fetch({ ...request, url });
  };
}

/** The same request by way of a proxy, to a host of TLS. */
function sentThrough(proxyUrl: string): Send {
  return async ({ method, headers, body, signal }) => {
    using client = Deno.createHttpClient({ proxy: { url: proxyUrl } });
    return await fetch("https://127.0.0.1/oauth/token", {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: body ?? null,
      signal,
      client,
    });
  };
}

/** Whether the auth server is asked for real, or `send` has its way. */
interface Network {
  isDown: boolean;
}

function gateway(send: Send, network: Network): Promise<TestGateway> {
  const fetch = (request: OutgoingRequest) =>
    isGrant(request) && network.isDown ? send(request) : system.fetch(request);
  return startTestGateway({ accounts: ["a", "b", "c"], runtime: { fetch } });
}

const WAYS: ReadonlyArray<[what: string, send: (proxy: Proxy) => Send]> = [
  [
    "its connections are refused",
    () => {
      const port = String(freePort());
      return sentTo((url) => void (url.port = port));
    },
  ],
  [
    "TLS fails",
    () => sentTo((url) => void (url.protocol = "https:")),
  ],
  [
    "it may not be asked",
    () => sentTo((url) => void (url.hostname = "auth.invalid")),
  ],
  [
    "the proxy is dead",
    () => sentThrough(`http://127.0.0.1:${freePort()}`),
  ],
  [
    "the proxy cannot find it",
    ({ port }) => sentThrough(`http://127.0.0.1:${port}`),
  ],
];

for (const [what, send] of WAYS) {
  Deno.test(`the auth server is away because ${what}: unreachable, nobody is blamed`, async () => {
    const refusal = "HTTP/1.1 502 Bad Gateway\r\n";
    await using proxy = connectProxy({ target: 1, refusal });
    await assertBlameless(send(proxy));
  });
}

Deno.test("the auth server is away because a SOCKS proxy cannot reach it: unreachable, nobody is blamed", async () => {
  await using proxy = socksProxy({ target: 1, refusal: "5" });
  await assertBlameless(sentThrough(`socks5://127.0.0.1:${proxy.port}`));
});

async function assertBlameless(send: Send): Promise<void> {
  const network = { isDown: true };
  await using test = await gateway(send, network);
  const refused = await test.turn();
  const { error } = await refused.json();
  assertEquals([refused.status, error.code], [503, "upstream_unreachable"]);
  await assertNobodyBlamed(test);
  // What was not sent needs no note: a later refusal has lost no answer.
  assertEquals(await sideFiles(test.dir), []);
  const metrics = await (await test.admin("/admin/metrics")).text();
  assertMatch(
    metrics,
    /^codaze_refreshes_total\{outcome="transport"\} [1-9]/m,
  );

  network.isDown = false;
  const answered = await test.turn();
  assertEquals(answered.status, 200);
  assertStringIncludes(await answered.text(), "response.completed");
  await assertQuiet(test);
}

Deno.test("a note of a lost answer outlives a grant that was not sent", async () => {
  const port = String(freePort());
  const network = { isDown: false };
  const send = sentTo((url) => void (url.port = port));
  await using test = await gateway(send, network);
  const refresh = async () => {
    const path = "/admin/accounts/a/refresh";
    const headers = { "content-type": "application/json" };
    const answer = await test.admin(path, { method: "POST", headers });
    assertEquals(answer.status, 502);
    await answer.body?.cancel();
  };
  test.account("a").faultAt("token", { kind: "reset" });
  await refresh();
  const left = await sideFiles(test.dir);
  assertEquals(left.length, 1);

  network.isDown = true;
  await refresh();
  assertEquals(await sideFiles(test.dir), left);
});

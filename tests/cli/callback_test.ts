import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  CALLBACK_PORTS,
  type CallbackListener,
  listenForCallback,
} from "../../lib/cli/login/callback.ts";
import { signedInPage } from "../../lib/cli/login/callback_page.ts";
import { exchange, rawRequest } from "../support/raw_http.ts";

const STATE = "nzFRuTnai0jueuZI055uSSpDSyQ4UuYEFATEnYOfyUg";

function startListener(...ports: readonly number[]): CallbackListener {
  const listening = listenForCallback({
    ports: ports.length === 0 ? [0] : ports,
    state: STATE,
  });
  assert(listening.ok);
  return listening.value;
}

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

async function get(
  listener: CallbackListener,
  path: string,
  init: RequestInit = {},
): Promise<Seen> {
  const url = `http://127.0.0.1:${listener.port}${path}`;
  // Who waits for a page that nobody gives fails, and does not hang.
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(url, { signal, ...init });
  const { status, headers } = answer;
  return { status, headers, text: await answer.text() };
}

function callback(query: Readonly<Record<string, string>>): string {
  return `/auth/callback?${new URLSearchParams(query)}`;
}

Deno.test("the ports are those of the official client", () => {
  assertEquals(CALLBACK_PORTS, [1455, 1457]);
});

Deno.test("a callback with the state arrives, and waits for its page", async () => {
  await using listener = startListener();
  assertEquals(
    listener.redirectUri,
    `http://127.0.0.1:${listener.port}/auth/callback`,
  );
  const seen = get(listener, callback({ code: "c0de", state: STATE }));
  const arrival = await listener.arrival;
  assert(arrival.kind === "code");
  assertEquals(arrival.code, "c0de");
  arrival.answer(signedInPage("Signed in as <b>&\"'"));

  const { status, text, headers } = await seen;
  assertEquals(status, 200);
  assertStringIncludes(text, "Signed in as &lt;b&gt;&amp;&quot;&#39;.");
  assert(!/<script|src=|href=|url\(|c0de/.test(text), text);
  const policy = headers.get("content-security-policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'; style-src 'unsafe-inline'");
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
});

Deno.test("a second callback is turned away, whatever the first became", async () => {
  await using listener = startListener();
  const first = get(listener, callback({ code: "one", state: STATE }));
  const arrival = await listener.arrival;
  assert(arrival.kind === "code");
  const during = await get(listener, callback({ code: "two", state: STATE }));
  assertEquals(during.status, 400);
  arrival.answer(signedInPage("Signed in"));
  assertEquals((await first).status, 200);
  const after = await get(listener, callback({ code: "one", state: STATE }));
  assertEquals(after.status, 400);
  assertEquals(await listener.arrival, arrival);
});

interface StrangeCase {
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  /** Whether the person is told. */
  readonly told?: boolean;
}

const GOOD = callback({ code: "c", state: STATE });

/** None of these may end or hijack a sign-in. */
const STRANGE: Readonly<Record<string, StrangeCase>> = {
  "no state": { path: callback({ code: "c" }), status: 400, told: true },
  "an empty state": {
    path: callback({ code: "c", state: "" }),
    status: 400,
    told: true,
  },
  "another state": {
    path: callback({ code: "c", state: STATE.replace("n", "m") }),
    status: 400,
    told: true,
  },
  "half the state": {
    path: callback({ code: "c", state: STATE.slice(0, 20) }),
    status: 400,
    told: true,
  },
  "two states": { path: `${GOOD}&state=x`, status: 400, told: true },
  "an error without the state": {
    path: callback({ error: "access_denied" }),
    status: 400,
    told: true,
  },
  "the state without a code": {
    path: callback({ state: STATE }),
    status: 400,
  },
  "two codes": { path: `${GOOD}&code=d`, status: 400 },
  "a foreign Origin": {
    path: GOOD,
    init: { headers: { origin: "https://evil.example" } },
    status: 403,
  },
  "the Origin of a sandboxed frame": {
    path: GOOD,
    init: { headers: { origin: "null" } },
    status: 403,
  },
  "an image of a page": {
    path: GOOD,
    init: { headers: { "sec-fetch-mode": "no-cors" } },
    status: 403,
  },
  "POST": { path: GOOD, init: { method: "POST" }, status: 404 },
  "HEAD": { path: GOOD, init: { method: "HEAD" }, status: 404 },
  "another path": { path: "/success?id_token=x", status: 404 },
  "a path below": { path: `/auth/callback/?state=${STATE}`, status: 404 },
  "a page that navigates to /cancel": {
    path: "/cancel",
    init: {
      headers: { "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site" },
    },
    status: 403,
  },
  "a page that posts to /cancel": {
    path: "/cancel",
    init: { method: "POST" },
    status: 404,
  },
};

for (
  const [what, { path, init = {}, status, told }] of Object.entries(STRANGE)
) {
  Deno.test(`${what} is answered with ${status} and ends nothing`, async () => {
    await using listener = startListener();
    let isTold = false;
    void listener.stranger.then(() => isTold = true);
    assertEquals((await get(listener, path, init)).status, status);
    assertEquals(isTold, told ?? false);

    const seen = get(listener, callback({ code: "right", state: STATE }));
    const arrival = await listener.arrival;
    assert(arrival.kind === "code");
    assertEquals(arrival.code, "right");
    arrival.answer(signedInPage("Signed in"));
    assertEquals((await seen).status, 200);
  });
}

const HOSTS: ReadonlyArray<[(port: number) => string, number]> = [
  [(port) => `127.0.0.1:${port}`, 400],
  [(port) => `localhost:${port}`, 400],
  [() => "127.0.0.1", 403],
  [() => "localhost", 403],
  [(port) => `evil.example:${port}`, 403],
  [(port) => `127.0.0.1:${port - 1}`, 403],
  [(port) => `LOCALHOST:${port}`, 403],
];

for (const [hostOf, status] of HOSTS) {
  Deno.test(`Host "${hostOf(1455)}" on port 1455 is answered with ${status}`, async () => {
    await using listener = startListener();
    const seen = await exchange(
      `http://127.0.0.1:${listener.port}`,
      rawRequest({
        target: "/auth/callback",
        headers: [["host", hostOf(listener.port)]],
      }),
    );
    assertEquals(seen.status, status);
  });
}

/** Written as they stand; none may bring the listener down. */
const ODD: ReadonlyArray<[target: string, status: number]> = [
  ["*", 400],
  ["//", 404],
  ["//evil.example/auth/callback", 404],
  ["http://evil.example/auth/callback?state=x", 400],
  ["/auth/callback?%", 400],
  ["/auth/callback?state=%ff%00", 400],
  [`/auth/callback?state=${"x".repeat(8000)}`, 400],
  ["/auth/./callback", 400],
];

for (const [target, status] of ODD) {
  Deno.test(`GET ${target.slice(0, 40)} is answered with ${status}`, async () => {
    await using listener = startListener();
    const origin = `http://127.0.0.1:${listener.port}`;
    const headers = [["host", `127.0.0.1:${listener.port}`]] as const;
    const seen = await exchange(origin, rawRequest({ target, headers }));
    assertEquals(seen.status, status);
  });
}

const REFUSED: ReadonlyArray<[Record<string, string>, string]> = [
  [{ error: "access_denied" }, "access_denied"],
  [{ error: "access_denied", error_description: "No." }, "No."],
  [{ error: "access_denied", error_description: " " }, "access_denied"],
  [{ error: "server_error", code: "c" }, "server_error"],
];

for (const [query, reason] of REFUSED) {
  Deno.test(`${new URLSearchParams(query)} with the state is a refusal`, async () => {
    await using listener = startListener();
    const path = callback({ ...query, state: STATE });
    const { status, text } = await get(listener, path);
    assertEquals(status, 403);
    assertStringIncludes(text, "refused");
    assertEquals(await listener.arrival, { kind: "refused", reason });
    const late = callback({ code: "c", state: STATE });
    assertEquals((await get(listener, late)).status, 400);
  });
}

Deno.test("/cancel as the official client sends it asks for the port", async () => {
  await using listener = startListener();
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: listener.port,
  });
  const request = "GET /cancel HTTP/1.1\r\n" +
    `Host: 127.0.0.1:${listener.port}\r\nConnection: close\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request));
  assertEquals(await listener.arrival, { kind: "port_wanted" });
});

Deno.test("a taken port is passed over, and given back at the end", async () => {
  const first = startListener();
  const second = startListener(first.port, 0);
  assert(second.port !== first.port);
  const both = listenForCallback({
    ports: [first.port, second.port],
    state: STATE,
  });
  assertEquals(both, {
    ok: false,
    error:
      `Cannot listen on 127.0.0.1:${first.port} and 127.0.0.1:${second.port}: taken; end the other sign-in, or run codaze login --device`,
  });
  await second[Symbol.asyncDispose]();
  const { port } = first;
  await first[Symbol.asyncDispose]();
  await using third = startListener(port);
  assertEquals(third.port, port);
});

Deno.test("a browser that waits for its page is answered when all is over", async () => {
  const listener = startListener();
  const seen = get(listener, callback({ code: "c", state: STATE }));
  await listener.arrival;
  await listener[Symbol.asyncDispose]();
  assertEquals((await seen).status, 400);
});

const SIGN_IN = new URL("https://auth.example.test/authorize?state=x");

Deno.test("the short address leads to the sign-in, until that is over", async () => {
  await using listener = startListener();
  const asked = { redirect: "manual" } as const;
  assertEquals((await get(listener, "/", asked)).status, 400);
  listener.leadTo(SIGN_IN);
  const led = await get(listener, "/", asked);
  assertEquals([led.status, led.headers.get("location")], [302, SIGN_IN.href]);
  for (const site of ["cross-site", "same-site", "same-origin"]) {
    const headers = { "sec-fetch-site": site };
    const refused = await get(listener, "/", { ...asked, headers });
    assertEquals([refused.status, refused.headers.get("location")], [
      403,
      null,
    ]);
  }
  assert(listener.paste(pasted(listener)));
  assertEquals((await get(listener, "/", asked)).status, 400);
});

function pasted(
  { redirectUri }: CallbackListener,
  query: Readonly<Record<string, string>> = { code: "c0de", state: STATE },
): string {
  return `${redirectUri}?${new URLSearchParams(query)}`;
}

Deno.test("the pasted address of a callback arrives like a browser", async () => {
  await using listener = startListener();
  const strange = [
    "",
    "c0de",
    "https://chatgpt.com/",
    `${listener.start}?code=c0de&state=${STATE}`,
    pasted(listener, { code: "c0de", state: "another" }),
    pasted(listener, { code: "c0de" }),
    pasted(listener, { state: STATE }),
  ];
  for (const text of strange) assertEquals(listener.paste(text), false, text);
  assertEquals(listener.isOver, false);
  // The browser may be told another name of this machine.
  const text = pasted(listener).replace("127.0.0.1", "localhost");
  assertEquals(listener.paste(text), true);
  const arrival = await listener.arrival;
  assert(arrival.kind === "code");
  assertEquals(arrival.code, "c0de");
  assertEquals(listener.paste(text), false);
});

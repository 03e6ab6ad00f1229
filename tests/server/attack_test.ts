import { once } from "node:events";
import { connect } from "node:http2";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { exchange, type RawAnswer, rawRequest } from "../support/raw_http.ts";

type Header = readonly [name: string, value: string];
type Port = "public" | "admin";

const PORTS: readonly Port[] = ["public", "admin"];

/** A harmless path of each port. */
const PATH = { public: "/health", admin: "/admin/accounts" } as const;

function originOf({ gateway }: TestGateway, port: Port): string {
  return port === "public" ? gateway.publicOrigin : gateway.adminOrigin;
}

/** Whatever was sent: no page may read the answer, and the server lives on. */
async function assertStands(
  test: TestGateway,
  port: Port,
  answer: RawAnswer,
): Promise<void> {
  const cors = [...answer.headers.keys()].filter((name) =>
    name.startsWith("access-control-")
  );
  assertEquals(cors, []);
  const next = await fetch(originOf(test, port) + PATH[port]);
  await next.body?.cancel();
  assertEquals(next.status, 200);
}

/** `HOST` and `PORT` stand for the listener's own. */
const REQUESTS: ReadonlyArray<
  [what: string, headers: readonly Header[], status: number]
> = [
  ["our own Host", [["host", "HOST"]], 200],
  ["localhost", [["host", "localhost:PORT"]], 200],
  ["[::1]", [["host", "[::1]:PORT"]], 200],
  ["space around the Host", [["host", "  HOST \t"]], 200],
  ["no Host", [], 421],
  ["an empty Host", [["host", ""]], 421],
  ["a foreign Host", [["host", "evil.example"]], 421],
  ["a foreign Host on our port", [["host", "evil.example:PORT"]], 421],
  ["a rebinding name", [["host", "127.0.0.1.nip.io:PORT"]], 421],
  ["a Host without the port", [["host", "127.0.0.1"]], 421],
  ["localhost without the port", [["host", "localhost"]], 421],
  ["the wrong port", [["host", "127.0.0.1:1"]], 421],
  ["a longer port", [["host", "HOST0"]], 421],
  ["upper case", [["host", "LOCALHOST:PORT"]], 421],
  ["a trailing dot", [["host", "localhost.:PORT"]], 421],
  ["another loopback address", [["host", "127.0.0.2:PORT"]], 421],
  ["any address", [["host", "0.0.0.0:PORT"]], 421],
  ["bare IPv6", [["host", "::1:PORT"]], 421],
  ["long IPv6", [["host", "[0:0:0:0:0:0:0:1]:PORT"]], 421],
  ["mapped IPv4", [["host", "[::ffff:127.0.0.1]:PORT"]], 421],
  ["a number for an address", [["host", "2130706433:PORT"]], 421],
  ["a user part", [["host", "me@HOST"]], 421],
  ["two Hosts", [["host", "HOST"], ["host", "evil.example"]], 400],
  ["a list of Hosts", [["host", "HOST, evil.example"]], 421],
  ["X-Forwarded-Host", [["host", "HOST"], ["x-forwarded-host", "e"]], 200],
  [
    "X-Forwarded-Host for a foreign Host",
    [["host", "evil.example"], ["x-forwarded-host", "HOST"]],
    421,
  ],
  ["our own origin", [["host", "HOST"], ["origin", "http://HOST"]], 200],
  ["a foreign Origin", [["host", "HOST"], ["origin", "https://e.test"]], 403],
  ["Origin null", [["host", "HOST"], ["origin", "null"]], 403],
  ["an empty Origin", [["host", "HOST"], ["origin", ""]], 403],
  [
    "our origin with https",
    [["host", "HOST"], ["origin", "https://HOST"]],
    403,
  ],
  [
    "our other name as origin",
    [["host", "HOST"], ["origin", "http://localhost:PORT"]],
    403,
  ],
  [
    "another port of this machine",
    [["host", "HOST"], ["origin", "http://127.0.0.1:1"]],
    403,
  ],
  [
    "an origin that begins like ours",
    [["host", "HOST"], ["origin", "http://HOST.evil.example"]],
    403,
  ],
  [
    "two origins",
    [["host", "HOST"], ["origin", "http://HOST"], ["origin", "null"]],
    403,
  ],
  [
    "a foreign Origin and Host alike",
    [["host", "evil.example:PORT"], ["origin", "http://evil.example:PORT"]],
    421,
  ],
  ...(["cross-site", "same-site", "", "Same-Origin", "same-origin, none"]
    .map((site): [string, readonly Header[], number] => [
      `Sec-Fetch-Site "${site}"`,
      [["host", "HOST"], ["sec-fetch-site", site]],
      403,
    ])),
  ...(["same-origin", "none"].map((site): [
    string,
    readonly Header[],
    number,
  ] => [
    `Sec-Fetch-Site "${site}"`,
    [["host", "HOST"], ["sec-fetch-site", site]],
    200,
  ])),
  [
    "our own origin from another site",
    [
      ["host", "HOST"],
      ["origin", "http://HOST"],
      ["sec-fetch-site", "cross-site"],
    ],
    403,
  ],
  [
    "a websocket of a foreign page",
    [
      ["host", "HOST"],
      ["origin", "https://evil.example"],
      ["connection", "Upgrade"],
      ["upgrade", "websocket"],
      ["sec-websocket-version", "13"],
      ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ],
    403,
  ],
  [
    "200 headers",
    [
      ["host", "HOST"],
      ...Array.from({ length: 200 }, (_, i): Header => [`x-${i}`, "y"]),
    ],
    400,
  ],
];

for (const port of PORTS) {
  Deno.test(`the ${port} port: Host, Origin and Sec-Fetch-Site`, async (t) => {
    await using test = await startTestGateway();
    const origin = new URL(originOf(test, port));
    for (const [what, headers, status] of REQUESTS) {
      await t.step(`${what} gets ${status}`, async () => {
        const text = rawRequest({
          target: PATH[port],
          headers: headers.map(([name, value]) => [
            name,
            value.replace("HOST", origin.host).replace("PORT", origin.port),
          ]),
        });
        const answer = await exchange(origin.href, text);
        assertEquals(answer.status, status, answer.body);
        if (status === 421 || status === 403) {
          assert(JSON.parse(answer.body).error.message, answer.body);
          assert(!answer.body.includes(test.dir));
        }
        await assertStands(test, port, answer);
      });
    }
  });

  Deno.test(`the ${port} port: odd requests`, async (t) => {
    await using test = await startTestGateway();
    const origin = new URL(originOf(test, port));
    const path = PATH[port];
    const host: Header = ["host", origin.host];
    const json: Header = ["content-type", "application/json"];
    const long = "a".repeat(70_000);
    const cases: ReadonlyArray<[what: string, text: string, status: number]> = [
      [
        "HEAD",
        rawRequest({ method: "HEAD", target: path, headers: [host] }),
        200,
      ],
      ...["OPTIONS", "TRACE", "PUT", "PATCH", "FOO"].map((
        method,
      ): [string, string, number] => [
        method,
        rawRequest({ method, target: path, headers: [host] }),
        405,
      ]),
      [
        "OPTIONS *",
        rawRequest({ method: "OPTIONS", target: "*", headers: [host] }),
        404,
      ],
      [
        "a preflight",
        rawRequest({
          method: "OPTIONS",
          target: path,
          headers: [
            host,
            ["origin", "https://evil.example"],
            ["access-control-request-method", "POST"],
            ["access-control-request-private-network", "true"],
          ],
        }),
        403,
      ],
      [
        "CONNECT",
        rawRequest({
          method: "CONNECT",
          target: "evil.example:443",
          headers: [host],
        }),
        421,
      ],
      [
        "HTTP/1.0 without Host",
        rawRequest({ target: path, version: "HTTP/1.0" }),
        421,
      ],
      [
        "HTTP/1.0 with ours",
        rawRequest({ target: path, version: "HTTP/1.0", headers: [host] }),
        200,
      ],
      [
        "a URL of 70 KB",
        rawRequest({ target: `/${long}`, headers: [host] }),
        400,
      ],
      [
        "a header of 70 KB",
        rawRequest({ target: path, headers: [host, ["x", long]] }),
        400,
      ],
      [
        "a whole URL of ours",
        rawRequest({ target: `${origin.origin}${path}`, headers: [host] }),
        200,
      ],
      ...[
        "http://evil.example",
        "HTTP://EVIL.example:80",
        `http://evil.example:${origin.port}`,
        `http://me@${origin.host}`,
        `https://evil.example`,
        `http://localhost.:${origin.port}`,
      ].map((foreign): [string, string, number] => [
        `a whole URL that begins with ${foreign}`,
        rawRequest({ target: `${foreign}${path}`, headers: [host] }),
        421,
      ]),
      [
        "a whole URL of ours for a foreign Host",
        rawRequest({
          target: `${origin.origin}${path}`,
          headers: [["host", "evil.example"]],
        }),
        421,
      ],
      [
        "a path that looks like a host",
        rawRequest({ target: `//evil.example${path}`, headers: [host] }),
        404,
      ],
      [
        "bytes that are no UTF-8",
        rawRequest({ target: "/\xff\xfe", headers: [host] }),
        400,
      ],
      [
        "a space in the path",
        rawRequest({ target: `${path} x`, headers: [host] }),
        400,
      ],
      ["no HTTP at all", "hello\r\n\r\n", 400],
      ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400],
      [
        "length and chunks at once",
        rawRequest({
          method: "POST",
          target: path,
          headers: [host, json, ["content-length", "5"], [
            "transfer-encoding",
            "chunked",
          ]],
          body: "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
        }),
        400,
      ],
      [
        "two lengths",
        rawRequest({
          method: "POST",
          target: path,
          headers: [host, json, ["content-length", "2"], [
            "content-length",
            "3",
          ]],
          body: "{} ",
        }),
        400,
      ],
      [
        "a length below zero",
        rawRequest({
          method: "POST",
          target: path,
          headers: [host, json, ["content-length", "-1"]],
        }),
        400,
      ],
      [
        "chunks by another name",
        rawRequest({
          method: "POST",
          target: path,
          headers: [host, json, ["transfer-encoding", "xchunked"]],
          body: "0\r\n\r\n",
        }),
        400,
      ],
      [
        "a folded header",
        `GET ${path} HTTP/1.1\r\nhost: ${origin.host}\r\nx: a\r\n b\r\n\r\n`,
        400,
      ],
      [
        "a space before the colon",
        `GET ${path} HTTP/1.1\r\nhost : ${origin.host}\r\n\r\n`,
        400,
      ],
    ];
    for (const [what, text, status] of cases) {
      await t.step(`${what} gets ${status}`, async () => {
        const answer = await exchange(origin.href, text);
        assertEquals(answer.status, status, answer.body);
        await assertStands(test, port, answer);
      });
    }
    assertEquals(test.simulator.requests.length, 0);
  });
}

/** The page, and what it shows: no other page may have them. */
const PAGE_PATHS = [
  "/",
  "/admin",
  "/admin/page.css",
  "/admin/page.js",
  "/admin/view",
  "/admin/events",
] as const;

Deno.test("the page and its events are for no other origin", async (t) => {
  await using test = await startTestGateway();
  const origin = new URL(test.gateway.adminOrigin);
  const other = "http://127.0.0.1:1";
  const rows: ReadonlyArray<
    [what: string, headers: readonly Header[], status: number]
  > = [
    ["a rebinding name", [["host", "evil.example"]], 421],
    ["a foreign origin", [["host", "HOST"], ["origin", other]], 403],
    ["a frame", [["host", "HOST"], ["sec-fetch-site", "cross-site"], [
      "sec-fetch-dest",
      "iframe",
    ]], 403],
    ["a link", [["host", "HOST"], ["sec-fetch-site", "cross-site"], [
      "sec-fetch-mode",
      "navigate",
    ]], 403],
    ["another port", [["host", "HOST"], ["sec-fetch-site", "same-site"]], 403],
  ];
  for (const path of PAGE_PATHS) {
    for (const [what, headers, status] of rows) {
      await t.step(`${path} for ${what} gets ${status}`, async () => {
        const text = rawRequest({
          target: path,
          headers: headers.map(([name, value]) => [
            name,
            value.replace("HOST", origin.host),
          ]),
        });
        const answer = await exchange(origin.href, text);
        assertEquals(answer.status, status, answer.body);
        await assertStands(test, "admin", answer);
      });
    }
  }
});

Deno.test("the public port has no page", async () => {
  await using test = await startTestGateway();
  for (const path of PAGE_PATHS) {
    const answer = await fetch(test.url(path));
    await answer.body?.cancel();
    assertEquals(answer.status, 404, path);
  }
});

Deno.test("--allowed-host and --allowed-origin open the public port only", async (t) => {
  await using test = await startTestGateway({
    flags: [
      "--allowed-host=tunnel.example",
      "--allowed-host=tunnel.example:8443",
      "--allowed-origin=https://app.example",
    ],
  });
  const rows: ReadonlyArray<
    [host: string, headers: readonly Header[], number]
  > = [
    ["tunnel.example", [], 200],
    ["tunnel.example:8443", [], 200],
    ["tunnel.example:1", [], 421],
    ["xtunnel.example", [], 421],
    ["tunnel.example.evil.example", [], 421],
    ["OWN", [["origin", "https://app.example"]], 200],
    [
      "OWN",
      [["origin", "https://app.example"], ["sec-fetch-site", "cross-site"]],
      200,
    ],
    ["OWN", [["origin", "http://app.example"]], 403],
    ["OWN", [["origin", "https://app.example:8443"]], 403],
    ["OWN", [["origin", "https://app.example.evil.example"]], 403],
    ["evil.example", [["origin", "https://app.example"]], 421],
  ];
  for (const [name, headers, status] of rows) {
    const shown = `${name} ${headers.map(([, value]) => value)}`;
    await t.step(`${shown} gets ${status}`, async () => {
      for (const port of PORTS) {
        const origin = new URL(originOf(test, port));
        const host = name === "OWN" ? origin.host : name;
        const answer = await exchange(
          origin.href,
          rawRequest({
            target: PATH[port],
            headers: [["host", host], ...headers],
          }),
        );
        const refused = name === "OWN" ? 403 : 421;
        assertEquals(answer.status, port === "public" ? status : refused);
        await assertStands(test, port, answer);
      }
    });
  }
});

/** What the refusal says would let the request in; null: nothing would. */
const HINTS: ReadonlyArray<[name: string, value: string, hint: string | null]> =
  [
    ["host", "gw.example:1", "--allowed-host gw.example:1"],
    ["host", "Gw.Example", null],
    ["host", "gw.example;reboot", null],
    ["host", "", null],
    ["origin", "https://app.example", "--allowed-origin https://app.example"],
    ["origin", "tauri://localhost", "--allowed-origin tauri://localhost"],
    ["origin", "null", null],
    ["origin", "https://a.example;reboot", null],
  ];

for (const [name, value, hint] of HINTS) {
  Deno.test(`the refusal of ${name} "${value}" names ${hint}`, async () => {
    await using test = await startTestGateway();
    for (const port of PORTS) {
      const origin = new URL(originOf(test, port));
      const headers: Header[] = [[name, value]];
      if (name !== "host") headers.unshift(["host", origin.host]);
      const text = rawRequest({ target: PATH[port], headers });
      const { body } = await exchange(origin.href, text);
      const { message } = JSON.parse(body).error;
      const named = hint !== null && port === "public";
      assertEquals(message.includes("start with"), named, message);
      if (named) assertStringIncludes(message, `start with ${hint}`);
      assertStringIncludes(message, `"${value}"`);
    }
    if (hint === null) return;
    // And it does.
    const [flag = "", wanted = ""] = hint.split(" ");
    await using open = await startTestGateway({ flags: [`${flag}=${wanted}`] });
    const origin = new URL(open.gateway.publicOrigin);
    const headers: Header[] = [[name, value]];
    if (name !== "host") headers.unshift(["host", origin.host]);
    const text = rawRequest({ target: "/health", headers });
    assertEquals((await exchange(origin.href, text)).status, 200);
  });
}

/** Requests that change something, as a page or a program would send them. */
const CHANGES: ReadonlyArray<
  [what: string, headers: readonly Header[], body: string, ok: boolean]
> = [
  ["no type and no body", [], "", false],
  ["no type and length 0", [["content-length", "0"]], "", false],
  ["text", [["content-type", "text/plain"]], '{"refresh_token":"x"}', false],
  [
    "a form",
    [["content-type", "application/x-www-form-urlencoded"]],
    "refresh_token=x",
    false,
  ],
  [
    "a multipart form",
    [["content-type", "multipart/form-data; boundary=b"]],
    "--b--",
    false,
  ],
  [
    "text that names JSON",
    [["content-type", "text/plain; x=application/json"]],
    "{}",
    false,
  ],
  [
    "two types",
    [["content-type", "text/plain"], ["content-type", "application/json"]],
    "{}",
    false,
  ],
  ["JSON of no type", [], '{"refresh_token":"x"}', false],
  ["our header with a body", [["x-codaze-cli", "1"]], "{}", false],
  [
    "our header with text",
    [["x-codaze-cli", "1"], ["content-type", "text/plain"]],
    "",
    false,
  ],
  ["our header and no body", [["x-codaze-cli", "1"]], "", true],
  ["JSON", [["content-type", "application/json"]], "{}", true],
  ["JSON in capitals", [["content-type", "Application/JSON; a=b"]], "{}", true],
  ["JSON without a body", [["content-type", "application/json"]], "", true],
];

Deno.test("a plain form cannot change anything", async (t) => {
  await using test = await startTestGateway();
  const origin = new URL(test.gateway.adminOrigin);
  for (const [what, headers, body, ok] of CHANGES) {
    await t.step(`${what} is ${ok ? "let in" : "refused"}`, async () => {
      const send = (target: string) => {
        const length: Header[] = body === ""
          ? []
          : [["content-length", String(body.length)]];
        return exchange(
          origin.href,
          rawRequest({
            method: "POST",
            target,
            headers: [["host", origin.host], ...headers, ...length],
            body,
          }),
        );
      };
      for (const target of ["wake", "a/wake", "a/refresh"]) {
        const answer = await send(`/admin/accounts/${target}`);
        assertEquals(answer.status, ok ? 200 : 415, answer.body);
      }
      const imported = await send("/admin/accounts/import");
      if (!ok) assertEquals(imported.status, 415);
      // Let in, it is still not an account.
      else assert([400, 415].includes(imported.status), imported.body);
    });
  }
  assertEquals(Object.keys(await test.views()), ["a"]);
});

Deno.test("the admin port's answers are kept nowhere and taken for nothing else", async () => {
  await using test = await startTestGateway();
  const { host } = new URL(test.gateway.adminOrigin);
  const cases: ReadonlyArray<[status: number, text: string]> = [
    ...["/admin/accounts", "/admin/status", "/admin/metrics"].map((
      target,
    ): [number, string] => [
      200,
      rawRequest({ target, headers: [["host", host]] }),
    ]),
    [404, rawRequest({ target: "/nothing", headers: [["host", host]] })],
    [
      405,
      rawRequest({
        method: "PUT",
        target: "/admin/status",
        headers: [["host", host]],
      }),
    ],
    [
      421,
      rawRequest({ target: "/admin/status", headers: [["host", "e.test"]] }),
    ],
    [
      415,
      rawRequest({
        method: "POST",
        target: "/admin/accounts/wake",
        headers: [["host", host]],
      }),
    ],
  ];
  for (const [status, text] of cases) {
    const { headers, status: got } = await exchange(
      test.gateway.adminOrigin,
      text,
    );
    assertEquals(got, status);
    assertEquals(headers.get("cache-control"), "no-store", text);
    assertEquals(headers.get("x-content-type-options"), "nosniff", text);
  }
});

Deno.test("HTTP/2 with a foreign authority is not let in by a Host of ours", async () => {
  await using test = await startTestGateway();
  for (const port of PORTS) {
    const origin = new URL(originOf(test, port));
    const ask = (authority: string, host: string) =>
      statusOverHttp2(origin.origin, {
        ":authority": authority,
        ":path": PATH[port],
        host,
      });
    assertEquals(await ask(origin.host, origin.host), 200);
    assertEquals(await ask("evil.example", origin.host), 421);
    assertEquals(await ask(origin.host, "evil.example"), 421);
  }
});

/** With prior knowledge, as the port has no TLS. */
async function statusOverHttp2(
  origin: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const session = connect(origin);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const stream = session.request(headers);
  stream.on("response", ({ ":status": status }) => resolve(Number(status)));
  stream.on("error", reject);
  try {
    return await promise;
  } finally {
    stream.resume();
    await once(stream, "close");
    session.close();
    await once(session, "close");
  }
}

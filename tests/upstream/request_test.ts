import { assert, assertEquals, assertGreater } from "@std/assert";
import type { PreparedRequest } from "../../lib/downstream/prepared.ts";
import {
  decodeZstd,
  decodeZstdInTurns,
  encodeZstd,
} from "../../lib/protocol/zstd/zstd.ts";
import {
  buildHandshake,
  buildRequest,
  type UpstreamRequest,
} from "../../lib/upstream/request.ts";
import captured from "../fixtures/captures/requests-0.171.0.json" with {
  type: "json",
};
import { seeded } from "../support/random.ts";
import { startTestGateway } from "../support/gateway.ts";
import { body, credential, INSTALLATION_ID, prepared } from "./support.ts";

const UPSTREAM = new URL("http://127.0.0.1:1/backend-api/codex");

function build(
  request: PreparedRequest,
  more: { cookie?: string; claims?: Parameters<typeof credential>[0] } = {},
): Promise<UpstreamRequest> {
  return Promise.resolve(buildRequest(request, {
    secrets: [],
    upstream: UPSTREAM,
    credential: credential(more.claims),
    cookie: more.cookie,
  }));
}

function value(attempt: UpstreamRequest, name: string): string | undefined {
  return attempt.headers.find(([other]) => other === name)?.[1];
}

/** Names in the order of the captures. */
const ORDERS: ReadonlyArray<
  [endpoint: PreparedRequest["endpoint"], names: readonly string[]]
> = [
  ["responses", [
    "version",
    "x-openai-account-routing-override",
    "x-codex-beta-features",
    "x-codex-turn-state",
    "x-codex-window-id",
    "x-codex-turn-metadata",
    "x-codex-parent-thread-id",
    "x-openai-subagent",
    "x-openai-internal-codex-responses-lite",
    "x-codex-routing-hint",
    "x-client-request-id",
    "session-id",
    "thread-id",
    "accept",
    "content-encoding",
    "content-type",
    "authorization",
    "chatgpt-account-id",
    "x-openai-fedramp",
    "originator",
    "user-agent",
    "accept-encoding",
    "cookie",
  ]],
  ["alpha/search", [
    "version",
    "x-codex-turn-metadata",
    "authorization",
    "chatgpt-account-id",
    "x-openai-fedramp",
    "content-type",
    "originator",
    "user-agent",
    "accept",
    "accept-encoding",
    "cookie",
  ]],
  ["images/generations", [
    "version",
    "x-codex-image-turn-id",
    "x-codex-turn-metadata",
    "authorization",
    "chatgpt-account-id",
    "x-openai-fedramp",
    "content-type",
    "originator",
    "user-agent",
    "accept",
    "accept-encoding",
    "cookie",
  ]],
  ["models", [
    "version",
    "authorization",
    "chatgpt-account-id",
    "x-openai-fedramp",
    "originator",
    "user-agent",
    "accept",
    "accept-encoding",
    "cookie",
  ]],
];

/** What the attempt itself says; the rest comes from the caller. */
const OWN = new Set([
  "authorization",
  "chatgpt-account-id",
  "content-encoding",
  "cookie",
  "x-openai-fedramp",
]);

for (const [endpoint, names] of ORDERS) {
  Deno.test(`${endpoint}: headers stand as in the captures`, async () => {
    const random = seeded(3);
    for (let round = 0; round < 20; round++) {
      const headers = names.filter((name) => !OWN.has(name))
        .map((name): [string, string] => [name, "{}"])
        .sort(() => random.int(3) - 1);
      const attempt = await build(
        prepared({
          endpoint,
          headers,
          ...endpoint === "models" ? { body: undefined } : {},
        }),
        { cookie: "c=1", claims: { fedramp: true } },
      );
      const sent = attempt.headers.map(([name]) => name);
      assertEquals(sent, names);
      assertEquals(attempt.method, endpoint === "models" ? "GET" : "POST");
    }
  });
}

/** Requests of 0.171.0, each a head as it stood on the wire. */
const CAPTURED: ReadonlyArray<
  [endpoint: PreparedRequest["endpoint"], capture: keyof typeof captured]
> = [
  ["responses", "B2b-realhosts-sse-h1"],
  ["responses", "B2e-sse-multi-turn-cookies-h1"],
  ["models", "B2b-realhosts-sse-h1, models"],
  ["alpha/search", "F2-websearch-image-chatgpt, search"],
  ["images/generations", "F2-websearch-image-chatgpt, image"],
];

for (const [endpoint, capture] of CAPTURED) {
  Deno.test(`${endpoint}: the lines of ${capture} go out in their order`, async () => {
    const lines = captured[capture].split("\r\n").slice(1)
      .map((line): [string, string] => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      })
      // Written by whoever sends it.
      .filter(([name]) => name !== "host" && name !== "content-length");
    const names = lines.map(([name]) => name);
    const attempt = await build(
      prepared({
        endpoint,
        headers: lines.filter(([name]) => !OWN.has(name)).toReversed(),
        ...endpoint === "models" ? { body: undefined } : {},
      }),
      names.includes("cookie") ? { cookie: "c=1" } : {},
    );
    assertEquals(attempt.headers.map(([name]) => name), names);
    assertEquals(value(attempt, "accept-encoding"), "zstd,gzip");
  });
}

Deno.test("a handshake says nothing of encodings, as the official client's", () => {
  const headers: [string, string][] = [
    ["accept-encoding", "zstd,gzip"],
    ["user-agent", "u"],
  ];
  const { headers: sent } = buildHandshake(prepared({ headers }), {
    secrets: [],
    upstream: UPSTREAM,
    credential: credential(),
    cookie: undefined,
  });
  const names = sent.map(([name]) => name);
  assertEquals(names.includes("user-agent"), true);
  assertEquals(names.includes("accept-encoding"), false);
});

Deno.test("headers of a new client version stand where extra ones do", async () => {
  const headers = [["user-agent", "u"], ["x-brand-new", "1"], ["version", "9"]];
  const attempt = await build(
    prepared({ headers: headers as [string, string][] }),
  );
  assertEquals(
    attempt.headers.map(([name]) => name),
    [
      "version",
      "x-brand-new",
      "content-encoding",
      "authorization",
      "chatgpt-account-id",
      "user-agent",
    ],
  );
});

Deno.test("the wire carries the headers in that order", async () => {
  await using test = await startTestGateway({ warm: true });
  const [, names = []] = ORDERS[0] ?? [];
  const own = new Set([
    ...OWN,
    "x-openai-account-routing-override",
    "x-codex-turn-state",
  ]);
  const headers = Object.fromEntries(
    names.filter((name) => !own.has(name)).map((name) => [name, "x"]),
  );
  await (await test.turn({}, {
    headers: {
      ...headers,
      originator: "codex_exec",
      accept: "text/event-stream",
      "content-type": "application/json",
    },
  })).text();
  const [request] = test.simulator.requests;
  const sent = request?.headers.map(([name]) => name) ?? [];
  assertEquals(
    sent.filter((name) => names.includes(name)),
    names.filter((name) => sent.includes(name)),
  );
  assert(sent.length > 15);
});

Deno.test("query and base URL are joined without doubling a slash", async () => {
  for (const base of [UPSTREAM, new URL(`${UPSTREAM}/`)]) {
    const attempt = await buildRequest(prepared({ query: "?a=%20b" }), {
      secrets: [],
      upstream: base,
      credential: credential(),
      cookie: undefined,
    });
    assertEquals(attempt.url.href, `${UPSTREAM}/responses?a=%20b`);
  }
});

interface Coding {
  readonly what: string;
  readonly request: Partial<PreparedRequest>;
  readonly claims?: Parameters<typeof credential>[0];
  readonly coding: string | undefined;
  /** Whether the very bytes the caller sent leave. */
  readonly asItCame: boolean;
}

const WIRE = new Uint8Array([1, 2, 3]);
const TEXT = '{ "model" : "m", "n": 12345678901234567890 }';
const PLAIN = body(TEXT);
const CODED = body(TEXT, { coding: "gzip", bytes: WIRE, borders: [] });

const CODINGS: readonly Coding[] = [
  { what: "a turn", request: { body: PLAIN }, coding: "zstd", asItCame: false },
  {
    what: "a compressed turn that a rule changed",
    request: { body: CODED },
    coding: "zstd",
    asItCame: false,
  },
  {
    what: "a compressed turn that no rule changed",
    request: { body: CODED },
    claims: { accountId: undefined },
    coding: "gzip",
    asItCame: true,
  },
  {
    what: "a turn in passthrough",
    request: { body: PLAIN, normalize: false },
    coding: undefined,
    asItCame: true,
  },
  {
    what: "a compressed turn in passthrough",
    request: { body: CODED, normalize: false },
    coding: "gzip",
    asItCame: true,
  },
  {
    what: "a turn without a stream",
    request: { body: PLAIN, stream: false },
    coding: undefined,
    asItCame: true,
  },
  {
    what: "a search",
    request: { body: PLAIN, endpoint: "alpha/search", stream: false },
    coding: undefined,
    asItCame: true,
  },
  {
    what: "a compressed search",
    request: { body: CODED, endpoint: "alpha/search", stream: false },
    coding: "gzip",
    asItCame: true,
  },
  {
    what: "a compaction",
    request: { body: PLAIN, endpoint: "responses/compact", stream: false },
    coding: undefined,
    asItCame: true,
  },
];

for (const one of CODINGS) {
  Deno.test(`${one.what} leaves as ${one.coding ?? "plain"} text`, async () => {
    const attempt = await build(prepared(one.request), {
      ...one.claims ? { claims: one.claims } : {},
    });
    assertEquals(value(attempt, "content-encoding"), one.coding);
    if (one.asItCame) {
      const came = one.request.body?.wire?.bytes ?? one.request.body?.bytes;
      assertEquals(attempt.body, came);
      return;
    }
    assert(attempt.body);
    const decoded = decodeZstd(attempt.body, 1e6);
    assert(decoded.ok);
    assertEquals(
      new TextDecoder().decode(decoded.value),
      '{ "model" : "m", "n": 12345678901234567890,' +
        `"client_metadata":{"x-codex-installation-id":"${INSTALLATION_ID}"} }`,
    );
  });
}

Deno.test("a large compressed turn keeps its blocks before the installation id", async () => {
  const item = '{"role":"user","content":"say hello to the gateway"},';
  const metadata = '"client_metadata":{"x-codex-installation-id":"of another"}';
  const text = `{"input":[${item.repeat(25_000)}1],${metadata}}`;
  const bytes = await encodeZstd(new TextEncoder().encode(text));
  const limits = { limit: 1e7, take: () => true };
  const content = await decodeZstdInTurns(bytes, limits);
  assert(content.ok);
  const { borders } = content.value;
  const wire = { coding: "zstd", bytes, borders };
  const attempt = await build(prepared({ body: body(text, wire) }));

  assertEquals(value(attempt, "content-encoding"), "zstd");
  assert(attempt.body);
  const kept = borders.at(-1)?.frame ?? 0;
  assertGreater(kept, 0.7 * bytes.length);
  assertEquals(attempt.body.subarray(0, kept), bytes.subarray(0, kept));
  const decoded = decodeZstd(attempt.body, 1e7);
  assert(decoded.ok);
  assertEquals(
    new TextDecoder().decode(decoded.value),
    text.replace("of another", INSTALLATION_ID),
  );
});

Deno.test("the turn metadata header names the account's installation", async () => {
  const metadata = '{"installation_id":"mine", "n":1.0,"turn_id":"t"}';
  const line: [string, string] = ["x-codex-turn-metadata", metadata];
  for (const endpoint of ["responses", "alpha/search"] as const) {
    const attempt = await build(prepared({ endpoint, headers: [line] }));
    assertEquals(
      value(attempt, "x-codex-turn-metadata"),
      `{"installation_id":"${INSTALLATION_ID}", "n":1.0,"turn_id":"t"}`,
    );
  }
  const untouched = await build(
    prepared({ headers: [line], normalize: false }),
  );
  assertEquals(value(untouched, "x-codex-turn-metadata"), metadata);
});

Deno.test("only a compaction names the installation in a header", async () => {
  const name = "x-codex-installation-id";
  const compaction = prepared({ endpoint: "responses/compact", stream: false });
  assertEquals(value(await build(compaction), name), INSTALLATION_ID);
  assertEquals(value(await build(prepared()), name), undefined);
  const passed = await build({ ...compaction, normalize: false });
  assertEquals(value(passed, name), undefined);
});

Deno.test("passthrough adds credentials and nothing else", async () => {
  const attempt = await build(prepared({ normalize: false }));
  assertEquals(
    new Map(attempt.headers),
    new Map([
      ["authorization", "Bearer at"],
      ["chatgpt-account-id", "acct_123"],
    ]),
  );
});

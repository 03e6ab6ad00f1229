import { zstdCompressSync } from "node:zlib";
import { assert, assertEquals } from "@std/assert";
import {
  CODEX_BODY,
  CODEX_HEADERS,
  startTestGateway,
  type TestGateway,
} from "../support/gateway.ts";
import { exchange, rawRequest } from "../support/raw_http.ts";

type Header = readonly [name: string, value: string];

const JSON_TYPE: Header = ["content-type", "application/json"];

async function send(
  { gateway }: TestGateway,
  headers: readonly Header[],
  body: string,
): Promise<string> {
  const origin = new URL(gateway.publicOrigin);
  const answer = await exchange(
    origin.href,
    rawRequest({
      method: "POST",
      target: "/v1/responses",
      headers: [["host", origin.host], ...headers],
      body,
    }),
  );
  const { error } = JSON.parse(answer.body || "{}");
  return `${answer.status} ${error?.code}`;
}

const chunked = (size: number) =>
  `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`;

const BODIES: ReadonlyArray<
  [what: string, headers: readonly Header[], body: string, answer: string]
> = [
  [
    "a length over the limit, none of it sent",
    [JSON_TYPE, ["content-length", "2049"]],
    "",
    "413 request_too_large",
  ],
  [
    "a length over all limits",
    [JSON_TYPE, ["content-length", "99999999999999"]],
    "{}",
    "413 request_too_large",
  ],
  [
    "chunks over the limit, and no end of them",
    [JSON_TYPE, ["transfer-encoding", "chunked"]],
    chunked(1500) + chunked(1500),
    "413 request_too_large",
  ],
  [
    "chunks below the limit",
    [JSON_TYPE, ["transfer-encoding", "chunked"]],
    `${chunked(20)}0\r\n\r\n`,
    "400 invalid_json",
  ],
  ["no body", [JSON_TYPE], "", "400 invalid_json"],
  [
    "a form",
    [["content-type", "text/plain"], ["content-length", "2"]],
    "{}",
    "415 unsupported_media_type",
  ],
  [
    "an unknown coding",
    [JSON_TYPE, ["content-encoding", "lzma"], ["content-length", "2"]],
    "{}",
    "415 unsupported_media_type",
  ],
];

Deno.test("bodies that cannot be are refused over the wire", async (t) => {
  await using test = await startTestGateway({
    flags: ["--max-body-bytes=2048"],
  });
  for (const [what, headers, body, answer] of BODIES) {
    await t.step(`${what}: ${answer}`, async () => {
      for (const originator of ["codex_exec", "sdk"]) {
        const own: Header = ["originator", originator];
        assertEquals(await send(test, [own, ...headers], body), answer);
      }
      const health = await fetch(test.url("/health"));
      assertEquals(await health.json(), { ok: true });
    });
  }
  assertEquals(test.simulator.requests, []);
});

const encoder = new TextEncoder();
const PADDED = `{ "stream" :true,${
  JSON.stringify(CODEX_BODY).slice(1, -1)
}, "n": 12345678901234567890 , "n":1e400 }\n`;

Deno.test("what the client knows besides and no table forwards goes to nobody", async () => {
  await using test = await startTestGateway({ warm: true });
  for (const path of ["alpha/notes/v2", "alpha/history/v2"]) {
    const response = await fetch(test.url(`/v1/${path}`), {
      method: "POST",
      headers: CODEX_HEADERS,
      body: "{}",
    });
    assertEquals(response.status, 404);
    await response.body?.cancel();
  }
  assertEquals(test.simulator.requests, []);
});

Deno.test("passthrough brings a Codex caller's body byte for byte", async () => {
  await using test = await startTestGateway({
    flags: ["--fingerprint-mode=passthrough"],
    warm: true,
  });
  const plain = encoder.encode(PADDED);
  const bodies: ReadonlyArray<[Uint8Array<ArrayBuffer>, string | undefined]> = [
    [plain, undefined],
    [new Uint8Array(zstdCompressSync(plain)), "zstd"],
  ];
  for (const [body, coding] of bodies) {
    const response = await fetch(test.url("/v1/responses"), {
      method: "POST",
      headers: {
        ...CODEX_HEADERS,
        ...coding === undefined ? {} : { "content-encoding": coding },
      },
      body,
    });
    await response.text();
    const received = test.simulator.requests.at(-1);
    assertEquals(new Uint8Array(received?.body ?? []), body);
    const sent = new Map(received?.headers);
    assertEquals(sent.get("content-encoding"), coding);
  }
});

Deno.test("header bytes of a Codex caller arrive as they left", async () => {
  await using test = await startTestGateway({ warm: true });
  const origin = new URL(test.gateway.publicOrigin);
  const body = JSON.stringify(CODEX_BODY);
  const answer = await exchange(
    origin.href,
    rawRequest({
      method: "POST",
      target: "/v1/responses",
      headers: [
        ["Host", origin.host],
        ...Object.entries(CODEX_HEADERS),
        ["X-Utf8", "\xc3\xbc\xe6\x97\xa5"],
        ["X-Latin", "\xfc"],
        ["X-Codex-Of-Tomorrow", 'a;b="c,d" ,e'],
        ["Connection", "X-Hop, close"],
        ["X-Hop", "canary"],
        ["Authorization", "Bearer canary"],
        ["ChatGPT-Account-Id", "canary"],
        ["Cookie", "canary=1"],
        ["Content-Length", String(body.length)],
      ],
      body,
    }),
  );
  assertEquals(answer.status, 200);
  const lines = test.simulator.requests.at(-1)?.headers ?? [];
  const sent = new Map(lines);
  assertEquals(sent.get("x-utf8"), "\xc3\xbc\xe6\x97\xa5");
  assertEquals(sent.get("x-latin"), "\xfc");
  assertEquals(sent.get("x-codex-of-tomorrow"), 'a;b="c,d" ,e');
  assert(!JSON.stringify(lines).includes("canary"));
});

/** What would not fit into a header must not cost the caller its turn. */
const ODD: readonly Readonly<Record<string, unknown>>[] = [
  { prompt_cache_key: "日本\r\nx: y" },
  { model: "gpt-日本" },
  { model: "gpt\r\nx: y" },
];

for (const extra of ODD) {
  Deno.test(`an SDK caller may send ${JSON.stringify(extra)}`, async () => {
    await using test = await startTestGateway({ warm: true });
    const response = await fetch(test.url("/v1/responses"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "gpt-6.2-sol",
        stream: true,
        input: "hi",
        ...extra,
      }),
    });
    await response.text();
    // Upstream has the word on it.
    assert(response.status !== 503, String(response.status));
    const turns = test.simulator.requests.filter(({ target }) =>
      target.endsWith("/responses")
    );
    assertEquals(turns.length, 1);
  });
}

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Given, headersOf } from "./support.ts";

const codex: Given = { dialect: "codex", mode: "passthrough", body: "{}" };
const openai: Given = {
  dialect: "openai",
  mode: "passthrough",
  body: '{"model":"m","stream":true,"input":[]}',
};
const normalized: Given = { ...openai, mode: "normalize" };

const NEVER = [
  "authorization",
  "chatgpt-account-id",
  "content-encoding",
  "content-length",
  "cookie",
  "host",
  "origin",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "x-codex-session-source",
  "x-openai-account-routing-override",
  "x-openai-fedramp",
  // Hop by hop, RFC 9110, section 7.6.1.
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

for (const name of NEVER) {
  Deno.test(`${name} never goes upstream`, async () => {
    const headers = { [name]: "canary" };
    for (const given of [codex, openai, normalized]) {
      for (const mode of ["normalize", "passthrough"] as const) {
        const sent = await headersOf({ ...given, mode, headers });
        assert(!JSON.stringify(sent).includes("canary"), given.dialect);
      }
    }
  });
}

Deno.test("what Connection declares stays on that connection", async () => {
  const headers = {
    "connection": "X-Secret, close ,x-other",
    "x-secret": "canary",
    "x-other": "canary",
    "x-more": "kept",
  };
  const sent = await headersOf({ ...codex, headers });
  assertEquals(sent, { "originator": "Codex_cli", "x-more": "kept" });
});

Deno.test("every other header of a Codex caller passes in both modes", async () => {
  const headers = {
    "user-agent": "Codex/9.9.9",
    "version": "9.9.9",
    "accept": "text/event-stream",
    "content-type": "application/json; charset=utf-8",
    "x-codex-header-of-tomorrow": 'a, b;c="d"',
    "x-codex-turn-metadata": '{"n":12345678901234567890,"s":"\\u65e5"}',
    "openai-beta": "x=1",
    "latin": "\u00fc\u00df",
  };
  for (const mode of ["normalize", "passthrough"] as const) {
    const sent = await headersOf({ ...codex, mode, headers });
    assertEquals(sent, { "originator": "Codex_cli", ...headers });
  }
});

const ENCODINGS = "gzip, deflate;q=0.5, br";

Deno.test("what a caller can decode is asked of upstream, but for what we cannot", async () => {
  const name = "accept-encoding";
  for (const mode of ["normalize", "passthrough"] as const) {
    for (const value of ["zstd,gzip", ENCODINGS]) {
      const sent = await headersOf({
        ...codex,
        mode,
        headers: { [name]: value },
      });
      assertEquals(sent[name], value);
    }
  }
  const given = { [name]: "gzip, dcz" };
  assertEquals((await headersOf({ ...codex, headers: given }))[name], "gzip");
  const sdk = await headersOf({ ...openai, headers: { [name]: ENCODINGS } });
  assertEquals(sdk[name], ENCODINGS);
});

Deno.test("in normalize an SDK caller asks for what the official client asks for", async () => {
  const headers = { "accept-encoding": ENCODINGS };
  const sent = await headersOf({ ...normalized, headers });
  assertEquals(sent["accept-encoding"], "zstd,gzip");
});

const ALLOWED = [
  "session-id",
  "thread-id",
  "traceparent",
  "tracestate",
  "x-client-request-id",
  "x-codex-beta-features",
  "x-codex-parent-thread-id",
  "x-codex-turn-state",
  "x-codex-window-id",
  "x-openai-subagent",
];

const DROPPED = [
  "x-stainless-lang",
  "openai-organization",
  "openai-project",
  "openai-beta",
  "referer",
  "x-forwarded-for",
  "forwarded",
  "via",
  "accept-language",
  "x-codex-routing-hint",
  "x-codex-guardian",
  "version",
];

Deno.test("an SDK caller's headers are chosen by name", async () => {
  const headers = Object.fromEntries(
    [...ALLOWED, ...DROPPED].map((name) => [name, `of ${name}`]),
  );
  const sent = await headersOf({ ...openai, headers });
  const kept = ALLOWED.map((name) => [name, `of ${name}`]);
  assertEquals(sent, {
    ...Object.fromEntries(kept),
    "accept": "text/event-stream",
    "content-type": "application/json",
  });
});

Deno.test("an SDK caller keeps its own name in passthrough only", async () => {
  const headers = { "user-agent": "OpenAI/JS 6", "originator": "my_app" };
  const through = await headersOf({ ...openai, headers });
  assertEquals(through["user-agent"], "OpenAI/JS 6");
  assertEquals(through["originator"], "my_app");
  assertEquals("version" in through, false);

  const { originator, version, ...rest } = await headersOf({
    ...normalized,
    headers,
  });
  assertEquals([originator, version], ["codex_exec", "0.0.1"]);
  assertEquals(rest["user-agent"], "codex_exec/0.0.1");
});

Deno.test("normalize tells of an SDK caller what the client would", async () => {
  const body = '{"model":"m","stream":true,"input":[]}';
  assertEquals(await headersOf({ ...normalized, body }), {
    "accept": "text/event-stream",
    "content-type": "application/json",
    "version": "0.0.1",
    "originator": "codex_exec",
    "user-agent": "codex_exec/0.0.1",
    "accept-encoding": "zstd,gzip",
    "x-codex-turn-metadata": '{"thread_source":"user"}',
    "x-codex-routing-hint": "model=m",
    "x-client-request-id": "new-id",
  });
});

Deno.test("the derived session id is stable and one per cache key", async () => {
  const of = async (key: string) => {
    const body = JSON.stringify({
      model: "m",
      input: [],
      prompt_cache_key: key,
    });
    const sent = await headersOf({ ...normalized, body });
    assertEquals(sent["x-client-request-id"], sent["session-id"]);
    return sent["session-id"];
  };
  const id = await of("日本 \r\n key");
  assert(
    id !== undefined && /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]/.test(id),
  );
  assertEquals(await of("日本 \r\n key"), id);
  assertNotEquals(await of("other"), id);
});

Deno.test("the session a caller names wins over the derived one", async () => {
  const body = '{"model":"m","input":[],"prompt_cache_key":"k"}';
  const headers = { "session_id": "mine" };
  const sent = await headersOf({ ...normalized, body, headers });
  assertEquals(sent["session-id"], "mine");
  assertEquals("session_id" in sent, false);
  // Passthrough adds nothing, so the old name stays as it is.
  const through = await headersOf({ ...openai, body, headers });
  assertEquals(through["session_id"], "mine");
  assertEquals("session-id" in through, false);
});

Deno.test("the routing hint is for turns, and not for the reviewer", async () => {
  const body = '{"model":"m"}';
  const turn: Given = { ...codex, mode: "normalize", body };
  const hint = async (given: Given) =>
    (await headersOf(given))["x-codex-routing-hint"];

  assertEquals(await hint(turn), "model=m");
  assertEquals(await hint({ ...turn, mode: "passthrough" }), undefined);
  const guardian = { "x-codex-guardian": "true" };
  assertEquals(await hint({ ...turn, headers: guardian }), undefined);
  const own = { "x-codex-routing-hint": "model=own" };
  assertEquals(await hint({ ...turn, headers: own }), "model=own");
  assertEquals(await hint({ ...turn, endpoint: "alpha/search" }), undefined);
});

for (const model of ["", "a\r\nx: y", "模型", "a\u00fc", " m", "m "]) {
  Deno.test(`no hint is made of the model ${JSON.stringify(model)}`, async () => {
    const body = JSON.stringify({ model });
    const sent = await headersOf({ ...codex, mode: "normalize", body });
    assertEquals(sent["x-codex-routing-hint"], undefined);
  });
}

Deno.test("a Codex caller's turn metadata gets no thread source unasked", async () => {
  const metadata = { "x-codex-turn-metadata": '{"a":1}' };
  const given: Given = { ...codex, mode: "normalize", headers: metadata };
  const sent = await headersOf(given);
  assertEquals(sent["x-codex-turn-metadata"], '{"a":1}');
});

Deno.test("a thread source is added to the bytes of the metadata", async () => {
  const text = '{"s":"\\u65e5","n":12345678901234567890 }';
  const headers = { "x-codex-turn-metadata": text };
  const sent = await headersOf({ ...normalized, headers });
  assertEquals(
    sent["x-codex-turn-metadata"],
    '{"s":"\\u65e5","n":12345678901234567890,"thread_source":"user" }',
  );
  for (const own of ['{"thread_source":"x"}', "not json", "[]"]) {
    const kept = { "x-codex-turn-metadata": own };
    const same = await headersOf({ ...normalized, headers: kept });
    assertEquals(same["x-codex-turn-metadata"], own);
  }
});

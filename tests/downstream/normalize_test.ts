import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { prepare } from "../../lib/downstream/normalize.ts";
import { MAX_VALUES } from "../../lib/limits.ts";
import { SESSION_NAMES } from "../support/identity.ts";
import { randomObject } from "../support/json_documents.ts";
import { seeded } from "../support/random.ts";
import {
  bodyOf,
  BOTH_DIALECTS,
  BOTH_MODES,
  type Mode,
  prepared,
  refusalOf,
} from "./support.ts";

const openai = { dialect: "openai", mode: "passthrough" } as const;

/** What an SDK caller must name. */
const ASKED = '"model":"m","input":[]';
/** What its body gets in both modes. */
const STABLE =
  '"stream":true,"store":false,"instructions":"","include":["reasoning.encrypted_content"]';

/** The model's own setting, which only normalize mode adds. */
const PARALLEL: ReadonlyArray<
  [given: string, told: boolean | undefined, added: string]
> = [
  ["", undefined, ""],
  ["", true, ',"parallel_tool_calls":true'],
  ["", false, ',"parallel_tool_calls":false'],
  [',"parallel_tool_calls":true', false, ""],
];

for (const [given, parallel, added] of PARALLEL) {
  Deno.test(`parallel tool calls of a model that has ${parallel}, given "${given}"`, async () => {
    const body = `{${ASKED}${given}}`;
    const mended = `{${ASKED}${given},${STABLE}`;
    assertEquals(await bodyOf({ ...openai, body, parallel }), `${mended}}`);
    const normalized = {
      ...openai,
      mode: "normalize",
      body,
      parallel,
    } as const;
    assertEquals(await bodyOf(normalized), `${mended}${added}}`);
  });
}

const OTHER_ENDPOINTS = [
  "responses/compact",
  "memories/trace_summarize",
  "alpha/search",
  "images/generations",
  "images/edits",
] as const;

for (const endpoint of OTHER_ENDPOINTS) {
  Deno.test(`an SDK caller's body to ${endpoint} keeps its bytes`, async () => {
    const body = '{ "user":"u", "temperature":1.0, "input":"x", "store":true }';
    for (const mode of BOTH_MODES) {
      assertEquals(await bodyOf({ ...openai, mode, endpoint, body }), body);
    }
  });
}

Deno.test("an SDK caller's turn of more values than can be edited is refused", async () => {
  const items = '{"role":"user"},'.repeat(MAX_VALUES / 2);
  const body = `{"model":"m","input":[${items}{}]}`;
  assertEquals(
    await refusalOf({ ...openai, body }),
    `400 Request body has more than ${MAX_VALUES} values.`,
  );
  assertEquals(
    (await prepared({ dialect: "codex", mode: "normalize", body })).body?.bytes
      .length,
    body.length,
  );
});

Deno.test("a Codex caller's body is the very same bytes in both modes", async () => {
  const random = seeded(11);
  for (let round = 0; round < 150; round++) {
    const body = new TextEncoder().encode(randomObject(random, 3));
    for (const mode of BOTH_MODES) {
      const request = await prepared({ dialect: "codex", mode, body });
      // The same memory: not even a copy.
      assert(request.body?.bytes === body);
      assertEquals(request.body.wire, undefined);
    }
  }
});

Deno.test("a Codex caller's body loses _gateway and no other byte", async () => {
  const random = seeded(12);
  for (let round = 0; round < 150; round++) {
    const rest = randomObject(random, 3);
    const open = rest.indexOf("{") + 1;
    const empty = rest.slice(open, rest.lastIndexOf("}")).trim() === "";
    const mark = `"_gateway":{"session_source":"cli"}${empty ? "" : ","}`;
    const body = rest.slice(0, open) + mark + rest.slice(open);
    const got = await bodyOf({ dialect: "codex", mode: "normalize", body });
    assertEquals(got.replaceAll(/\s/g, ""), rest.replaceAll(/\s/g, ""), body);
  }
});

Deno.test("an SDK caller's members outside the rules keep bytes and order", async () => {
  const random = seeded(13);
  const noise = ['"user":"u"', '"top_p":0.5', '"temperature":1e0'];
  for (let round = 0; round < 150; round++) {
    const kept = Array.from(
      { length: 1 + random.int(5) },
      (_, i) => `"k${i}" :${randomObject(random, 2)}`,
    );
    const members = kept.flatMap((member) =>
      random.oneIn(2) ? [member, random.pick(noise)] : [member]
    );
    const body = `{${members.join(",")},${ASKED}}`;
    for (const mode of BOTH_MODES) {
      assertEquals(
        await bodyOf({ ...openai, mode, body }),
        `{${kept.join(",")},${ASKED},${STABLE}}`,
      );
    }
  }
});

Deno.test("huge numbers, duplicates and odd escapes survive an edit", async () => {
  const kept =
    '"n":123456789012345678901234567890,"n":1e400,"\\u006e":-0,"s":"\\ud800\\/"';
  const body = `{${kept},"user":1,${ASKED}}`;
  assertEquals(
    await bodyOf({ ...openai, body }),
    `{${kept},${ASKED},${STABLE}}`,
  );
});

Deno.test("a coded body that no rule changed keeps its coding", async () => {
  const bytes = new TextEncoder().encode('{"a":1}');
  const wire = new Uint8Array([1, 2, 3]);
  const request = await prepare({
    endpoint: "responses",
    query: "?x=1",
    headers: new Headers({ originator: "codex" }),
    body: { coding: "zstd", wire, bytes },
  }, {
    normalize: true,
    identity: [],
    newId: () => "",
    sessionNames: SESSION_NAMES,
    parallelToolCalls: () => Promise.resolve(undefined),
    forms: { of: () => Promise.resolve("plain") },
  });
  assert(request.ok);
  assertEquals(request.value.body?.wire, {
    coding: "zstd",
    bytes: wire,
    borders: [],
  });
  assertEquals(request.value.query, "?x=1");
});

const REFUSED: ReadonlyArray<[body: string, refusal: string]> = [
  ["", "400 Request body is not a JSON object: "],
  ["[]", "400 Request body is not a JSON object: "],
  ['"x"', "400 Request body is not a JSON object: "],
  ["{", "400 Request body is not a JSON object: "],
  ['{"a":1}x', "400 Request body is not a JSON object: "],
  ["\ufeff{}", "400 Request body is not a JSON object: "],
  ['{"_gateway":5}', "400 _gateway 5 is not an object"],
  [
    `{"_gateway":${"[".repeat(300_000)}${"]".repeat(300_000)}}`,
    "400 Request body is not a JSON object: nested deeper than 1000",
  ],
  [
    `{"input":${"[".repeat(300_000)}`,
    "400 Request body is not a JSON object: nested deeper than 1000",
  ],
  [
    `{${'"_gateway":null,'.repeat(300_000)}"a":1}`,
    "400 Request body is not a JSON object: more than 262144 members",
  ],
  [
    `{"_gateway":"${"x".repeat(400)}"}`,
    `400 _gateway "${"x".repeat(199)}… is not an object`,
  ],
  [
    `{"_gateway":{"a":"${"x".repeat(70_000)}"}}`,
    `400 _gateway {"a":"${"x".repeat(194)}… is over 65536 bytes long`,
  ],
  [
    `{"_gateway":{"session_source":[ ${"[".repeat(400)}${"]".repeat(400)}]}}`,
    `400 _gateway.session_source [ ${"[".repeat(198)}… is not a session source`,
  ],
  ['{"_gateway":[]}', "400 _gateway [] is not an object"],
  [
    '{"_gateway":{"session_source":"nope"}}',
    '400 _gateway.session_source "nope" is not a session source',
  ],
  [
    '{"_gateway":{"session_source":{"subagent":{"other":"a\\r\\nb: c"}}}}',
    '400 _gateway.session_source {"subagent":{"other":"a\\r\\nb: c"}} is not',
  ],
  [
    '{"_gateway":{"request_form":"light"}}',
    '400 _gateway.request_form "light" is not one of plain, lite',
  ],
  [
    '{"_gateway":{"session_source":"cli","request_form":["lite"]}}',
    '400 _gateway.request_form ["lite"] is not one of plain, lite',
  ],
];

for (const [body, refusal] of REFUSED) {
  const name = JSON.stringify(body).slice(0, 60);
  Deno.test(`prepare refuses ${name}: ${refusal.slice(-40)}`, async () => {
    for (const dialect of BOTH_DIALECTS) {
      const got = await refusalOf({ dialect, mode: "normalize", body });
      assertStringIncludes(got, refusal);
    }
  });
}

const SESSIONS: ReadonlyArray<
  [headers: Record<string, string>, body: string, key: string | undefined]
> = [
  [{ "session-id": "s1" }, '{"prompt_cache_key":"k"}', "s1"],
  [{ "session_id": "s2" }, '{"prompt_cache_key":"k"}', "s2"],
  [{ "session-id": "s1", "session_id": "s2" }, "{}", "s1"],
  [{ "session-id": "" }, '{"prompt_cache_key":"k"}', "k"],
  [{ "x-codex-parent-thread-id": "p" }, '{"prompt_cache_key":"k"}', "k"],
  [{ "x-codex-parent-thread-id": "p" }, "{}", "p"],
  [{}, '{"prompt_cache_key":""}', undefined],
  [{}, '{"prompt_cache_key":5}', undefined],
];

for (const [headers, body, key] of SESSIONS) {
  Deno.test(`the session of ${JSON.stringify(headers)} ${body} is ${key}`, async () => {
    for (const dialect of BOTH_DIALECTS) {
      const more = body === "{}" ? "" : `,${body.slice(1, -1)}`;
      const given = {
        dialect,
        mode: "passthrough",
        headers,
        body: `{${ASKED}${more}}`,
      } as const;
      assertEquals((await prepared(given)).sessionKey, key);
    }
  });
}

const VERSION = "client_version";

/** The query of a Codex caller's models list, and what goes up. */
const QUERIES: ReadonlyArray<
  [
    mode: Mode,
    query: string,
    version: string,
    up: string,
  ]
> = [
  ["normalize", "", "", `?${VERSION}=0.0.1`],
  ["normalize", "?", "", `?${VERSION}=0.0.1`],
  ["normalize", "", "0.98.0", `?${VERSION}=0.98.0`],
  ["normalize", "?a=1&b", "", `?${VERSION}=0.0.1&a=1&b`],
  ["normalize", `?${VERSION}=0.5.0`, "0.98.0", `?${VERSION}=0.5.0`],
  ["normalize", `?a=%20&${VERSION}=0.5.0`, "", `?a=%20&${VERSION}=0.5.0`],
  ["normalize", "", "0.98.0-alpha.1", `?${VERSION}=0.98.0`],
  ["normalize", "", "a b&c", `?${VERSION}=0.0.1`],
  ["passthrough", "", "0.98.0", ""],
  ["passthrough", "?a=1", "", "?a=1"],
];

for (const [mode, query, version, up] of QUERIES) {
  Deno.test(`models${query} of version "${version}" goes up in ${mode} as ${up}`, async () => {
    const headers = version === "" ? {} : { version };
    const given = { dialect: "codex", endpoint: "models" } as const;
    const made = await prepared({ ...given, mode, query, headers });
    assertEquals(made.query, up);
  });
}

Deno.test("an SDK caller's query goes nowhere", async () => {
  for (const endpoint of ["responses", "images/edits"] as const) {
    const body = `{${ASKED}}`;
    const given = { ...openai, endpoint, body, query: "?api-version=1" };
    assertEquals((await prepared(given)).query, "");
  }
});

Deno.test("no other query is changed", async () => {
  const given = { dialect: "codex", mode: "normalize", query: "?a=1" } as const;
  assertEquals((await prepared({ ...given, body: "{}" })).query, "?a=1");
});

import { assertEquals } from "@std/assert";
import { bodyOf, BOTH_MODES, prepared, prepareGiven } from "../support.ts";

/** What a body must have, and what every body gets. */
const ASKED = '"model":"m","input":[]';
const STREAM = '"stream":true';
const STORE = '"store":false';
const INSTRUCTIONS = '"instructions":""';
const INCLUDE = '"include":["reasoning.encrypted_content"]';
const MENDED = [STREAM, STORE, INSTRUCTIONS, INCLUDE];

/** Members that are left out, and whether the caller is told. */
const LEFT_OUT: ReadonlyArray<[member: string, told: boolean]> = [
  ['"max_output_tokens":9', true],
  ['"max_completion_tokens":9', true],
  ['"max_tokens":9', true],
  ['"max_tool_calls":2', true],
  ['"temperature":0.5', true],
  ['"top_p":1', true],
  ['"top_logprobs":3', true],
  ['"truncation":"auto"', true],
  ['"user":{"x":[1,2]}', true],
  ['"metadata":{"user":"1"}', true],
  ['"safety_identifier":"s"', true],
  ['"prompt_cache_retention":"24h"', true],
  ['"prompt_cache_options":{}', true],
  ['"stream_options":{"include_obfuscation":false}', true],
  ['"context_management":[]', true],
  ['"moderation":{}', true],
  ['"presence_penalty":1', true],
  ['"frequency_penalty":1', true],
  ['"seed":1', true],
  ['"logit_bias":{}', true],
  ['"stop":["x"]', true],
  ['"service_tier":"auto"', true],
  ['"service_tier":"flex"', true],
  ['"service_tier":null', false],
  ['"temperature":null', false],
  ['"previous_response_id":null', false],
  ['"background":false', false],
  ['"background":null', false],
  ['"conversation":null', false],
  ['"prompt":null', false],
  ['"tools":[]', false],
  ['"tools":[ ]', false],
];

for (const [member, told] of LEFT_OUT) {
  Deno.test(`an SDK caller's ${member} is left out`, async () => {
    const name = member.slice(1, member.indexOf('"', 1));
    for (const mode of BOTH_MODES) {
      const given = {
        dialect: "openai",
        mode,
        body: `{${member},${ASKED}}`,
      } as const;
      assertEquals(await bodyOf(given), `{${[ASKED, ...MENDED].join(",")}}`);
      assertEquals((await prepared(given)).ignored, told ? [name] : []);
    }
  });
}

/** Members that stay or change: what is sent in their place. */
const SENT: ReadonlyArray<
  [what: string, member: string, sent: string, added?: readonly string[]]
> = [
  ["true as stream", STREAM, STREAM, [STORE, INSTRUCTIONS, INCLUDE]],
  [
    "false as stream",
    '"stream":false',
    STREAM,
    [STORE, INSTRUCTIONS, INCLUDE],
  ],
  ["null as stream", '"stream": null', '"stream": true', [
    STORE,
    INSTRUCTIONS,
    INCLUDE,
  ]],
  ["false as store", STORE, STORE, [STREAM, INSTRUCTIONS, INCLUDE]],
  [
    "null as store",
    '"store":null',
    STORE,
    [STREAM, INSTRUCTIONS, INCLUDE],
  ],
  [
    "instructions",
    '"instructions":"be brief"',
    '"instructions":"be brief"',
    [STREAM, STORE, INCLUDE],
  ],
  [
    "null as instructions",
    '"instructions":null',
    INSTRUCTIONS,
    [STREAM, STORE, INCLUDE],
  ],
  [
    "an include of its own",
    '"include":["x"]',
    '"include":["x","reasoning.encrypted_content"]',
    [
      STREAM,
      STORE,
      INSTRUCTIONS,
    ],
  ],
  [
    "an include with reasoning",
    '"include":[ "reasoning.encrypted_content" ]',
    '"include":[ "reasoning.encrypted_content" ]',
    [
      STREAM,
      STORE,
      INSTRUCTIONS,
    ],
  ],
  ["null as include", '"include":null', INCLUDE, [
    STREAM,
    STORE,
    INSTRUCTIONS,
  ]],
  [
    "the tier priority",
    '"service_tier":"priority"',
    '"service_tier":"priority"',
  ],
  ["the tier fast", '"service_tier":"fast"', '"service_tier":"priority"'],
  [
    "every effort",
    '"reasoning":{"effort":"ultra","summary":"auto"}',
    '"reasoning":{"effort":"ultra","summary":"auto"}',
  ],
  [
    "text",
    '"text":{"verbosity":"low","format":{"type":"json_object"}}',
    '"text":{"verbosity":"low","format":{"type":"json_object"}}',
  ],
  ["a cache key", '"prompt_cache_key":"k"', '"prompt_cache_key":"k"'],
  [
    "client metadata",
    '"client_metadata":{"a":1.0}',
    '"client_metadata":{"a":1.0}',
  ],
  [
    "parallel tool calls",
    '"parallel_tool_calls":false',
    '"parallel_tool_calls":false',
  ],
  ["what it does not know", '"brand_new":[1e400]', '"brand_new":[1e400]'],
  [
    "tools in their order and form",
    '"tools":[{"type":"function","name":"b","parameters":{}},{"type":"mcp"},{"type":"x"}]',
    '"tools":[{"type":"function","name":"b","parameters":{}},{"type":"mcp"},{"type":"x"}]',
  ],
  [
    "the preview tool",
    '"tools":[{"type":"web_search_preview","x":1.0}]',
    '"tools":[{"type":"web_search","x":1.0}]',
  ],
  [
    "the dated preview tool",
    '"tools":[{"n":1},{ "type" : "web_search_preview_2025_03_11" }]',
    '"tools":[{"n":1},{ "type" : "web_search" }]',
  ],
  [
    "the preview tool as choice",
    '"tool_choice":{"type":"web_search_preview"}',
    '"tool_choice":{"type":"web_search"}',
  ],
  [
    "the preview tool among the allowed ones",
    '"tool_choice":{"type":"allowed_tools","tools":[{"type":"web_search_preview"}]}',
    '"tool_choice":{"type":"allowed_tools","tools":[{"type":"web_search"}]}',
  ],
  [
    "a tool that only speaks of it",
    '"tools":[{"type":"function","description":"web_search_preview"}]',
    '"tools":[{"type":"function","description":"web_search_preview"}]',
  ],
];

for (const [what, member, sent, added = MENDED] of SENT) {
  Deno.test(`of an SDK caller, ${what} is sent as ${sent}`, async () => {
    for (const mode of BOTH_MODES) {
      const given = {
        dialect: "openai",
        mode,
        body: `{${ASKED},${member}}`,
      } as const;
      assertEquals(
        await bodyOf(given),
        `{${[ASKED, sent, ...added].join(",")}}`,
      );
    }
  });
}

Deno.test("store: true is replaced, and the caller is told", async () => {
  const body = `{"temperature":1,"store":true,${ASKED},"user":"u"}`;
  const given = { dialect: "openai", mode: "normalize", body } as const;
  assertEquals(
    await bodyOf(given),
    `{${[STORE, ASKED, STREAM, INSTRUCTIONS, INCLUDE].join(",")}}`,
  );
  assertEquals((await prepared(given)).ignored, [
    "temperature",
    "store",
    "user",
  ]);
});

Deno.test("every duplicate of a member, and one with escapes, is left out", async () => {
  const body = `{"us\\u0065r":1,${ASKED},"user":2,"user":3}`;
  const given = { dialect: "openai", mode: "normalize", body } as const;
  assertEquals(await bodyOf(given), `{${[ASKED, ...MENDED].join(",")}}`);
  assertEquals((await prepared(given)).ignored, ["user"]);
});

Deno.test("a text as input becomes a message of the user", async () => {
  const body =
    '{"model":"m","prompt_cache_key":"k","input":"a \\"b\\" \\u00e4 😀"}';
  const input =
    '[{"type":"message","role":"user","content":[{"type":"input_text","text":"a \\"b\\" \\u00e4 😀"}]}]';
  assertEquals(
    await bodyOf({ dialect: "openai", mode: "passthrough", body }),
    `{"model":"m","prompt_cache_key":"k","input":${input},${MENDED.join(",")}}`,
  );
});

Deno.test("a turn without a session gets the derived one as its cache key", async () => {
  const body = '{"model":"m","input":"hi"}';
  for (const mode of BOTH_MODES) {
    const given = { dialect: "openai", mode, body } as const;
    const { sessionKey } = await prepared(given);
    const sent = JSON.parse(await bodyOf(given));
    assertEquals([sent.prompt_cache_key, typeof sessionKey], [
      sessionKey,
      "string",
    ]);
  }
});

const missing = (param: string) => ({
  status: 400,
  code: "missing_required_parameter",
  param,
  message: `Missing required parameter: '${param}'.`,
});

/** Bodies that are refused, and what their callers are told. */
const REFUSED: ReadonlyArray<
  [
    body: string,
    error: {
      readonly code: string;
      readonly param: string;
      readonly message?: string;
    },
  ]
> = [
  ["{}", missing("model")],
  ['{"input":"x"}', missing("model")],
  ['{"model":"","input":"x"}', missing("model")],
  ['{"model":5,"input":"x"}', missing("model")],
  ['{"model":null,"input":"x"}', missing("model")],
  ['{"model":"m"}', missing("input")],
  ['{"model":"m","input":null}', missing("input")],
  ['{"model":"m","input":{}}', {
    code: "invalid_type",
    param: "input",
    message:
      "Invalid type for 'input': expected a string or a list of items, got {}.",
  }],
  ['{"model":"m","input":5}', { code: "invalid_type", param: "input" }],
  [`{${ASKED},"stream":"yes"}`, {
    code: "invalid_type",
    param: "stream",
    message: "Invalid type for 'stream': expected a boolean, got \"yes\".",
  }],
  [`{${ASKED},"previous_response_id":"resp_1"}`, {
    code: "previous_response_not_found",
    param: "previous_response_id",
    message:
      "Previous response with id 'resp_1' not found. This gateway keeps no responses: send the whole conversation in 'input'.",
  }],
  [`{${ASKED},"background":true}`, {
    code: "unsupported_parameter",
    param: "background",
  }],
  [`{${ASKED},"conversation":"conv_1"}`, {
    code: "unsupported_parameter",
    param: "conversation",
  }],
  [`{${ASKED},"conversation":{"id":"c"}}`, {
    code: "unsupported_parameter",
    param: "conversation",
  }],
  [`{${ASKED},"prompt":{"id":"p"}}`, {
    code: "unsupported_parameter",
    param: "prompt",
  }],
];

for (const [body, error] of REFUSED) {
  Deno.test(`an SDK caller's ${body} is refused for ${error.param}`, async () => {
    for (const mode of BOTH_MODES) {
      const got = await prepareGiven({ dialect: "openai", mode, body });
      const told = got.ok ? undefined : got.error;
      assertEquals<unknown>(told, { ...told, ...error, status: 400 });
    }
  });
}

Deno.test("a Codex caller's turn is not judged", async () => {
  for (const mode of BOTH_MODES) {
    const body = '{"background":true,"temperature":1}';
    const given = { dialect: "codex", mode, body } as const;
    const { answer, ignored } = await prepared(given);
    assertEquals(
      [await bodyOf(given), answer, ignored],
      [body, undefined, []],
    );
  }
});

Deno.test("an SDK caller gets its turn in one piece unless it asks for events", async () => {
  for (
    const [more, kind] of [
      ["", "whole"],
      [',"stream":false', "whole"],
      [',"stream":null', "whole"],
      [',"stream":true', "stream"],
    ] as const
  ) {
    const { answer, stream } = await prepared({
      dialect: "openai",
      mode: "normalize",
      body: `{${ASKED}${more}}`,
    });
    assertEquals([answer?.kind, answer?.writer().kind, stream], [
      kind,
      kind,
      true,
    ]);
  }
});

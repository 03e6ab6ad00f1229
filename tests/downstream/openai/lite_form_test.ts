import { assert, assertEquals } from "@std/assert";
import { liteBody } from "../../../lib/downstream/openai/lite_form.ts";
import {
  ModelForms,
  refusesForm,
} from "../../../lib/downstream/openai/forms.ts";
import { scanObject } from "../../../lib/protocol/json_edit.ts";
import { prepared } from "../support.ts";

/** The body in the lite form. */
function lite(body: string, isFrame = false): string {
  const bytes = new TextEncoder().encode(body);
  const scan = scanObject(bytes);
  assert(scan.ok);
  const idOf = (tools: Uint8Array) => `at_${tools.length}`;
  return new TextDecoder().decode(
    liteBody(bytes, scan.value, { idOf, isFrame }),
  );
}

const CONTEXT = '"reasoning":{"context":"all_turns"}';
const END = '"instructions":"","parallel_tool_calls":false';

const BODIES: ReadonlyArray<[what: string, body: string, made: string]> = [
  [
    "without tools and instructions",
    '{"model":"m","input":[{"x":1.0}],"instructions":"","parallel_tool_calls":true}',
    `{"model":"m","input":[{"x":1.0}],${END},${CONTEXT}}`,
  ],
  [
    "with tools",
    '{"tools":[{"type":"function","name":"f"}],"input":[{"x":1}],"tool_choice":"required"}',
    `{"input":[{"type":"additional_tools","id":"at_32","role":"developer","tools":[{"type":"function","name":"f"}]},{"x":1}],"tool_choice":"required",${CONTEXT},${END}}`,
  ],
  [
    "with instructions",
    '{"input":[{"x":1}],"instructions":"be \\"brief\\"","parallel_tool_calls":null}',
    `{"input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"be \\"brief\\""}]},{"x":1}],${END},${CONTEXT}}`,
  ],
  [
    "with both, and an empty input",
    '{"instructions":"i","tools":[1],"input":[ ],"text":{}}',
    `{"instructions":"","input":[{"type":"additional_tools","id":"at_3","role":"developer","tools":[1]},{"type":"message","role":"developer","content":[{"type":"input_text","text":"i"}]} ],"text":{},${CONTEXT},"parallel_tool_calls":false}`,
  ],
  [
    "with reasoning of its own",
    '{"input":[],"reasoning":{"effort":"low","context":"x"}}',
    '{"input":[],"reasoning":{"effort":"low","context":"all_turns"},"instructions":"","parallel_tool_calls":false}',
  ],
  [
    "with null as reasoning",
    '{"input":[],"reasoning":null}',
    `{"input":[],${CONTEXT},${END}}`,
  ],
  [
    "with images",
    '{"input":[{"role":"user","content":[{"type":"input_image","detail":"high","image_url":"u"},{"type":"input_text","text":"a","detail":1}]},{"type":"function_call_output","output":[{"type":"input_image","image_url":"u","detail":"low"}]}]}',
    `{"input":[{"role":"user","content":[{"type":"input_image","image_url":"u"},{"type":"input_text","text":"a","detail":1}]},{"type":"function_call_output","output":[{"type":"input_image","image_url":"u"}]}],${CONTEXT},${END}}`,
  ],
  [
    "that the caller has made lite",
    '{"input":[{"type":"additional_tools","tools":[1]}],"tools":[2],"instructions":"i"}',
    `{"input":[{"type":"additional_tools","tools":[1]}],"tools":[2],"instructions":"i",${CONTEXT}}`,
  ],
];

for (const [what, body, made] of BODIES) {
  Deno.test(`the lite form of a body ${what}`, () => {
    assertEquals(lite(body), made);
  });
}

const MARK =
  '"ws_request_header_x_openai_internal_codex_responses_lite":"true"';

Deno.test("a frame says itself that it is lite", () => {
  assertEquals(
    lite('{"input":[],"client_metadata":{"a":"b"}}', true),
    `{"input":[],"client_metadata":{"a":"b",${MARK}},${CONTEXT},${END}}`,
  );
  assertEquals(
    lite('{"input":[]}', true),
    `{"input":[],${CONTEXT},"client_metadata":{${MARK}},${END}}`,
  );
});

const LITE = "x-openai-internal-codex-responses-lite";
const BODY = '{"model":"m","input":[],"tools":[{"type":"web_search"}]}';

Deno.test("a lite turn has the header, and the other form without it", async () => {
  const turn = await prepared({
    dialect: "openai",
    mode: "normalize",
    form: "lite",
    body: BODY,
  });
  const text = (body = turn.body) => new TextDecoder().decode(body?.bytes);
  assertEquals(new Map(turn.headers).get(LITE), "true");
  assert(text().includes('"additional_tools"'));
  const other = turn.form?.other?.();
  assertEquals([turn.form?.name, other?.form?.name], ["lite", "plain"]);
  assertEquals(new Map(other?.headers).has(LITE), false);
  assert(text(other?.body).includes('"tools":[{"type":"web_search"}]'));
  assertEquals(text(other?.form?.other?.().body), text());
  const id = /"id":"(at_[^"]*)"/.exec(text())?.[1];
  assert(/^at_[0-9a-f-]{36}$/.test(id ?? ""), id);
});

Deno.test("a caller that names the form has made it itself", async () => {
  const turn = await prepared({
    dialect: "openai",
    mode: "passthrough",
    form: "lite",
    headers: { [LITE]: "true" },
    body: BODY,
  });
  assertEquals([turn.form, new Map(turn.headers).get(LITE)], [
    undefined,
    "true",
  ]);
  assert(!new TextDecoder().decode(turn.body?.bytes).includes("all_turns"));
});

Deno.test("only a turn has a form", async () => {
  for (
    const given of [
      { dialect: "codex", endpoint: "responses" },
      { dialect: "openai", endpoint: "responses/compact" },
    ] as const
  ) {
    const mode = "normalize";
    const turn = await prepared({ ...given, mode, form: "lite", body: BODY });
    assertEquals(turn.form, undefined);
  }
  const frame = { dialect: "openai", mode: "normalize", form: "lite" } as const;
  const other = '{"type":"response.processed"}';
  const processed = await prepared({ ...frame, isFrame: true, body: other });
  assertEquals(processed.form, undefined);
});

Deno.test("a model's form goes by the list until another one has worked", async () => {
  const forms = new ModelForms({
    pinned: undefined,
    isLite: (model) => Promise.resolve(model === "sol"),
  });
  assertEquals([await forms.of("sol"), await forms.of("old")], [
    "lite",
    "plain",
  ]);
  forms.learn("sol", "plain");
  assertEquals([await forms.of("sol"), forms.learned], ["plain", {
    sol: "plain",
  }]);
  const pinned = new ModelForms({
    pinned: "plain",
    isLite: () => Promise.resolve(true),
  });
  assertEquals([await pinned.of("sol"), pinned.mayChange], ["plain", false]);
});

const REFUSALS: ReadonlyArray<[message: string, ofForm: boolean]> = [
  ["Model not found gpt-6-luna", true],
  [
    "X-OpenAI-Internal-Codex-Responses-Lite requires reasoning.context to be all_turns",
    true,
  ],
  ["Function 'collaboration.spawn_agent' is reserved for the system", true],
  ["Unknown item type additional_tools", true],
  ["Unsupported parameter: x", false],
  ["The model was not found", false],
  ["", false],
];

for (const [message, ofForm] of REFUSALS) {
  Deno.test(`"${message}" is ${ofForm ? "" : "not "}about the form`, () => {
    assertEquals(refusesForm(message), ofForm);
  });
}

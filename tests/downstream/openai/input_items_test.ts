import { assertEquals, assertStringIncludes } from "@std/assert";
import { editInputItems } from "../../../lib/downstream/openai/input_items.ts";

const encoder = new TextEncoder();

/** The items as they are sent, or the refusal. */
function edit(items: string) {
  const bytes = encoder.encode(items);
  const edited = editInputItems(bytes, 0);
  return edited.ok
    ? new TextDecoder().decode(edited.value ?? bytes)
    : edited.error;
}

const SENT: ReadonlyArray<[what: string, given: string, sent: string]> = [
  [
    "an easy message",
    '[{"role":"user","content":"hi"}]',
    '[{"role":"user","content":"hi","type":"message"}]',
  ],
  [
    "an easy message with null as type",
    '[{"type":null,"role":"user","content":"hi"}]',
    '[{"type":"message","role":"user","content":"hi"}]',
  ],
  [
    "a system message",
    '[{"type":"message","role":"system","content":"be brief"}]',
    '[{"type":"message","role":"developer","content":"be brief"}]',
  ],
  [
    "an easy system message in its place",
    '[{"type":"message","role":"user","content":"a"}, {"role":"system","content":"b"}]',
    '[{"type":"message","role":"user","content":"a"}, {"role":"developer","content":"b","type":"message"}]',
  ],
  [
    "a developer message",
    '[{"type":"message","role":"developer","content":[{"type":"input_text","text":"a"}]}]',
    '[{"type":"message","role":"developer","content":[{"type":"input_text","text":"a"}]}]',
  ],
  [
    "an assistant's text",
    '[{"type":"message","role":"assistant","content":"a"}]',
    '[{"type":"message","role":"assistant","content":"a"}]',
  ],
  [
    "an assistant's parts",
    '[{"type":"message","role":"assistant","content":[{"type":"input_text","text":"a"},{"type":"text","text":"b"},{"type":"output_text","text":"c"},{"type":"refusal","refusal":"d"}]}]',
    '[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"},{"type":"output_text","text":"c"},{"type":"refusal","refusal":"d"}]}]',
  ],
  [
    "a user's parts",
    '[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"auto"},{"type":"input_file","file_data":"AA=="},{"type":"input_image","file_id":null,"image_url":"u"}]}]',
    '[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"auto"},{"type":"input_file","file_data":"AA=="},{"type":"input_image","file_id":null,"image_url":"u"}]}]',
  ],
  [
    "a cache breakpoint",
    '[{"role":"user","type":"message","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":{"x":1}}]}]',
    '[{"role":"user","type":"message","content":[{"type":"input_text","text":"a"}]}]',
  ],
  [
    "reasoning without its content",
    '[{"type":"reasoning","id":"rs_1","summary":[]},1]',
    "[1]",
  ],
  [
    "reasoning with null as content",
    '[{"type":"reasoning","encrypted_content":null}]',
    "[]",
  ],
  [
    "reasoning with an empty content",
    '[{"type":"reasoning","encrypted_content":""}]',
    "[]",
  ],
  [
    "reasoning with its content",
    '[{"type":"reasoning","id":"rs_1","encrypted_content":"gA=="}]',
    '[{"type":"reasoning","id":"rs_1","encrypted_content":"gA=="}]',
  ],
  [
    "a reference to reasoning",
    '[1,{"type":"item_reference","id":"rs_1"}, 2]',
    "[1,2]",
  ],
  ["a reference without a type", '[{"id":"rs_1"}]', "[]"],
  [
    "calls and their outputs",
    '[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"x"}]},{"type":"custom_tool_call","call_id":"d","name":"g","input":"i"},{"type":"custom_tool_call_output","call_id":"d","output":"o"}]',
    '[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"x"}]},{"type":"custom_tool_call","call_id":"d","name":"g","input":"i"},{"type":"custom_tool_call_output","call_id":"d","output":"o"}]',
  ],
  ["what is no item", '[1,"x",null,[],{}]', '[1,"x",null,[],{}]'],
  [
    "an item that it does not know",
    '[{"type":"brand_new","role":"system"}]',
    '[{"type":"brand_new","role":"system"}]',
  ],
  [
    "numbers and escapes around an edit",
    '[{"n":1e400,"role":"\\u0075ser","x":"\\ud800"}]',
    '[{"n":1e400,"role":"\\u0075ser","x":"\\ud800","type":"message"}]',
  ],
];

for (const [what, given, sent] of SENT) {
  Deno.test(`input items: ${what}`, () => assertEquals(edit(given), sent));
}

const REFUSED: ReadonlyArray<
  [given: string, code: string, param: string, words: string]
> = [
  [
    '[1,{"type":"item_reference","id":"msg_1"}]',
    "item_not_found",
    "input[1]",
    "Item with id 'msg_1' not found. This gateway keeps no items: set store to false in your client, so that it sends them whole.",
  ],
  ['[{"id":"fc_1"}]', "item_not_found", "input[0]", "'fc_1'"],
  [
    '[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","file_id":"file_1"}]}]',
    "unsupported_parameter",
    "input[0].content[1].file_id",
    "cannot be made here",
  ],
  [
    '[{"type":"message","role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]',
    "unsupported_parameter",
    "input[0].content[0].file_id",
    "cannot be made here",
  ],
  [
    '[{"type":"reasoning"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"f"}]}]',
    "unsupported_parameter",
    "input[1].output[0].file_id",
    "cannot be made here",
  ],
];

for (const [given, code, param, words] of REFUSED) {
  Deno.test(`input items: ${param} of ${given.slice(0, 40)} is refused`, () => {
    const refused = edit(given);
    if (typeof refused === "string") throw new Error(`sent as ${refused}`);
    assertEquals([refused.code, refused.param], [code, param]);
    assertStringIncludes(refused.message, words);
  });
}

Deno.test("items that need no edit are not copied", () => {
  const items = '[{"type":"message","role":"user","content":"a"}]';
  assertEquals(editInputItems(encoder.encode(items), 0), {
    ok: true,
    value: undefined,
  });
});

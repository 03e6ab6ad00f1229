/**
 * What SDK callers send, and events as they are made for them: whatever comes,
 * a body that was JSON stays JSON, and an item that needs no edit keeps its
 * bytes.
 */
import { editInputItems } from "../../../lib/downstream/openai/input_items.ts";
import { liteBody } from "../../../lib/downstream/openai/lite_form.ts";
import { responsesEdits } from "../../../lib/downstream/openai/responses_request.ts";
import { ResponsesStream } from "../../../lib/downstream/openai/responses_stream.ts";
import { ResponsesWhole } from "../../../lib/downstream/openai/responses_whole.ts";
import { isObject, parseObject } from "../../../lib/protocol/json.ts";
import { editObject, scanObject } from "../../../lib/protocol/json_edit.ts";
import type { Random } from "../../support/random.ts";
import {
  type Bytes,
  bytesOf,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const ITEMS = [
  '{"role":"user","content":"hi"}',
  '{"type":"message","role":"system","content":[{"type":"input_text","text":"a"}]}',
  '{"role":"assistant","content":[{"type":"text","text":"a","prompt_cache_breakpoint":1}]}',
  '{"type":"reasoning","id":"rs_1","encrypted_content":"gA"}',
  '{"type":"reasoning","id":"rs_1","summary":[]}',
  '{"type":"item_reference","id":"rs_1"}',
  '{"type":"item_reference","id":"msg_1"}',
  '{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"f"}]}',
  '{"role":"user","content":[{"type":"input_image","image_url":"u"}]}',
];

const WORDS = [
  ...ITEMS,
  '"type":"message"',
  '"type":null',
  '"role":"system"',
  '"content":[',
  '"file_id":"f"',
  "[",
  "]",
  ",",
  "null",
  '"\\u0069d":"rs_',
  "1e400",
];

function parsed(text: string): unknown {
  return parseObject(`{"v":${text}}`)?.["v"];
}

/** The rules in short, on parsed items: what must be left of each. */
function isDropped(item: unknown): boolean {
  if (!isObject(item)) return false;
  const { type, id, role } = item;
  const content = item["encrypted_content"];
  if (type === "reasoning") {
    return typeof content !== "string" || content === "";
  }
  const isReference = type === "item_reference" ||
    (type ?? undefined) === undefined && role === undefined && "id" in item;
  return isReference && typeof id === "string" && id.startsWith("rs_");
}

export const INPUT_ITEMS: Target = {
  name: "input items",
  samples: [
    ...ITEMS.map((item) => bytesOf(`[${item}]`)),
    bytesOf(
      `[ ${
        ITEMS.filter((item) => !item.includes("msg_1") && !item.includes('"f"'))
          .join(" , ")
      } ]`,
    ),
  ],
  words: WORDS,
  check: (input) => {
    const edited = editInputItems(input, 0);
    if (!edited.ok) {
      const { code, param, message } = edited.error;
      holds(code !== "" && /^input\[\d+\]/.test(param), `blames ${param}`);
      holds(message.length < 1000, "a message without an end");
      return;
    }
    const before = parsed(textOf(input));
    if (!Array.isArray(before) || edited.value === undefined) return;
    const after = parsed(textOf(edited.value));
    holds(Array.isArray(after), "what was a list is none");
    if (!Array.isArray(after)) return;
    const kept = before.filter((item) => !isDropped(item));
    // A key given twice reads differently, so only the number is compared.
    if (!/"(\w+)"\s*:[^]*"\1"\s*:/.test(textOf(input))) {
      same(after.length, kept.length, "items");
    }
    const again = editInputItems(edited.value, 0);
    holds(again.ok && again.value === undefined, "is not edited to the end");
  },
};

export const SDK_BODIES: Target = {
  name: "SDK bodies",
  samples: [
    `{"model":"m","input":[${ITEMS[0]}],"temperature":1,"stream":true}`,
    '{"model":"m","input":"hi","tools":[{"type":"web_search_preview"}],"store":true}',
    '{"model":"m","input":[],"include":["x"],"service_tier":"fast","previous_response_id":null}',
    '{"model":"m","input":[],"tools":[],"background":false,"user":"u","user":"v"}',
  ].map(bytesOf),
  words: [
    ...WORDS,
    '"store":true',
    '"include":',
    '"tools":[]',
    '"model":',
    '"input":',
  ],
  check: (input) => {
    const scan = scanObject(input);
    if (!scan.ok) return;
    const read = responsesEdits({
      bytes: input,
      scan: scan.value,
      keepsResponses: false,
      getsItems: true,
    });
    if (!read.ok) {
      const { param, message } = read.error;
      return holds(param !== "" && message.length < 1000, `blames ${param}`);
    }
    const bytes = editObject(input, scan.value, read.value.edits);
    const rescan = scanObject(bytes);
    holds(rescan.ok, "what was JSON is none");
    if (!rescan.ok) return;
    const options = { idOf: () => "at_1", isFrame: false };
    const lite = liteBody(bytes, rescan.value, options);
    holds(scanObject(lite).ok, "a lite body that is no JSON");
    const body = parseObject(textOf(bytes));
    if (body === undefined) return;
    const made = parseObject(textOf(lite)) ?? {};
    holds(Array.isArray(made["input"]), "a lite body without its input");
    same([body["stream"], body["store"]], [true, false], "what every turn has");
    for (const name of read.value.ignored) {
      holds(name === "store" || !Object.hasOwn(body, name), `${name} stays`);
    }
  },
};

const EVENTS = [
  ["response.created", '{"type":"response.created","sequence_number":0}'],
  [
    "response.output_item.added",
    '{"output_index":0,"item":{"type":"function_call","name":"f"}}',
  ],
  ["response.function_call_arguments.delta", '{"output_index":0,"delta":"{}"}'],
  ["response.output_item.done", '{"output_index":1,"item":{"type":"message"}}'],
  [
    "response.completed",
    '{"response":{"id":"r","output":[]},"sequence_number":5}',
  ],
  ["response.done", '{"type":"response.done","response":{}}'],
  ["error", '{"error":{"message":"Unsupported parameter: x","code":null}}'],
  ["response.failed", '{"response":{"error":{"code":"server_error"}}}'],
] as const;

/** Lines of `type data`, which may be anything. */
export const SDK_EVENTS: Target = {
  name: "SDK events",
  samples: [bytesOf(EVENTS.map((event) => event.join(" ")).join("\n"))],
  words: EVENTS.flat(),
  check: (input: Bytes, random: Random) => {
    const events = textOf(input).split("\n").map((line) => {
      const space = line.indexOf(" ");
      return { type: line.slice(0, space), data: line.slice(space + 1) };
    });
    const stream = new ResponsesStream();
    const whole = new ResponsesWhole("m");
    for (const event of events) {
      const bytes = stream.event(event);
      holds(
        bytes.length === 0 || textOf(bytes).endsWith("\n\n"),
        "an event without an end",
      );
      whole.event(event);
    }
    if (random.oneIn(3)) {
      const why = { code: "stream_interrupted", message: "cut" } as const;
      holds(
        textOf(stream.interrupted(why)).startsWith("event: error"),
        "no error",
      );
      whole.interrupted(why);
    }
    const answer = whole.answer();
    if (answer.kind === "error") {
      return holds(answer.error.status >= 400, "an error that is none");
    }
    const json = typeof answer.json === "string"
      ? bytesOf(answer.json)
      : answer.json;
    holds(scanObject(json).ok, "an answer that is no JSON");
  },
};

/** Chat completions: requests, and the events of their answers. */
import { chatAnswer } from "../../../lib/downstream/chat/answer.ts";
import {
  type ChatForm,
  readChatRequest,
} from "../../../lib/downstream/chat/request.ts";
import type { AnswerWriter } from "../../../lib/downstream/openai/answer_writer.ts";
import { isObject, parseObject } from "../../../lib/protocol/json.ts";
import { SseScanner } from "../../../lib/protocol/sse.ts";
import { putTogether, wholeParts } from "../../downstream/chat/put_together.ts";
import { randomTurn } from "../../downstream/chat/random_turn.ts";
import { seeded } from "../../support/random.ts";
import {
  type Bytes,
  bytesOf,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const CALL = {
  role: "assistant",
  tool_calls: [{
    id: "a",
    type: "function",
    function: { name: "f", arguments: "{}" },
  }],
};
const OUTPUT = { role: "tool", tool_call_id: "a", content: "x" };
const IMAGE = { type: "image_url", image_url: { url: "data:x" } };

const REQUESTS: readonly unknown[] = [
  {
    model: "m",
    messages: [
      { role: "system", content: "be brief" },
      { role: "user", content: [{ type: "text", text: "a" }, IMAGE] },
      CALL,
      OUTPUT,
    ],
    tools: [{ type: "function", function: { name: "f".repeat(80) } }],
    tool_choice: "auto",
    stream: true,
    stream_options: { include_usage: true },
  },
  {
    model: "m",
    messages: [{ role: "user", content: "hi" }],
    functions: [{ name: "f", parameters: {} }],
    function_call: { name: "f" },
    response_format: { type: "json_schema", json_schema: { name: "s" } },
    reasoning_effort: "low",
    web_search_options: { user_location: { approximate: {} } },
  },
  { model: "m", input: "hi", stream: false },
];

export const CHAT_REQUESTS: Target = {
  name: "chat requests",
  samples: REQUESTS.map((body) => bytesOf(JSON.stringify(body))),
  words: [
    '"messages":[',
    '"role":"tool"',
    '"role":"function","name":"f"',
    '"function_call":{"name":"f"}',
    '"content":null',
    '"content":[]',
    '"tool_calls":[]',
    '"type":"custom","custom":{"name":"c"}',
    '"type":"allowed_tools","allowed_tools":{"tools":[]}',
    '"n":2',
    '"__proto__":{}',
    "1e400",
    "[[[[",
    "null",
  ],
  check: (input) => {
    const read = readChatRequest(input);
    if (!read.ok) {
      const { status, message, param } = read.error;
      holds(status === 400, `the status ${status}`);
      holds(message.length < 1_000, "a reason without an end");
      holds(param === undefined || param !== "", "no name of a parameter");
      return;
    }
    const { body, form, members, ignored } = read.value;
    same(textOf(readAgain(input)), textOf(body), "the same request again");
    const turn = parseObject(textOf(body));
    holds(turn !== undefined, "a turn that is no object");
    holds(turn?.["stream"] === true, "a turn without a stream");
    holds(ignored.every((name) => members.includes(name)), "a strange name");
    // With null for messages, `input` is that of a Responses request.
    const asked = parseObject(textOf(input))?.["messages"] ?? undefined;
    if (asked === undefined || turn === undefined) return;
    const { input: items } = turn;
    holds(Array.isArray(items), "a turn without a list of items");
    for (const [short, long] of form.toolNames) {
      holds(short.length <= 64 && long.length > 64, `${short} for ${long}`);
    }
  },
};

function readAgain(input: Bytes): Bytes {
  const again = readChatRequest(input);
  return again.ok ? again.value.body : bytesOf("");
}

/** Streams of random turns: the damage comes from outside. */
const STREAMS = Array.from({ length: 20 }, (_, seed) =>
  bytesOf(
    randomTurn(seeded(seed)).events
      .map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""),
  ));

const FAILED = {
  type: "response.failed",
  response: { error: { code: "server_error", message: "it broke" } },
};

export const CHAT_ANSWERS: Target = {
  name: "chat answers",
  samples: [
    ...STREAMS,
    bytesOf(`data: ${JSON.stringify(FAILED)}\n\n`),
  ],
  words: [
    '"type":"response.completed"',
    '"type":"response.failed"',
    '"type":"response.output_item.done"',
    '"output_index":0',
    '"output_index":"0"',
    '"item_id":"item_0"',
    '"delta":null',
    '"delta":"x"',
    '"arguments":"{}"',
    '"response":null',
    '"output":[{"type":"message","content":[{"text":"x"}]}]',
    '"status":"incomplete"',
    "\n\ndata: ",
  ],
  check: (input, random) => {
    const form: ChatForm = {
      model: "m",
      stream: true,
      includeUsage: random.oneIn(2),
      olderCalls: random.oneIn(2),
      toolNames: new Map([["tool_0", "long"]]),
    };
    const stream = answerTo(input, form);
    const whole = answerTo(input, { ...form, stream: false });
    const { error } = whole;
    if (error !== undefined) {
      const last = stream.text.split("\n\n").at(-2) ?? "";
      holds(last.startsWith('data: {"error":'), `no error: ${last}`);
      holds(!stream.text.includes("[DONE]"), "an end behind an error");
      return;
    }
    holds(stream.text.endsWith("data: [DONE]\n\n"), "a stream without an end");
    holds(isObject(whole.value), "a completion that is no object");
    const completion = JSON.parse(JSON.stringify(whole.value));
    same(
      putTogether(stream.text, form.olderCalls),
      wholeParts(completion, form.olderCalls),
      "chunks and whole",
    );
  },
};

interface Answered {
  readonly text: string;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** Hands the events to a writer, as the relay does. */
function answerTo(input: Bytes, form: ChatForm): Answered {
  const writer: AnswerWriter = chatAnswer(form, {
    now: () => 1e12,
    newId: () => "id",
  }).writer();
  let text = "";
  let isOver = false;
  for (const event of new SseScanner(() => true).push(input)) {
    const said = writer.event(event);
    if (writer.isFull) break;
    if (said) text += textOf(said);
    isOver = END.has(event.type);
    if (isOver) break;
  }
  if (!isOver) {
    const why = { code: "stream_interrupted", message: "cut" } as const;
    const said = writer.interrupted(why);
    if (said) text += textOf(said);
  }
  if (writer.kind === "stream") return { text };
  const answer = writer.answer();
  return answer.kind === "error"
    ? { text, error: answer.error }
    : { text, value: parseObject(textOfJson(answer.json)) };
}

const END: ReadonlySet<string> = new Set([
  "response.completed",
  "response.done",
  "response.incomplete",
  "response.failed",
  "error",
]);

function textOfJson(json: Bytes | string): string {
  return typeof json === "string" ? json : textOf(json);
}

import { assertEquals } from "@std/assert";
import type { TurnEvent } from "../../../lib/downstream/openai/answer_writer.ts";
import { ResponsesStream } from "../../../lib/downstream/openai/responses_stream.ts";
import { ResponsesWhole } from "../../../lib/downstream/openai/responses_whole.ts";
import { SseScanner } from "../../../lib/protocol/sse.ts";
import { MAX_COLLECTED_CHARS } from "../../../lib/limits.ts";

function event(type: string, more = ""): TurnEvent {
  return { type, data: `{"type":"${type}"${more === "" ? "" : `,${more}`}}` };
}

const done = (index: number, item: string) =>
  event("response.output_item.done", `"output_index":${index},"item":${item}`);
const completed = (response: string) =>
  event("response.completed", `"response":${response},"sequence_number":9`);

const encoder = new TextEncoder();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What a streaming caller gets of these events. */
function streamed(...events: readonly TurnEvent[]): string {
  const writer = new ResponsesStream();
  return events.map((one) => text(writer.event(one))).join("");
}

const wire = ({ type, data }: TurnEvent) => `event: ${type}\ndata: ${data}\n\n`;

/** Events, and whether a streaming caller gets them. */
const PASSED: ReadonlyArray<[type: string, passed: boolean]> = [
  ["response.created", true],
  ["response.output_text.delta", true],
  ["response.brand_new", true],
  ["response.failed", true],
  ["response.incomplete", true],
  ["error", true],
  ["response.metadata", false],
  ["codex.rate_limits", false],
  ["keepalive", false],
  ["message", false],
];

for (const [type, passed] of PASSED) {
  Deno.test(`a streaming SDK caller gets ${passed ? "" : "no "}${type}`, () => {
    const one = event(type, '"n": 1e400, "s":"\\ud800"');
    assertEquals(streamed(one), passed ? wire(one) : "");
  });
}

/** Terminal responses after two items, and what the caller gets. */
const FILLED: ReadonlyArray<[response: string, filled: string]> = [
  ['{"id":"r"}', '{"id":"r","output":[{"a":1.0},{"b":2}]}'],
  [
    '{ "output" : [ ], "id":"r"}',
    '{ "output" : [{"a":1.0},{"b":2}], "id":"r"}',
  ],
  ['{"output":null}', '{"output":[{"a":1.0},{"b":2}]}'],
  ['{"output":[{"own":1}]}', '{"output":[{"own":1}]}'],
  ["null", "null"],
  ["5", "5"],
];

for (const [response, filled] of FILLED) {
  Deno.test(`the output of ${response} is filled by index`, () => {
    const items = [done(1, '{"b":2}'), done(0, '{"a":1.0}')];
    for (
      const type of [
        "response.completed",
        "response.incomplete",
        "response.failed",
      ]
    ) {
      const given = event(type, `"response":${response}`);
      const expected = event(type, `"response":${filled}`);
      assertEquals(
        streamed(...items, given),
        [...items, expected].map(wire).join(""),
      );
    }
  });
}

Deno.test("without items a terminal event keeps its bytes", () => {
  const end = completed('{"output": []}');
  assertEquals(streamed(end), wire(end));
});

Deno.test("response.done is passed as response.completed", () => {
  assertEquals(
    streamed(event("response.done", '"response":{"output":[1]}')),
    wire(event("response.completed", '"response":{"output":[1]}')),
  );
});

Deno.test("an interruption has the next number", () => {
  const why = { code: "stream_interrupted", message: "cut" } as const;
  const error = { ...why, type: "server_error", param: null };
  for (
    const [events, number] of [
      [[], 0],
      [[event("response.created")], 0],
      [[event("response.created", '"sequence_number":0')], 1],
      [[
        event("response.created", '"sequence_number": 41'),
        event("codex.rate_limits", '"sequence_number":99'),
      ], 42],
    ] as const
  ) {
    const writer = new ResponsesStream();
    for (const one of events) writer.event(one);
    assertEquals(
      text(writer.interrupted(why)),
      `event: error\ndata: {"type":"error","code":"stream_interrupted","message":"cut","param":null,"error":${
        JSON.stringify(error)
      },"sequence_number":${number}}\n\n`,
    );
  }
});

/** What a caller gets in one piece: the object, or status and code. */
function whole(...events: readonly TurnEvent[]): unknown {
  const writer = new ResponsesWhole("asked");
  for (const one of events) writer.event(one);
  return told(writer);
}

function told(writer: ResponsesWhole): unknown {
  const answer = writer.answer();
  if (answer.kind === "error") {
    return [answer.error.status, answer.error.error.code];
  }
  const json = typeof answer.json === "string"
    ? answer.json
    : text(answer.json);
  return JSON.parse(json);
}

const LACKED = {
  object: "response",
  output: [],
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: "asked",
  parallel_tool_calls: true,
  temperature: null,
  top_p: null,
  tool_choice: "auto",
  tools: [],
  text: { format: { type: "text" } },
  usage: null,
};

Deno.test("a whole answer has every member that SDKs need", () => {
  assertEquals(whole(completed("{}")), LACKED);
  assertEquals(whole(completed("null")), LACKED);
  assertEquals(whole(event("response.done")), LACKED);
  const given = {
    ...LACKED,
    id: "resp_1",
    model: "real",
    usage: { total_tokens: 3 },
    tools: [{ type: "web_search" }],
    output: [{ type: "message" }],
    status: "completed",
  };
  assertEquals(whole(completed(JSON.stringify(given))), given);
});

Deno.test("a whole answer keeps the bytes of what it completes", () => {
  const writer = new ResponsesWhole("m");
  writer.event(done(0, '{"n":1e400}'));
  writer.event(completed('{"id": "r", "x":123456789012345678901}'));
  const answer = writer.answer();
  const json = answer.kind === "answer" && typeof answer.json !== "string"
    ? text(answer.json)
    : "";
  assertEquals(json.startsWith('{"id": "r", "x":123456789012345678901,'), true);
  assertEquals(json.endsWith(',"output":[{"n":1e400}]}'), true);
});

Deno.test("an incomplete turn is an answer", () => {
  const response = {
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
  };
  assertEquals(
    whole(
      event("response.incomplete", `"response":${JSON.stringify(response)}`),
    ),
    { ...LACKED, ...response },
  );
});

Deno.test("items that never were done are built from their deltas", () => {
  const added = (index: number, item: string) =>
    event(
      "response.output_item.added",
      `"output_index":${index},"item":${item}`,
    );
  const delta = (type: string, index: number, value: string) =>
    event(
      type,
      `"output_index":${index},"item_id":"i${index}","delta":${
        JSON.stringify(value)
      }`,
    );
  const TEXT = "response.output_text.delta";
  const ARGUMENTS = "response.function_call_arguments.delta";
  assertEquals(
    whole(
      added(0, '{"type":"reasoning","id":"rs"}'),
      added(
        1,
        '{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"","status":"in_progress"}',
      ),
      added(
        2,
        '{"type":"message","id":"msg","role":"assistant","content":[],"status":"in_progress"}',
      ),
      delta(ARGUMENTS, 1, '{"a":'),
      delta(TEXT, 2, "Hel"),
      delta(TEXT, 3, "bare"),
      delta(ARGUMENTS, 1, "1}"),
      delta(TEXT, 2, "lo"),
      completed('{"output":[]}'),
    ),
    {
      ...LACKED,
      output: [
        {
          type: "function_call",
          id: "fc",
          call_id: "c1",
          name: "f",
          arguments: '{"a":1}',
          status: "completed",
        },
        {
          type: "message",
          id: "msg",
          role: "assistant",
          status: "completed",
          content: [{
            type: "output_text",
            text: "Hello",
            annotations: [],
            logprobs: [],
          }],
        },
        {
          type: "message",
          id: "i3",
          role: "assistant",
          status: "completed",
          content: [{
            type: "output_text",
            text: "bare",
            annotations: [],
            logprobs: [],
          }],
        },
      ],
    },
  );
});

Deno.test("an item that is done is not built again", () => {
  assertEquals(
    whole(
      event("response.output_text.delta", '"output_index":0,"delta":"x"'),
      done(0, '{"type":"message","id":"whole"}'),
      completed("{}"),
    ),
    { ...LACKED, output: [{ type: "message", id: "whole" }] },
  );
});

Deno.test("a turn that failed is an error in one piece", () => {
  const error = '{"code":"server_error","message":"no"}';
  assertEquals(
    whole(
      event("response.output_text.delta"),
      event("response.failed", `"response":{"error":${error}}`),
    ),
    [500, "server_error"],
  );
  assertEquals(whole(event("error", `"error":${error}`)), [
    500,
    "server_error",
  ]);
  const cut = new ResponsesWhole("m");
  cut.event(event("response.output_text.delta"));
  cut.interrupted({ code: "stream_interrupted", message: "cut" });
  assertEquals(told(cut), [502, "stream_interrupted"]);
});

Deno.test("a writer that holds too much is full", () => {
  const big = `{"text":"${"x".repeat(MAX_COLLECTED_CHARS / 4)}"}`;
  for (const writer of [new ResponsesStream(), new ResponsesWhole("m")]) {
    for (let index = 0; index < 4; index++) {
      assertEquals(writer.isFull, false);
      writer.event(done(index, big));
    }
    assertEquals(writer.isFull, true);
  }
});

Deno.test("begun items and empty deltas fill no memory that is not counted", () => {
  const added = (index: number) =>
    event(
      "response.output_item.added",
      `"output_index":${index},"item":{"type":"message","x":"${
        "x".repeat(MAX_COLLECTED_CHARS / 4)
      }"}`,
    );
  const writer = new ResponsesWhole("m");
  for (let index = 0; index < 5; index++) writer.event(added(0));
  assertEquals(writer.isFull, false);
  for (let index = 1; index < 4; index++) writer.event(added(index));
  assertEquals(writer.isFull, true);
});

Deno.test("an event of several lines stays one event", () => {
  const type = "response.output_text.delta";
  const data = `{\n"type":"${type}",\n"delta":"a\\nb"}`;
  const scanner = new SseScanner(() => true);
  const sent = encoder.encode(streamed({ type, data }));
  assertEquals(scanner.push(sent).map(({ data }) => data), [data]);
});

for (const data of ['{"type":"response.completed","response":{"id":"r', ""]) {
  Deno.test(`a turn with the damaged end "${data}" is no answer`, () => {
    const writer = new ResponsesWhole("m");
    writer.event({ type: "response.completed", data });
    const answer = writer.answer();
    assertEquals(
      answer.kind === "error" &&
        [answer.error.status, answer.error.error.code],
      [502, "stream_interrupted"],
    );
  });
}

const DAMAGED = [
  "response.output_item.done",
  "response.output_item.added",
  "response.output_text.delta",
  "response.function_call_arguments.delta",
];

for (const type of DAMAGED) {
  Deno.test(`a turn with a damaged ${type} is an answer only with its own output`, () => {
    const kindOf = (response: string) => {
      const writer = new ResponsesWhole("m");
      writer.event({ type, data: '{"type":"resp' });
      writer.event(completed(response));
      return writer.answer().kind;
    };
    assertEquals(kindOf('{"output":[]}'), "error");
    assertEquals(kindOf('{"output":[{}]}'), "answer");
  });
}

for (const status of ["failed", "cancelled"]) {
  Deno.test(`a completed turn with the status ${status} is an error`, () => {
    const writer = new ResponsesWhole("m");
    const error = '{"code":"rate_limit_exceeded","message":"slow"}';
    writer.event(completed(`{"status":"${status}","error":${error}}`));
    const answer = writer.answer();
    assertEquals(answer.kind === "error" && answer.error.status, 429);
  });
}

/** Messages of a websocket: a caller's turns, and upstream's events. */
import { readEvent, readFrame } from "../../../lib/relay/websocket/frame.ts";
import { parseObject } from "../../../lib/protocol/json.ts";
import {
  bytesOf,
  captured,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const WORDS = [
  '"type":"response.create"',
  '{"type":"',
  '"previous_response_id":null',
  '"previous_response_id":"resp_1"',
  '"client_metadata":{"x-codex-turn-state":"x"}',
  '"_gateway":{"session_source":"vscode"}',
  '"_gateway":{"request_form":"plain"}',
  '"_gateway":[[[[',
  '"input":"text"',
  '"input":[]',
  '"stream":false',
  '"tools":[{"type":"web_search_preview"}]',
  '"status":429',
  '"error":{"code":"usage_limit_reached"}',
];

export const CALLER_FRAMES: Target = {
  name: "caller frames",
  samples: [
    ...captured("D1-ws-lite-toolcall.json", ["json", "text", "frame", "data"]),
    bytesOf(
      '{"type":"response.create","model":"m","input":"hi","_gateway":{}}',
    ),
    bytesOf('{"type":"response.create","previous_response_id":"r","input":[]}'),
  ],
  words: WORDS,
  check: async (input, random) => {
    const text = textOf(input);
    const headers = new Headers(
      random.oneIn(2) ? { originator: "codex_exec" } : {},
    );
    const frame = await readFrame(text, { headers }, {
      normalize: random.oneIn(2),
      identity: [["originator", "x"]],
      newId: () => "id",
      sessionNames: { key: new Uint8Array(32), startedAt: 1e12 },
      parallelToolCalls: () => Promise.resolve(undefined),
      forms: { of: () => Promise.resolve("plain") },
    });
    if (!frame.ok) {
      holds(frame.error.message.length < 2_000, "a reason without an end");
      return;
    }
    if (frame.value.kind !== "turn") return;
    const { body } = frame.value.turn.prepared;
    holds(body !== undefined, "a turn without a body");
    const before = parseObject(text);
    const after = body && parseObject(textOf(body.bytes));
    if (!before || !after) return;
    holds(!Object.hasOwn(after, "_gateway"), "what is ours goes up");
    // A Codex caller is right by definition.
    if (!headers.has("originator")) return;
    const { _gateway: _, ...rest } = before;
    same(after, rest, "the turn");
  },
};

export const UPSTREAM_EVENTS: Target = {
  name: "upstream events",
  samples: [
    ...captured("C2-ws-inband-errors.json", ["json", "text", "frame", "event"]),
    bytesOf(
      '{"type":"response.metadata","headers":{"x-codex-turn-state":"t"}}',
    ),
    bytesOf('{"type":"response.completed","response":{"id":"r"}}'),
    bytesOf('{"type":"response.failed","response":{"error":{"code":"c"}}}'),
  ],
  words: [
    ...WORDS,
    "response.incomplete",
    "response.failed",
    "error",
    '"headers":{"retry-after":"1"}',
    '"headers":{"a b":"\\n"}',
  ],
  check: (input) => {
    const text = textOf(input);
    const event = readEvent(text, 1e12);
    const object = parseObject(text);
    const hasOne = (text.match(/"type"/g) ?? []).length === 1;
    if (object && hasOne && !text.includes("\\")) {
      const type = object["type"];
      same(event.type, typeof type === "string" ? type : "", "type");
    }
    if (event.outcome?.kind !== "failed") return;
    const { failure } = event.outcome;
    if (!("retryAfterMs" in failure)) return;
    const { retryAfterMs = 1_000 } = failure;
    holds(Number.isFinite(retryAfterMs) && retryAfterMs >= 0, "a delay");
  },
};

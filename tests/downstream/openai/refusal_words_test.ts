import { assertEquals } from "@std/assert";
import { meaningOfWords } from "../../../lib/downstream/openai/refusal_words.ts";
import { withParameter } from "../../../lib/downstream/openai/responses_events.ts";

const WORDS: ReadonlyArray<
  [message: string, code: string, param: string, isOurs?: true]
> = [
  ["Unsupported parameter: top_k", "unsupported_parameter", "top_k"],
  ["Unsupported parameter: 'text.x'.", "unsupported_parameter", "text.x"],
  [
    "The 'gpt-9' model is not supported when using Codex with a ChatGPT account.",
    "model_not_found",
    "model",
  ],
  ["Stream must be set to true", "gateway_bug", "stream", true],
  ["Store must be set to false", "gateway_bug", "store", true],
  ["Instructions are required", "gateway_bug", "instructions", true],
  ["Input must be a list", "gateway_bug", "input", true],
  ["System messages are not allowed", "gateway_bug", "input", true],
];

for (const [message, code, param, isOurs = false] of WORDS) {
  Deno.test(`"${message}" is about ${param}`, () => {
    assertEquals(meaningOfWords(message), { code, param, isOurs });
  });
}

for (
  const message of [
    "",
    "Unsupported parameter: a b",
    "The user said: Unsupported parameter: x",
    "Invalid value",
  ]
) {
  Deno.test(`"${message}" has no known meaning`, () => {
    assertEquals(meaningOfWords(message), undefined);
  });
}

/** Error events, and what of them is filled in. */
const EVENTS: ReadonlyArray<[event: string, filled: string]> = [
  [
    '{"type":"error","error":{"message":"Unsupported parameter: x","code":null, "n":1e400},"status":400}',
    '{"type":"error","error":{"message":"Unsupported parameter: x","code":"unsupported_parameter", "n":1e400,"param":"x"},"status":400}',
  ],
  [
    '{"type":"error","message":"Unsupported parameter: x"}',
    '{"type":"error","message":"Unsupported parameter: x","code":"unsupported_parameter","param":"x"}',
  ],
  [
    '{"type":"error","error":{"message":"Unsupported parameter: x","code":"own"}}',
    '{"type":"error","error":{"message":"Unsupported parameter: x","code":"own"}}',
  ],
  ['{"type":"error","error":null}', '{"type":"error","error":null}'],
  ["no JSON", "no JSON"],
];

for (const [event, filled] of EVENTS) {
  Deno.test(`code and param of ${event} are filled in where they are known`, () => {
    assertEquals(withParameter(event), filled);
  });
}

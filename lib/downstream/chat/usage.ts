/** The usage of a turn, as a chat answer tells it. */
import {
  type JsonObject,
  numberField,
  objectField,
} from "../../protocol/json.ts";

/** `response`: of the terminal event. Undefined: upstream tells none. */
export function chatUsage(response: JsonObject): JsonObject | undefined {
  const usage = objectField(response, "usage");
  if (!usage) return undefined;
  const prompt = numberField(usage, "input_tokens") ?? 0;
  const completion = numberField(usage, "output_tokens") ?? 0;
  const input = objectField(usage, "input_tokens_details") ?? {};
  const output = objectField(usage, "output_tokens_details") ?? {};
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: numberField(usage, "total_tokens") ?? prompt + completion,
    prompt_tokens_details: {
      cached_tokens: numberField(input, "cached_tokens") ?? 0,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: numberField(output, "reasoning_tokens") ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

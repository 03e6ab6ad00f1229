/**
 * The response object inside `response.created`, `response.in_progress` and the
 * terminal events: the keys of the recorded ones, and those that OpenAI's public
 * reference has besides.
 */

import { type JsonObject, objectField } from "../../protocol/json.ts";

export interface ResponseHead {
  readonly id: string;
  /**
   * The id in `response.completed`, which the next turn names
   * (docs/client.md, "Turns over a websocket").
   */
  readonly completedId: string;
  /** Unix seconds. */
  readonly createdAt: number;
  /** The body that is answered: most of it stands in the response again. */
  readonly request: JsonObject;
}

export type ResponseStatus =
  | "in_progress"
  | "completed"
  | "incomplete"
  | "failed";

/** What is known only at the end; `output` undefined: no such key. */
export interface Ending {
  readonly output?: readonly JsonObject[] | undefined;
  readonly usage?: JsonObject | null;
  readonly error?: { readonly code: string; readonly message: string } | null;
  readonly incompleteDetails?: { readonly reason: string } | null;
}

export function responseObject(
  { id, createdAt, request }: ResponseHead,
  status: ResponseStatus,
  { output, usage = null, error = null, incompleteDetails = null }: Ending,
): JsonObject {
  return {
    id,
    object: "response",
    created_at: createdAt,
    status,
    background: false,
    completed_at: status === "completed" ? createdAt : null,
    error: error && { code: error.code, message: error.message },
    incomplete_details: incompleteDetails,
    instructions: request.instructions ?? null,
    max_output_tokens: null,
    model: request.model ?? null,
    ...(output === undefined ? {} : { output }),
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: {
      effort: null,
      summary: null,
      ...objectField(request, "reasoning"),
    },
    service_tier: tierOf(request, status),
    store: false,
    temperature: 1,
    text: {
      format: { type: "text" },
      verbosity: "medium",
      ...objectField(request, "text"),
    },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_logprobs: 0,
    top_p: 1,
    truncation: "disabled",
    usage,
    user: null,
    metadata: {},
  };
}

/** A tier is decided while the turn is under way. */
function tierOf(request: JsonObject, status: ResponseStatus): unknown {
  const undecided = status === "in_progress" ? "auto" : "default";
  return request.service_tier ?? undecided;
}

export function usageOf(
  { inputTokens, outputTokens }: {
    readonly inputTokens: number;
    readonly outputTokens: number;
  },
): JsonObject {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
}

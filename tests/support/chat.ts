/** Chat callers of a gateway, and whole turns of upstream for them. */
import type { TestGateway } from "./gateway.ts";
import { type Bytes, event } from "./turns.ts";

type Json = Readonly<Record<string, unknown>>;

export const CHAT_BODY: Json = {
  model: "gpt-6.2-sol",
  messages: [{ role: "user", content: "say: hello" }],
  parallel_tool_calls: false,
};

/** A chat completion, not streamed unless `body` says so. */
export function chat(
  test: TestGateway,
  body: Json = {},
  init: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Response> {
  return fetch(test.url("/v1/chat/completions"), {
    method: "POST",
    headers: { "content-type": "application/json", ...init.headers },
    body: JSON.stringify({ ...CHAT_BODY, ...body }),
    signal: init.signal ?? null,
  });
}

export const CHAT_CREATED: Bytes = event("response.created", {
  response: {
    id: "resp_1",
    created_at: 1_790_000_000,
    model: "gpt-6.2-sol",
    status: "in_progress",
  },
});

export function said(delta: string): Bytes {
  return event("response.output_text.delta", {
    output_index: 0,
    item_id: "msg_1",
    delta,
  });
}

/** A function call, whole. */
export function called(name: string, args: string): Bytes {
  return event("response.output_item.done", {
    output_index: 1,
    item: {
      type: "function_call",
      id: "fc_1",
      call_id: "call_1",
      name,
      arguments: args,
    },
  });
}

export const CHAT_COMPLETED: Bytes = event("response.completed", {
  response: {
    id: "resp_1",
    status: "completed",
    output: [],
    usage: { input_tokens: 7, output_tokens: 2, total_tokens: 9 },
  },
});

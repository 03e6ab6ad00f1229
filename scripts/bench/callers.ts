/**
 * The same conversation as three callers send it: the official client, an SDK
 * that speaks Responses, and an SDK that speaks chat completions.
 */
import {
  type BenchRequest,
  benchRequest,
  type RequestOptions,
} from "./request.ts";

export interface Caller {
  readonly name: string;
  /** `size` is that of the official client's body; the text is the same. */
  readonly request: (options: RequestOptions, stream: boolean) => BenchRequest;
  /** What a good answer holds. */
  readonly streamEnd: string;
  /** Undefined: the caller always streams. */
  readonly wholeEnd?: string;
}

export const CALLERS: readonly Caller[] = [
  {
    name: "Codex",
    request: (options) => benchRequest(options),
    streamEnd: "response.completed",
  },
  {
    name: "SDK Responses",
    request: (options, stream) =>
      sdkRequest("/v1/responses", {
        stream,
        input: conversation(options),
      }),
    streamEnd: "response.completed",
    wholeEnd: '"output_text","text":" token 0"',
  },
  {
    name: "chat",
    request: (options, stream) =>
      sdkRequest("/v1/chat/completions", {
        stream,
        ...stream ? { stream_options: { include_usage: true } } : {},
        messages: conversation(options),
      }),
    streamEnd: "data: [DONE]",
    wholeEnd: '"finish_reason":"stop"',
  },
];

function sdkRequest(
  path: string,
  members: Readonly<Record<string, unknown>>,
): BenchRequest {
  return {
    path,
    headers: [
      ["accept", "application/json"],
      ["content-type", "application/json"],
      ["authorization", "Bearer sk-bench"],
      ["user-agent", "OpenAI/JS 7.59.0"],
      ["x-stainless-lang", "js"],
      ["x-stainless-package-version", "7.59.0"],
      ["x-stainless-retry-count", "0"],
    ],
    body: JSON.stringify({ model: "gpt-6.2-sol", ...members }),
  };
}

/** The official client's messages, in the form that both SDKs send. */
function conversation(
  options: RequestOptions,
): readonly Record<string, unknown>[] {
  const { input }: {
    readonly input: readonly {
      readonly role: string;
      readonly content: readonly { readonly text: string }[];
    }[];
  } = JSON.parse(benchRequest(options).body);
  return input.map(({ role, content }) => ({
    role,
    content: content.map(({ text }) => text).join(""),
  }));
}

/** Requests as an OpenAI SDK sends them. */
import type { TestGateway } from "./gateway.ts";
import type { RawUpstream } from "./raw_upstream.ts";

export const SDK_HEADERS: Readonly<Record<string, string>> = {
  "authorization": "Bearer sk-any",
  "content-type": "application/json",
  "user-agent": "OpenAI/JS 7.59.0",
  "x-stainless-lang": "js",
};

/** A turn in the Responses API. */
export function sdkTurn(
  test: TestGateway,
  body: Readonly<Record<string, unknown>> = {},
  init: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Response> {
  return fetch(test.url("/v1/responses"), {
    method: "POST",
    headers: { ...SDK_HEADERS, ...init.headers },
    body: JSON.stringify({
      model: "gpt-6.2-sol",
      input: "say: hello",
      ...body,
    }),
    signal: init.signal ?? null,
  });
}

/** How many turns upstream was asked for: it is asked for the models, too. */
export function turnsAt({ heads }: RawUpstream): number {
  return heads.filter((head) => head.startsWith("POST ")).length;
}

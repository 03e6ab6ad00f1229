import { assertEquals } from "@std/assert";
import type {
  Endpoint,
  PreparedRequest,
} from "../../lib/downstream/prepared.ts";
import { headersTimeout } from "../../lib/relay/http.ts";
import { CODEX_HEADERS, startTestGateway } from "../support/gateway.ts";
import { assertQuiet } from "../support/quiet.ts";
import { RawUpstream } from "../support/raw_upstream.ts";

Deno.test("a whole answer that never ends is given up", async () => {
  await using upstream = new RawUpstream(async (exchange) => {
    await exchange.raw(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
        'content-length: 100\r\n\r\n{"output":[',
    );
    await exchange.left;
  });
  await using test = await startTestGateway({
    upstream: upstream.url,
    warm: true,
    timeouts: { headersMs: 100, longHeadersMs: 100, idleMs: 100 },
  });
  const response = await fetch(test.url("/v1/responses/compact"), {
    method: "POST",
    headers: CODEX_HEADERS,
    body: '{"model":"gpt-6.2-sol","input":[]}',
  });
  const { error } = await response.json();
  assertEquals([response.status, error.code], [504, "upstream_timeout"]);
  await assertQuiet(test);
});

const WHOLE: readonly string[] = [
  "responses/compact",
  "memories/trace_summarize",
  "alpha/search",
  "images/generations",
  "images/edits",
];

for (const route of WHOLE) {
  Deno.test(`JSON of ${route} is an answer, though the body asks for events`, async () => {
    await using upstream = new RawUpstream((exchange) =>
      exchange.raw(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
          'content-length: 13\r\n\r\n{"output":[]}',
      )
    );
    await using test = await startTestGateway({
      upstream: upstream.url,
      warm: true,
    });
    const response = await fetch(test.url(`/v1/${route}`), {
      method: "POST",
      headers: CODEX_HEADERS,
      body: '{"model":"gpt-6.2-sol","input":[],"stream":true}',
    });
    assertEquals(
      [response.status, await response.text()],
      [200, '{"output":[]}'],
    );
    await assertQuiet(test);
  });
}

const HEADS: ReadonlyArray<[endpoint: Endpoint, ms: number]> = [
  ["responses", 10],
  ["models", 10],
  ["alpha/search", 10],
  ["responses/compact", 20],
  ["images/generations", 20],
  ["images/edits", 20],
];

for (const [endpoint, ms] of HEADS) {
  Deno.test(`the head of an answer to ${endpoint} may take ${ms} of 10 and 20 ms`, () => {
    const request: Pick<PreparedRequest, "endpoint" | "body"> = {
      endpoint,
      body: undefined,
    };
    const timeouts = { headersMs: 10, longHeadersMs: 20 };
    assertEquals(headersTimeout(request, timeouts), ms);
  });
}

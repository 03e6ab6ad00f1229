/** What SDK callers get besides turns: models, other endpoints, ids. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CATALOGUE } from "../../lib/simulator/model/catalogue.ts";
import { spentForAnHour } from "../support/faults.ts";
import { startTestGateway } from "../support/gateway.ts";
import { sdkTurn } from "../support/sdk.ts";

Deno.test("an SDK caller sees the models that clients offer", async () => {
  await using test = await startTestGateway({ warm: true });
  const { object, data } = await (await fetch(test.url("/v1/models"))).json();
  const listed = CATALOGUE.filter(({ visibility }) => visibility !== "hide");
  assert(listed.length < CATALOGUE.length);
  assertEquals([object, data.map(({ id }: { id: string }) => id)], [
    "list",
    listed.map(({ slug }) => slug),
  ]);
  assertEquals(data[0], {
    id: "gpt-6.2-sol",
    object: "model",
    created: 1735689600,
    owned_by: "openai",
    context_window: 500000,
    supported_reasoning_levels: [
      "low",
      "medium",
      "high",
      "xhigh",
      "max",
      "ultra",
    ],
    use_responses_lite: true,
  });
});

Deno.test("a model can be asked for by its id", async () => {
  await using test = await startTestGateway({ warm: true });
  const hidden = CATALOGUE.find(({ visibility }) => visibility === "hide");
  for (const slug of ["gpt-6.2-sol", String(hidden?.["slug"])]) {
    for (const path of [slug, `${slug}/`, slug.replace("g", "%67")]) {
      const model = await fetch(test.url(`/v1/models/${path}`));
      const { id, object } = await model.json();
      assertEquals([model.status, id, object], [200, slug, "model"]);
    }
  }
  for (
    const [path, id] of [["nope", "nope"], ["a/b", "a/b"], ["a%2Fb", "a/b"]]
  ) {
    const answer = await fetch(test.url(`/v1/models/${path}`));
    assertEquals([answer.status, await answer.json()], [404, {
      error: {
        message: `The model \`${id}\` does not exist.`,
        type: "invalid_request_error",
        param: "model",
        code: "model_not_found",
      },
    }]);
  }
  const deleted = await fetch(test.url("/v1/models/gpt-6.2-sol"), {
    method: "DELETE",
  });
  assertEquals([deleted.status, (await deleted.json()).error.code], [
    405,
    "method_not_allowed",
  ]);
});

/** Requests that are not served, and code and words of the refusal. */
const UNSERVED: ReadonlyArray<[request: string, code: string, words: RegExp]> =
  [
    ...[
      "embeddings",
      "audio/speech",
      "audio/transcriptions",
      "moderations",
      "files",
      "files/file_1/content",
      "uploads",
      "batches",
      "vector_stores/vs_1/search",
      "fine_tuning/jobs",
      "conversations",
      "assistants",
      "threads/runs",
      "containers",
      "evals",
      "videos",
      "realtime/sessions",
      "messages",
    ].map((path): [string, string, RegExp] => [
      `POST /v1/${path}`,
      "unsupported_endpoint",
      /^Codaze does not serve POST \/v1\/.*: the Codex backend has nothing like it\.$/,
    ]),
    ["GET /v1/files", "unsupported_endpoint", /GET \/v1\/files/],
    ["POST /v1/completions", "unsupported_endpoint", /\/v1\/chat\/completions/],
    ["POST /v1/embeddings/", "unsupported_endpoint", /embeddings/],
    ["GET /v1/chat/completions", "unsupported_endpoint", /GET/],
    ["GET /v1/chat/completions/c_1/messages", "unsupported_endpoint", /GET/],
    ["POST /v1/responses/input_tokens", "unsupported_endpoint", /input_tokens/],
    [
      "GET /v1/responses/resp_1",
      "response_not_found",
      /^Response with id 'resp_1' not found\. This gateway keeps no responses\.$/,
    ],
    ["DELETE /v1/responses/resp_1", "response_not_found", /resp_1/],
    ["POST /v1/responses/resp_1/cancel", "response_not_found", /resp_1/],
    ["GET /v1/responses/resp_1/input_items", "response_not_found", /resp_1/],
    ["GET /v1/nothing", "not_found", /^No such path: \/v1\/nothing$/],
    [
      "POST /chat/completions",
      "not_found",
      /^No such path: \/chat\/completions\. The base URL ends in \/v1\.$/,
    ],
    ["POST /responses", "not_found", /The base URL ends in \/v1\.$/],
    ["GET /models", "not_found", /The base URL ends in \/v1\.$/],
    ["POST /embeddings", "not_found", /The base URL ends in \/v1\.$/],
  ];

Deno.test("what is not served is a 404 that says so", async (t) => {
  await using test = await startTestGateway();
  for (const [line, code, words] of UNSERVED) {
    await t.step(line, async () => {
      const [method = "", path = ""] = line.split(" ");
      const answer = await fetch(test.url(path), { method });
      const { error } = await answer.json();
      assertEquals([answer.status, error.type, error.code, error.param], [
        404,
        "invalid_request_error",
        code,
        code === "response_not_found" ? "response_id" : null,
      ]);
      assertMatch(error.message, words);
    });
  }
  assertEquals(test.simulator.requests, []);
});

Deno.test("a slash at the end and a query do not matter", async () => {
  await using test = await startTestGateway({ warm: true });
  const answer = await fetch(test.url("/v1/responses/?api-version=2"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model":"gpt-6.2-sol","input":"say: hi","stream":true}',
  });
  assertEquals([answer.status, (await answer.text()).includes("completed")], [
    200,
    true,
  ]);
  const turn = test.simulator.requests.find(({ method }) => method === "POST");
  assertEquals(new URL(turn?.target ?? "", "http://h").search, "");
});

Deno.test("every answer to an SDK has the id in the log", async () => {
  await using test = await startTestGateway({ warm: true });
  test.account("a").fault(spentForAnHour(), 1);
  const failed = await sdkTurn(test);
  assertEquals(failed.status, 429);
  const answers = [
    failed,
    await sdkTurn(test, { model: "" }),
    await fetch(test.url("/v1/nothing")),
    await fetch(test.url("/v1/models"), { method: "PUT" }),
    await fetch(test.url("/v1/models"), { headers: { host: "evil.example" } }),
    await fetch(test.url("/v1/models"), { headers: { origin: "http://a.b" } }),
  ];
  for (const answer of answers) {
    assertMatch(answer.headers.get("x-request-id") ?? "", /^[0-9a-f]{8}$/);
    await answer.body?.cancel();
  }
  const ended = test.log.filter(({ message }) => message === "turn ended");
  assertEquals(
    ended.map(({ fields }) => fields?.["request"]),
    [failed.headers.get("x-request-id")],
  );
  const codex = await test.turn();
  await codex.body?.cancel();
  assert(!/^[0-9a-f]{8}$/.test(codex.headers.get("x-request-id") ?? ""));
});

Deno.test("a form with a picture is edited", async () => {
  await using test = await startTestGateway({ warm: true });
  const form = new FormData();
  form.append("image", new File([new Uint8Array([1, 2])], "a.png"));
  form.append("prompt", "a hat");
  const answer = await fetch(test.url("/v1/images/edits"), {
    method: "POST",
    body: form,
  });
  const { data } = await answer.json();
  assertEquals([answer.status, typeof data[0].b64_json], [200, "string"]);
  assertEquals(test.simulator.violations, []);
});

/** openai-node: what is refused, not served, or fails under way. */
import assert from "node:assert/strict";
import { all, errorOf, MODEL, refused } from "./harness.mjs";
import { counted, sdk } from "./openai_sdk.mjs";

const HI = [{ role: "user", content: "Hi" }];

const create = (base, body) =>
  refusedWith(() => sdk(base).responses.create(body));
const chat = (base, body) =>
  refusedWith(() => sdk(base).chat.completions.create(body));

/** To be refused as a bad request. */
function refusedWith(call) {
  return {
    with: (expected) =>
      refused(call, { class: "BadRequestError", ...expected }),
  };
}

const streamed = (base) =>
  all(
    sdk(base).chat.completions
      .create({ model: MODEL, messages: HI, stream: true }),
  );

export const ERRORS = {
  "T8 unsupported": async (base) => {
    const given = {
      background: true,
      conversation: "conv_1",
      prompt: { id: "pmpt_1" },
    };
    for (const [param, value] of Object.entries(given)) {
      await create(base, { model: MODEL, input: "x", [param]: value })
        .with({ code: "unsupported_parameter", param });
    }
  },
  "T9 previous_response_id": (base) =>
    create(base, { model: MODEL, input: "x", previous_response_id: "resp_1" })
      .with({
        code: "previous_response_not_found",
        param: "previous_response_id",
      }),
  "T10 missing": async (base) => {
    const code = "missing_required_parameter";
    await create(base, { input: "x" }).with({ code, param: "model" });
    await create(base, { model: MODEL }).with({ code, param: "input" });
    await create(base, { model: MODEL, input: {} })
      .with({ code: "invalid_type", param: "input" });
  },
  "T11 stored responses": async (base) => {
    const { responses } = sdk(base);
    const expected = { class: "NotFoundError", code: "response_not_found" };
    await refused(() => responses.retrieve("resp_1"), expected);
    await refused(() => responses.delete("resp_1"), expected);
    await refused(() => responses.cancel("resp_1"), expected);
    await refused(
      () => all(responses.inputItems.list("resp_1")),
      expected,
    );
  },
  "T12 models": async (base) => {
    const { models } = sdk(base);
    const ids = (await all(models.list())).map(({ id }) => id);
    assert(ids.includes(MODEL), `no ${MODEL} in ${ids}`);
    assert(!ids.includes("codex-auto-review"), "a hidden model is listed");
    const { id, object, created } = await models.retrieve(MODEL);
    assert.deepEqual([id, object, created > 0], [MODEL, "model", true]);
    await refused(() => models.retrieve("nope"), {
      class: "NotFoundError",
      code: "model_not_found",
      param: "model",
    });
  },
  "T25 failed after content": async (base) => {
    const error = await errorOf(() => streamed(base));
    assert.equal(error.constructor.name, "APIError");
    assert.equal(error.code, "server_error");
    const response = await sdk(base).chat.completions
      .create({ model: MODEL, messages: HI, stream: true }).asResponse();
    const text = await response.text();
    assert(!text.includes("[DONE]"), "the stream ends with [DONE]");
    assert(!/"finish_reason":"/.test(text), "the stream has a finish_reason");
  },
  "T26 cut: chat": async (base) => {
    const error = await errorOf(() => streamed(base));
    assert.equal(error.constructor.name, "APIError");
    assert.equal(error.code, "stream_interrupted");
  },
  "T26 cut: responses": async (base) => {
    const error = await errorOf(() =>
      all(
        sdk(base).responses
          .create({ model: MODEL, input: "x", stream: true }),
      )
    );
    assert.equal(error.constructor.name, "APIError");
    assert.equal(error.code, "stream_interrupted");
  },
  "T27 failed: whole": (base) => failedWhole(base),
  "T27 failed before content": async (base) => {
    const expected = { class: "InternalServerError", status: 500 };
    await refused(() => streamed(base), expected);
    await refused(
      () =>
        all(
          sdk(base).responses
            .create({ model: MODEL, input: "x", stream: true }),
        ),
      expected,
    );
  },
  "T28 bad chat requests": async (base) => {
    const given = { model: MODEL, messages: HI };
    await chat(base, { ...given, n: 2 })
      .with({ code: "unsupported_value", param: "n" });
    await chat(base, { ...given, logprobs: true })
      .with({ code: "unsupported_parameter", param: "logprobs" });
    await chat(base, { model: MODEL, messages: [] })
      .with({ code: "empty_array", param: "messages" });
    const input_audio = { data: "AAAA", format: "wav" };
    const content = [{ type: "input_audio", input_audio }];
    await chat(base, { model: MODEL, messages: [{ role: "user", content }] })
      .with({ code: "invalid_value", param: "messages[0].content[0].type" });
    const orphan = { role: "tool", tool_call_id: "call_1", content: "x" };
    await chat(base, { model: MODEL, messages: [...HI, orphan] })
      .with({ code: null, param: "messages[1].role" });
  },
  "T35 what is not served": async (base) => {
    const file = new File(["{}"], "a.jsonl");
    const calls = {
      embeddings: (client) =>
        client.embeddings.create({ model: MODEL, input: "x" }),
      speech: (client) =>
        client.audio.speech.create({ model: MODEL, input: "x", voice: "ash" }),
      moderations: (client) => client.moderations.create({ input: "x" }),
      files: (client) => client.files.create({ file, purpose: "batch" }),
      completions: (client) =>
        client.completions.create({ model: MODEL, prompt: "x" }),
    };
    for (const [name, call] of Object.entries(calls)) {
      const { client, requests } = counted(base);
      await refused(() => call(client), {
        class: "NotFoundError",
        code: "unsupported_endpoint",
      });
      assert.equal(requests(), 1, name);
    }
  },
};

async function failedWhole(base) {
  const expected = {
    class: "InternalServerError",
    status: 500,
    code: "server_error",
  };
  await refused(
    () => sdk(base).chat.completions.create({ model: MODEL, messages: HI }),
    expected,
  );
  await refused(
    () => sdk(base).responses.create({ model: MODEL, input: "x" }),
    expected,
  );
}

/** openai-node: how it meets the pool, and how it leaves in mid-stream. */
import assert from "node:assert/strict";
import { toFile } from "openai";
import { errorOf, GREETING, MODEL, refused } from "./harness.mjs";
import { counted, sdk } from "./openai_sdk.mjs";

const HI = { model: MODEL, messages: [{ role: "user", content: "Hi" }] };

export const POOL = {
  "T36 abort": async (base) => {
    const controller = new AbortController();
    const stream = await sdk(base).chat.completions.create(
      { ...HI, stream: true },
      { signal: controller.signal },
    );
    for await (const { choices } of stream) {
      if (choices[0]?.delta.content) controller.abort();
    }
  },
  "T37 spent pool": async (base) => {
    const { client, requests } = counted(base);
    const started = performance.now();
    const { message } = await refused(
      () => client.chat.completions.create(HI),
      { class: "RateLimitError", status: 429, code: "insufficient_quota" },
    );
    const seconds = (performance.now() - started) / 1000;
    assert.match(message, /The first is back at \d{4}-\d\d-\d\dT/);
    assert.equal(requests(), 1);
    assert(seconds < 1, `it took ${seconds} s`);
  },
  "T38 busy pool": async (base) => {
    const { client, requests } = counted(base);
    const started = performance.now();
    const { choices } = await client.chat.completions.create(HI);
    const seconds = (performance.now() - started) / 1000;
    assert.equal(choices[0].message.content, GREETING);
    assert(seconds > 2 && seconds < 6, `it took ${seconds} s`);
    assert(requests() <= 2, `it asked ${requests()} times`);
  },
  "T39 empty pool": async (base) => {
    const { client, requests } = counted(base);
    await refused(() => client.chat.completions.create(HI), {
      class: "BadRequestError",
      code: "no_usable_account",
    });
    assert.equal(requests(), 1);
  },
  "T41 after ten failures": async (base) => {
    const client = sdk(base);
    const turn = async () => {
      const stream = await client.chat.completions
        .create({ ...HI, stream: true });
      for await (const _ of stream);
    };
    for (let failure = 0; failure < 10; failure++) {
      const { code } = await errorOf(turn);
      assert.equal(code, "server_error");
    }
    await turn();
  },
  "T43 images.edit": async (base) => {
    const image = await toFile(new Uint8Array([137, 80, 78, 71]), "a.png", {
      type: "image/png",
    });
    const { data } = await sdk(base).images
      .edit({ model: "gpt-image-1", image, prompt: "a cat" });
    assert(data[0].b64_json.length > 0, "no picture");
  },
};

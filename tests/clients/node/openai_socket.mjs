/** openai-node: turns over a websocket. */
import assert from "node:assert/strict";
import { ResponsesWS } from "openai/resources/responses/ws";
import { GREETING, MODEL } from "./harness.mjs";
import { sdk } from "./openai_sdk.mjs";

/** Resolves to the response that ends the turn. */
function turn(socket, body) {
  return new Promise((resolve, reject) => {
    socket.once("response.completed", ({ response }) => resolve(response));
    socket.once("error", reject);
    socket.send({ type: "response.create", model: MODEL, ...body });
  });
}

export const SOCKETS = {
  "T44 websocket": async (base) => {
    const socket = new ResponsesWS(sdk(base));
    const first = await turn(socket, { input: "x" });
    assert.equal(textOf(first), GREETING);
    const tuned = await turn(socket, {
      input: "x",
      temperature: 0.5,
      max_output_tokens: 100,
      metadata: { a: "b" },
      stream_options: { include_obfuscation: false },
    });
    assert.equal(textOf(tuned), GREETING);
    const next = await turn(socket, {
      input: "say: continued",
      previous_response_id: tuned.id,
    });
    assert.equal(textOf(next), "continued");
    socket.close();
  },
};

function textOf({ output }) {
  return output.flatMap(({ content = [] }) => content)
    .map(({ text }) => text).join("");
}

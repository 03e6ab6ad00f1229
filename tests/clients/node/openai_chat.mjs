/** openai-node: `client.chat.completions` without tools. */
import assert from "node:assert/strict";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { ADA, all, errorOf, GREETING, JSON_PROMPT, MODEL } from "./harness.mjs";
import { sdk } from "./openai_sdk.mjs";

const Person = z.object({ name: z.string(), age: z.number() });

const MESSAGES = [
  { role: "system", content: "Be short." },
  { role: "user", content: "Hi" },
];

/** What the scene expects upstream to see, byte by byte. */
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";
const PAPER = "data:application/pdf;base64,JVBERi0xLjQK";

const user = (content) => ({
  model: MODEL,
  messages: [{ role: "user", content }],
});

async function chunksOf(base, options) {
  const { completions } = sdk(base).chat;
  const body = { ...user("Hi"), stream: true, ...options };
  return await all(completions.create(body));
}

const textIn = (chunks) =>
  chunks.flatMap(({ choices }) => choices)
    .map(({ delta }) => delta.content ?? "").join("");

export const CHAT = {
  "T13 create": async (base) => {
    const { object, choices, usage } = await sdk(base).chat.completions
      .create({ model: MODEL, messages: MESSAGES });
    assert.equal(object, "chat.completion");
    assert.equal(choices[0].message.content, GREETING);
    assert.equal(choices[0].finish_reason, "stop");
    return usage;
  },
  "T14 stream with usage": async (base) => {
    const chunks = await chunksOf(base, {
      stream_options: { include_usage: true },
    });
    assert.equal(textIn(chunks), GREETING);
    const finished = chunks.filter(({ choices }) => choices[0]?.finish_reason);
    assert.equal(finished.length, 1);
    assert.deepEqual(chunks.at(-1).choices, []);
    return chunks.at(-1).usage;
  },
  "T14 the end of the stream": async (base) => {
    const response = await sdk(base).chat.completions
      .create({ ...user("Hi"), stream: true }).asResponse();
    const text = await response.text();
    assert(text.endsWith("data: [DONE]\n\n"), text.slice(-80));
  },
  "T15 stream without usage": async (base) => {
    const chunks = await chunksOf(base);
    assert.equal(textIn(chunks), GREETING);
    assert(chunks.every((chunk) => !("usage" in chunk)), "a usage was sent");
  },
  "T21 parse": async (base) => {
    const { choices } = await sdk(base).chat.completions.parse({
      ...user(JSON_PROMPT),
      response_format: zodResponseFormat(Person, "person"),
    });
    assert.deepEqual(choices[0].message.parsed, ADA);
  },
  "T21 json_object": async (base) => {
    const { choices } = await sdk(base).chat.completions.create({
      ...user('json: {"ok":true}'),
      response_format: { type: "json_object" },
    });
    assert.equal(choices[0].message.content, '{"ok":true}');
  },
  "T22 image and file": async (base) => {
    const { choices } = await sdk(base).chat.completions.create(user([
      { type: "text", text: "say: seen" },
      { type: "image_url", image_url: { url: PICTURE } },
      { type: "file", file: { filename: "a.pdf", file_data: PAPER } },
    ]));
    assert.equal(choices[0].message.content, "seen");
    return { picture: PICTURE, paper: PAPER };
  },
  "T23 refusal": async (base) => {
    const { choices } = await sdk(base).chat.completions
      .create(user("refuse: I cannot do that."));
    const [{ message, finish_reason }] = choices;
    assert.equal(message.refusal, "I cannot do that.");
    assert.equal(message.content, null);
    assert.equal(finish_reason, "stop");
  },
  "T24 length": async (base) => {
    await finishes(base, "length");
    const error = await errorOf(() =>
      sdk(base).chat.completions.parse({
        ...user(JSON_PROMPT),
        response_format: zodResponseFormat(Person, "person"),
      })
    );
    assert.equal(error.constructor.name, "LengthFinishReasonError");
  },
  "T24 content_filter": (base) => finishes(base, "content_filter"),
};

async function finishes(base, reason) {
  const { choices } = await sdk(base).chat.completions.create(user("Hi"));
  assert.equal(choices[0].finish_reason, reason);
  const chunks = await chunksOf(base);
  assert.equal(chunks.at(-1).choices[0].finish_reason, reason);
}

// deno-lint-ignore-file explicit-module-boundary-types -- no types here
/**
 * What all programs for Node share: they tell which cases they have, then run
 * each one that they are asked for on standard input.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { createInterface } from "node:readline";

export const MODEL = "gpt-6.2-sol";
export const KEY = "any";

/** What the simulated model says to a prompt that asks for nothing. */
export const GREETING = "Hello there!";

export const ADA = { name: "Ada", age: 36 };

/** A prompt that is answered with this text in JSON. */
export const JSON_PROMPT = `json: ${JSON.stringify(ADA)}`;

/** The arguments of two calls, with spaces that nobody may lose. */
export const CALLED = ['{"city": "Zurich"}', '{"city":  "Bern"}'];

/** A prompt that is answered with these two calls of the tool `weather`. */
export const CALLS_PROMPT = CALLED.map((text) => `call: weather ${text}`)
  .join("\n");

/** What the model says when it is told what the tool returned. */
export const REPORT = "Tool said: sunny in Zurich";

/** The schema of the tool `weather`. */
export const WEATHER = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/** The schema of `ADA`. */
export const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

/** Runs cases by name until standard input ends. */
export async function serve(cases) {
  tell({ cases: Object.keys(cases) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, base } = JSON.parse(line);
    try {
      tell({ name, ok: true, saw: await cases[name](base) });
    } catch (error) {
      const { message = String(error) } = error ?? {};
      tell({ name, ok: false, reason: message });
    }
  }
  process.exit(0);
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The error of a call that has to fail. */
export async function errorOf(call) {
  const [error] = await Promise.all([
    call().then(() => undefined, (thrown) => thrown ?? new Error("nothing")),
  ]);
  assert(error !== undefined, "the call succeeded");
  return error;
}

/** All that an asynchronous iterable yields; Node 20 has no `fromAsync`. */
export async function all(iterable) {
  const items = [];
  for await (const item of await iterable) items.push(item);
  return items;
}

/** Fails unless the call is refused with these words. */
export async function refused(call, expected) {
  const error = await errorOf(call);
  const seen = Object.fromEntries(
    Object.keys(expected).map((key) => [key, memberOf(error, key)]),
  );
  assert.deepEqual(seen, expected);
  return error;
}

function memberOf(error, key) {
  return key === "class" ? error.constructor.name : error[key];
}

/** What upstream saw of a test, judged after the client is done. */
import { assert, assertEquals } from "@std/assert";
import { isObject, type JsonObject } from "../../lib/protocol/json.ts";
import { turnsOf } from "../e2e/support/secrets.ts";
import type { TestGateway } from "../support/gateway.ts";

/** How long upstream may go on after the client has left. */
const ABORT_MS = 1000;

/** The bodies of all turns, in order. */
function bodies({ simulator }: TestGateway): readonly JsonObject[] {
  return turnsOf(simulator).map((turn) => turn.json()).filter(isObject);
}

/** The items of the latest turn's input. */
function items(test: TestGateway): readonly JsonObject[] {
  const input = bodies(test).at(-1)?.["input"];
  return Array.isArray(input) ? input.filter(isObject) : [];
}

/** The items with that role. */
function messages(test: TestGateway, role: string): readonly JsonObject[] {
  return items(test).filter((item) => item["role"] === role);
}

export function countsTurns(count: number): (test: TestGateway) => void {
  return ({ simulator }) => {
    assertEquals(turnsOf(simulator).length, count, "turns at upstream");
  };
}

export const nothingAsked = countsTurns(0);

/** The client has the tokens that the log counted: a sum, or its parts. */
export function sameUsage({ log }: TestGateway, saw: unknown): void {
  const ended = log.findLast(({ message }) => message === "turn ended");
  const { input_tokens, output_tokens } = ended?.fields ?? {};
  const total = Number(input_tokens) + Number(output_tokens);
  if (!isObject(saw)) return assertEquals(saw, total, "tokens");
  assertEquals(
    [saw["prompt_tokens"], saw["completion_tokens"], saw["total_tokens"]],
    [input_tokens, output_tokens, total],
    "tokens",
  );
}

export function easyInput(test: TestGateway): void {
  const asked = [...messages(test, "developer"), ...messages(test, "user")];
  assertEquals(
    asked.slice(-2).map(({ type }) => type),
    ["message", "message"],
    "types of input items",
  );
  systemIsDeveloper(test);
}

export function systemIsDeveloper(test: TestGateway): void {
  assertEquals(messages(test, "system").length, 0, "system messages");
  const text = JSON.stringify(messages(test, "developer"));
  assert(text.includes("Be short."), `no developer message in ${text}`);
}

/** `saw` names the parameters. */
export function droppedParameters(test: TestGateway, saw: unknown): void {
  assert(Array.isArray(saw), "the client named no parameters");
  assertEquals(bodies(test).length, saw.length, "turns at upstream");
  for (const body of bodies(test)) {
    const passed = saw.filter((name) => Object.hasOwn(body, name));
    assertEquals(passed, [], "parameters at upstream");
  }
}

export function pictureAndPaper(test: TestGateway, saw: unknown): void {
  const content = messages(test, "user").at(-1)?.["content"];
  const parts = Array.isArray(content) ? content.filter(isObject) : [];
  assertEquals(
    parts.map(({ type, image_url, file_data }) => [
      type,
      image_url ?? file_data,
    ]).slice(1),
    isObject(saw)
      ? [["input_image", saw["picture"]], ["input_file", saw["paper"]]]
      : [],
  );
}

/** No tool has a name of more than 64 characters. */
export function shortName(test: TestGateway): void {
  const [body = {}] = bodies(test);
  const text = JSON.stringify([body["tools"], body["input"]]);
  const names = [...text.matchAll(/"name":"(look_up_[^"]*)"/g)]
    .map(([, name = ""]) => name.length);
  assertEquals(names, [64], "lengths of the tool's name");
}

export async function abortedWithoutBlame(test: TestGateway): Promise<void> {
  await test.simulator.waitFor(
    () => turnsOf(test.simulator).some(({ aborted }) => aborted),
    ABORT_MS,
  );
  const [view] = Object.values(await test.views());
  assertEquals(view?.["routing_state"], "ready", "state of the account");
}

export function oneSession(test: TestGateway): void {
  const turns = turnsOf(test.simulator);
  const [first, second] = turns.map(({ account }) => account);
  assertEquals(second, first, "account of the second turn");
  const [key, next] = bodies(test).map((body) => body["prompt_cache_key"]);
  assert(typeof key === "string", "the first turn has no prompt_cache_key");
  assertEquals(next, key, "prompt_cache_key of the second turn");
}

/** Asked in both forms once, and then in the one that worked. */
export function otherForm({ simulator }: TestGateway): void {
  const lite = turnsOf(simulator).map(({ headers }) =>
    headers.some(([name]) =>
      name.toLowerCase() === "x-openai-internal-codex-responses-lite"
    )
  );
  assertEquals(lite, [false, true, true], "turns in the lite form");
}

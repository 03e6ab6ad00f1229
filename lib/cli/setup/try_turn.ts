/** One small turn through the gateway, as a program would send it. */
import type { Config } from "../../config/config.ts";
import {
  isObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { callLocal } from "../pool/local_call.ts";
import { foreignText } from "../terminal/output.ts";

/** A model may think for a while. */
const TURN_MS = 120_000;

/** Words for the person. */
export async function tryTurn(
  { listen }: Pick<Config, "listen">,
  { after, elapsed }: Pick<Runtime, "after" | "elapsed">,
): Promise<Result<string, string>> {
  const call = { timeoutMs: TURN_MS };
  const listed = await callLocal(
    listen,
    { ...call, line: "GET /v1/models" },
    after,
  );
  const model = listed.ok ? firstModel(listed.value.text) : undefined;
  if (model === undefined) return err("The gateway lists no model");
  const begin = elapsed();
  const answer = await callLocal(listen, {
    ...call,
    line: "POST /v1/chat/completions",
    body: {
      model,
      messages: [{ role: "user", content: "Answer with one word: ready" }],
    },
  }, after);
  if (!answer.ok) return err("The gateway gave no answer");
  const { status, text } = answer.value;
  const said = contentOf(text);
  if (status !== 200 || said === undefined) {
    return err(`The turn failed with ${status}: ${errorIn(text)}`);
  }
  const seconds = ((elapsed() - begin) / 1000).toFixed(1);
  return ok(`${model} answered in ${seconds} s: ${foreignText(said)}`);
}

function firstModel(text: string): string | undefined {
  const data = parseObject(text)?.["data"];
  const [first] = Array.isArray(data) ? data.filter(isObject) : [];
  return first && stringField(first, "id");
}

function contentOf(text: string): string | undefined {
  const choices = parseObject(text)?.["choices"];
  const [first] = Array.isArray(choices) ? choices.filter(isObject) : [];
  return stringField(objectField(first ?? {}, "message") ?? {}, "content");
}

function errorIn(text: string): string {
  const error = objectField(parseObject(text) ?? {}, "error") ?? {};
  return foreignText(stringField(error, "message") ?? text);
}

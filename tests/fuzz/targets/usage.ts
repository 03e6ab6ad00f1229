/** What a terminal event tells of tokens, and the lines of the ledger. */
import { objectField, parseObject } from "../../../lib/protocol/json.ts";
import { linesOf, readLines } from "../../../lib/usage/lines.ts";
import { readUsage, readWholeUsage } from "../../../lib/usage/read_usage.ts";
import {
  bytesOf,
  captured,
  holds,
  same,
  type Target,
  textOf,
} from "../target.ts";

const DAY = "2026-11-29";

const EVENT =
  '{"type":"response.completed","response":{"id":"r","output":[],"usage":{"input_tokens":500,"input_tokens_details":{"cached_tokens":400},"output_tokens":50,"output_tokens_details":{"reasoning_tokens":20}},"user":null}}';
const LINE =
  '{"v":1,"owner":"0123456789abcdef0123456789abcdef","model":"gpt-6.2-sol","turns":1,"input":500,"cached":400,"output":50,"reasoning":20,"moves":0,"cold_input":0}\n';

export const USAGE: Target = {
  name: "usage",
  samples: [
    bytesOf(EVENT),
    bytesOf(LINE),
    bytesOf(`\n${LINE}${LINE}{"v":2}\n${LINE.slice(0, 50)}`),
    ...captured("D1-ws-lite-toolcall.json", ["call", "final"]),
  ],
  words: [
    '"usage":',
    '"usage"',
    '\\"usage":{',
    '"usage":{"input_tokens":1,"output_tokens":2}',
    '"input_tokens":-1',
    '"output_tokens":1e99',
    "\n",
    '"v":1',
    '"v":2',
  ],
  check: (input) => {
    const text = textOf(input);
    checkUsage(text);
    same(readWholeUsage(input), readUsage(text), "bytes and text");
    checkLines(text);
  },
};

function checkUsage(text: string): void {
  const usage = readUsage(text);
  if (usage !== undefined) {
    const { input, cached, output, reasoning } = usage;
    const counts = [input, cached, output, reasoning];
    holds(
      counts.every((one) => Number.isSafeInteger(one) && one >= 0),
      "count",
    );
    holds(cached <= input && reasoning <= output, "a part above the whole");
  }
  const object = parseObject(text);
  const names = text.match(/"(?:[^"\\]|\\.)*u(?:sage|\\)(?:[^"\\]|\\.)*"/gs);
  if (object === undefined || (names ?? []).length !== 1) return;
  const told = objectField(objectField(object, "response") ?? object, "usage");
  // The same figures, alone in an object; longer ones are not read.
  if (told && !text.includes("\\") && text.length < 2_000) {
    same(usage, readUsage(JSON.stringify({ usage: told })), "figures");
  }
}

function checkLines(text: string): void {
  const { rows, foreign, damaged } = readLines(text, DAY);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  same(rows.length + foreign + damaged, lines.length, "lines");
  const written = linesOf(rows).join("");
  same(readLines(written, DAY), { rows, foreign: 0, damaged: 0 }, "rows");
}

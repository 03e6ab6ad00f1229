/**
 * Turns of random items, told in the ways in which upstream may tell them: with
 * all deltas, with some, with none, calls interleaved.
 */
import type { Random } from "../../support/random.ts";
import { completed, CREATED } from "./answers.ts";
import type { Json } from "./support.ts";

export interface RandomTurn {
  readonly events: readonly Json[];
  /** What a caller is to learn of it. */
  readonly items: {
    readonly text: string;
    readonly refusal: string;
    /** In the order in which they begin. */
    readonly calls: ReadonlyArray<{
      readonly name: string;
      readonly input: string;
    }>;
  };
}

interface Item {
  readonly events: readonly Json[];
  readonly text?: string;
  readonly refusal?: string;
  readonly call?: { readonly name: string; readonly input: string };
}

const KINDS = [
  "message",
  "refusal",
  "function",
  "custom",
  "reasoning",
  "search",
];

export function randomTurn(random: Random): RandomTurn {
  const items = Array.from(
    { length: random.int(6) },
    (_, at) => randomItem(random, at),
  );
  const { events, order } = random.oneIn(2)
    ? interleaved(random, items)
    : { events: items.flatMap(({ events }) => events), order: items };
  return {
    events: [CREATED, ...events, ending(random)],
    items: {
      text: order.map(({ text = "" }) => text).join(""),
      refusal: order.map(({ refusal = "" }) => refusal).join(""),
      calls: order.flatMap(({ call }) => call ?? []),
    },
  };
}

function ending(random: Random): Json {
  if (!random.oneIn(4)) return completed();
  const reason = random.pick(["max_output_tokens", "content_filter"]);
  return {
    type: "response.incomplete",
    response: { status: "incomplete", incomplete_details: { reason } },
  };
}

function randomItem(random: Random, at: number): Item {
  const kind = random.pick(KINDS);
  switch (kind) {
    case "message":
    case "refusal":
      return messageItem(random, at, kind);
    case "function":
    case "custom":
      return callItem(random, at, kind);
    case "reasoning":
      return { events: reasoningEvents(random, at) };
    default:
      return {
        events: [
          added(at, { type: "web_search_call" }),
          { type: "response.web_search_call.searching", output_index: at },
          done(at, { type: "web_search_call" }),
        ],
      };
  }
}

function messageItem(
  random: Random,
  at: number,
  kind: "message" | "refusal",
): Item {
  const text = randomText(random);
  const part = kind === "message"
    ? { type: "output_text", text, annotations: [] }
    : { type: "refusal", refusal: text };
  const type = kind === "message"
    ? "response.output_text.delta"
    : "response.refusal.delta";
  const deltas = random.oneIn(4) ? [] : pieces(random, text)
    .map((delta) => ({ type, ...placeOf(random, at), delta }));
  const item = { type: "message", content: [part] };
  return {
    events: [added(at, item), ...deltas, done(at, item)],
    ...kind === "message" ? { text } : { refusal: text },
  };
}

function callItem(
  random: Random,
  at: number,
  kind: "function" | "custom",
): Item {
  const input = randomText(random);
  const name = `tool_${at}`;
  const isFunction = kind === "function";
  const type = isFunction ? "function_call" : "custom_tool_call";
  const member = isFunction ? "arguments" : "input";
  const events = isFunction
    ? "function_call_arguments"
    : "custom_tool_call_input";
  const item = { type, call_id: `call_${at}`, name, [member]: "" };
  const all = pieces(random, input);
  // Some models send no deltas, some stop before the end.
  const sent = random.oneIn(3) ? all.slice(0, random.int(all.length + 1)) : all;
  const deltas = sent.map((delta) => ({
    type: `response.${events}.delta`,
    ...placeOf(random, at),
    delta,
  }));
  const last = {
    type: `response.${events}.done`,
    ...placeOf(random, at),
    [member]: input,
  };
  return {
    events: [
      ...random.oneIn(5) ? [] : [added(at, item)],
      ...deltas,
      ...random.oneIn(2) ? [last] : [],
      done(at, { ...item, [member]: input }),
    ],
    call: { name, input },
  };
}

function reasoningEvents(random: Random, at: number): readonly Json[] {
  const item = { type: "reasoning", summary: [] };
  const deltas = Array.from(
    { length: random.int(3) },
    (_, summary_index) =>
      pieces(random, randomText(random)).map((delta) => ({
        type: "response.reasoning_summary_text.delta",
        output_index: at,
        summary_index,
        delta,
      })),
  );
  return [added(at, item), ...deltas.flat(), done(at, item)];
}

/** Items begin in order, and then take turns. */
function interleaved(
  random: Random,
  items: readonly Item[],
): { readonly events: readonly Json[]; readonly order: readonly Item[] } {
  // Text must stay in order; calls may mix among themselves.
  const calls = items.filter(({ call }) => call);
  const others = items.filter(({ call }) => !call);
  const left = calls.map(({ events }) => [...events]);
  const mixed: Json[] = [];
  const order: Item[] = [];
  while (left.some((events) => events.length > 0)) {
    const at = random.int(left.length);
    const event = left[at]?.shift();
    const item = calls[at];
    if (!event || !item) continue;
    mixed.push(event);
    // A call that was not added begins when it is done.
    const begins = String(event["type"]).startsWith("response.output_item.");
    if (begins && !order.includes(item)) order.push(item);
  }
  const events = [...others.flatMap(({ events }) => events), ...mixed];
  return { events, order: [...others, ...order] };
}

function placeOf(random: Random, at: number): Json {
  const item_id = `item_${at}`;
  return random.oneIn(3)
    ? { item_id }
    : random.oneIn(2)
    ? { output_index: at }
    : { output_index: at, item_id };
}

function added(at: number, item: Json): Json {
  return {
    type: "response.output_item.added",
    output_index: at,
    item: { id: `item_${at}`, ...item },
  };
}

function done(at: number, item: Json): Json {
  return { ...added(at, item), type: "response.output_item.done" };
}

const WORDS = ["a", "häß", "😀", "\u2028", '"', "\\n", "\n\n", "{}", " "];

function randomText(random: Random): string {
  return Array.from({ length: random.int(8) }, () => random.pick(WORDS))
    .join("");
}

/** The text in pieces, empty ones among them. */
function pieces(random: Random, text: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = random.int(4);
    found.push(text.slice(at, at + length));
    at += length;
  }
  return found;
}

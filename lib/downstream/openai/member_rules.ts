/**
 * What becomes of each top-level member of an SDK caller's Responses request.
 *
 * A parameter that only tunes the answer is left out, and the caller is told;
 * one that would change its meaning is refused by name. Members that are not
 * named here are passed: a newer backend may know them.
 */
import { isObject, parseObject, stringField } from "../../protocol/json.ts";
import {
  type JsonText,
  type Member,
  valueLength,
  valueQuote,
  valueText,
} from "../../protocol/json_edit.ts";
import { cut } from "../../protocol/quote.ts";
import { editInputItems } from "./input_items.ts";
import { missing, type Refusal, unsupported, wrongType } from "./refusal.ts";

export interface Given {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly member: Member;
  /** See `ResponsesRequest`. */
  readonly keepsResponses: boolean;
}

export interface Action {
  readonly refusal?: Refusal;
  /** JSON to set; undefined to leave the member out. */
  readonly edit?: JsonText | undefined;
  /** The caller is told that its value does not count. */
  readonly ignored?: true;
}

export type Rule = (given: Given) => Action;

const PASS: Action = {};
/** Left out without a word: it means what its absence means. */
const DROP: Action = { edit: undefined };
const IGNORE: Action = { edit: undefined, ignored: true };

/** They tune the answer, and the backend refuses them. */
const TUNING: readonly string[] = [
  "max_output_tokens",
  "max_completion_tokens",
  "max_tokens",
  "max_tool_calls",
  "temperature",
  "top_p",
  "top_logprobs",
  "truncation",
  "user",
  "metadata",
  "safety_identifier",
  "prompt_cache_retention",
  "prompt_cache_options",
  "stream_options",
  "context_management",
  "moderation",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "logit_bias",
  "stop",
];

const KEEPS_NONE = "This gateway keeps no responses";

export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...TUNING.map((key): [string, Rule] => [key, ignore]),
  ["model", model],
  ["stream", stream],
  ["store", (given) => textOf(given) === "true" ? { ignored: true } : PASS],
  ["input", input],
  ["tools", tools],
  ["tool_choice", withoutPreview],
  ["service_tier", serviceTier],
  ["previous_response_id", previousResponse],
  ["background", background],
  ["conversation", (given) => refuseUnlessNull(given, `${KEEPS_NONE}.`)],
  [
    "prompt",
    (given) => refuseUnlessNull(given, "Stored prompts belong to one account."),
  ],
]);

function textOf({ bytes, member }: Given): string {
  return valueText(bytes, member);
}

export function isNull(
  { bytes, member }: Pick<Given, "bytes" | "member">,
): boolean {
  return bytes[member.valueStart] === NULL;
}

function isText({ bytes, member }: Given): boolean {
  return bytes[member.valueStart] === QUOTE;
}

const QUOTE = 0x22;
const LIST = 0x5b;
/** Only `null` begins with this letter. */
const NULL = 0x6e;

function quoteOf({ bytes, member }: Given): string {
  return valueQuote(bytes, member);
}

function ignore(given: Given): Action {
  return isNull(given) ? DROP : IGNORE;
}

function model(given: Given): Action {
  const isNamed = isText(given) && valueLength(given.member) > '""'.length;
  return isNamed ? PASS : { refusal: missing("model") };
}

function stream(given: Given): Action {
  return ["true", "false", "null"].includes(textOf(given)) ? PASS : {
    refusal: wrongType("stream", {
      expected: "a boolean",
      given: quoteOf(given),
    }),
  };
}

/** A bare text becomes one message of the user. */
function input(given: Given): Action {
  const { bytes, member } = given;
  if (isNull(given)) return { refusal: missing("input") };
  if (isText(given)) {
    return {
      edit:
        `[{"type":"message","role":"user","content":[{"type":"input_text","text":${
          textOf(given)
        }}]}]`,
    };
  }
  if (bytes[member.valueStart] !== LIST) {
    return {
      refusal: wrongType("input", {
        expected: "a string or a list of items",
        given: quoteOf(given),
      }),
    };
  }
  const edited = editInputItems(bytes, member.valueStart);
  if (!edited.ok) return { refusal: edited.error };
  return edited.value ? { edit: edited.value } : PASS;
}

function tools(given: Given): Action {
  const isEmpty = valueLength(given.member) < 64 &&
    /^\[\s*\]$/.test(textOf(given));
  return isEmpty ? DROP : withoutPreview(given);
}

function serviceTier(given: Given): Action {
  if (isNull(given)) return DROP;
  switch (textOf(given)) {
    case '"priority"':
      return PASS;
    case '"fast"':
      return { edit: '"priority"' };
    default:
      return IGNORE;
  }
}

function previousResponse(given: Given): Action {
  if (given.keepsResponses) return PASS;
  if (isNull(given)) return DROP;
  const id = parseObject(`{"v":${textOf(given)}}`)?.["v"];
  const name = typeof id === "string" ? cut(id) : quoteOf(given);
  return {
    refusal: {
      code: "previous_response_not_found",
      param: "previous_response_id",
      message: `Previous response with id '${name}' not found. ` +
        `${KEEPS_NONE}: send the whole conversation in 'input'.`,
    },
  };
}

function background(given: Given): Action {
  const isOff = isNull(given) || textOf(given) === "false";
  return isOff
    ? DROP
    : { refusal: unsupported("background", `${KEEPS_NONE}.`) };
}

function refuseUnlessNull(given: Given, why: string): Action {
  return isNull(given) ? DROP : { refusal: unsupported(given.member.key, why) };
}

const PREVIEW = "web_search_preview";
const PREVIEW_TYPE = /("type"\s*:\s*)"web_search_preview\w*"/g;

/** Renames the old search tool where it is a tool, not where text names it. */
function withoutPreview(given: Given): Action {
  const value = textOf(given);
  if (!value.includes(PREVIEW)) return PASS;
  const parsed = parseObject(`{"v":${value}}`)?.["v"];
  const choice = isObject(parsed) ? parsed["tools"] : parsed;
  const tools = Array.isArray(choice) ? choice : [parsed];
  const used = tools.some((tool) =>
    isObject(tool) && stringField(tool, "type")?.startsWith(PREVIEW)
  );
  return used ? { edit: value.replace(PREVIEW_TYPE, '$1"web_search"') } : PASS;
}

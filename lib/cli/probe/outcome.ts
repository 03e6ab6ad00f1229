/** What came of a trial, read from the answer of the gateway. Pure. */
import { refusesForm } from "../../downstream/openai/forms.ts";
import {
  isObject,
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import type { LocalAnswer } from "../pool/local_call.ts";
import { ARGUMENT_NAME, FUNCTION_NAME } from "./trial.ts";

/**
 * - `works`: the function was called, as `tool_choice` requires
 * - `no_call`: the turn ended well without a proper call
 * - `form_refused`: refused in words that the gateway knows to be about the form
 * - `refused`: the request was refused for another reason
 * - `unknown`: nothing was learned of the form
 */
export type Verdict =
  | "works"
  | "no_call"
  | "form_refused"
  | "refused"
  | "unknown";

export interface TrialError {
  /** Empty if there is none. */
  readonly code: string;
  readonly message: string;
}

export interface Outcome {
  readonly verdict: Verdict;
  /** Undefined: no answer. */
  readonly status: number | undefined;
  /** `damaged`: other arguments than the function has. */
  readonly called: "yes" | "no" | "damaged" | undefined;
  readonly toolChoiceHeld: boolean | undefined;
  readonly error: TrialError | undefined;
}

/** There was no answer, for this reason. */
export function unanswered(message: string): Outcome {
  return {
    ...UNTOLD,
    verdict: "unknown",
    status: undefined,
    error: { code: "", message },
  };
}

export function readOutcome({ status, text }: LocalAnswer): Outcome {
  const error = status === 200 ? undefined : errorIn(parseObject(text) ?? {});
  if (status !== 200) return failed(status, error);
  const events = eventsIn(text);
  const last = events.at(-1);
  const end = stringField(last ?? {}, "type") ?? "nothing";
  if (end !== "response.completed") {
    const none = { code: "", message: `the turn ended with ${end}` };
    return failed(status, errorIn(last ?? {}) ?? none);
  }
  const calls = events.filter(({ type }) => type === ITEM_DONE)
    .map((event) => objectField(event, "item") ?? {})
    .filter(({ type }) => type === "function_call");
  const called = calls.length === 0
    ? "no"
    : calls.some(isProper)
    ? "yes"
    : "damaged";
  return {
    verdict: called === "yes" ? "works" : "no_call",
    status,
    called,
    toolChoiceHeld: calls.length > 0,
    error: undefined,
  };
}

const ITEM_DONE = "response.output_item.done";

const UNTOLD = { called: undefined, toolChoiceHeld: undefined };

/** Statuses of a request that is not to be sent again as it is. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 422]);

/** Refusals that are about the accounts or the size, and not the request. */
const NOT_OF_THE_REQUEST: ReadonlySet<string> = new Set(["no_usable_account"]);

function failed(status: number, error: TrialError | undefined): Outcome {
  const { code = "", message = "no reason was given" } = error ?? {};
  return {
    ...UNTOLD,
    verdict: verdictOn({ status, code, message }),
    status,
    error: { code, message },
  };
}

function verdictOn(
  { status, code, message }: TrialError & { readonly status: number },
): Verdict {
  if (refusesForm(message)) return "form_refused";
  const isRefused = REFUSALS.has(status) && !NOT_OF_THE_REQUEST.has(code);
  return isRefused ? "refused" : "unknown";
}

/** From the body of an error, or from an event that ends a turn. */
function errorIn(value: JsonObject): TrialError | undefined {
  const response = objectField(value, "response") ?? value;
  const error = objectField(response, "error") ?? response;
  const message = stringField(error, "message");
  return message === undefined
    ? undefined
    : { code: stringField(error, "code") ?? "", message };
}

function eventsIn(text: string): readonly JsonObject[] {
  return text.split("\n").filter((line) => line.startsWith(DATA))
    .map((line) => parseObject(line.slice(DATA.length)))
    .filter(isObject);
}

const DATA = "data:";

function isProper(call: JsonObject): boolean {
  const given = parseObject(stringField(call, "arguments") ?? "");
  return call["name"] === FUNCTION_NAME &&
    typeof given?.[ARGUMENT_NAME] === "string";
}

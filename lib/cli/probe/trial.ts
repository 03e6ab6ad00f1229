/**
 * A trial: one small turn of one model in one form. Nothing in it is the
 * user's.
 *
 * The question needs no function, so only `tool_choice` makes the model call
 * one.
 */
import { FORM_NAMES, type FormName } from "../../downstream/openai/forms.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { ProbedModel } from "./choose_models.ts";

export interface Trial extends ProbedModel {
  readonly form: FormName;
}

/** Each model in both forms, first in the one that the official client uses. */
export function trialsOf(models: readonly ProbedModel[]): readonly Trial[] {
  return models.flatMap((model) => {
    const own = ownForm(model);
    const others = FORM_NAMES.filter((form) => form !== own);
    return [own, ...others].map((form) => ({ ...model, form }));
  });
}

/** The form in which the official client sends turns to the model. */
export function ownForm({ kind }: ProbedModel): FormName {
  return kind === "lite" ? "lite" : "plain";
}

export const FUNCTION_NAME = "note_word";
/** The argument of the function, a string. */
export const ARGUMENT_NAME = "word";

export function trialBody({ name, form }: Trial): JsonObject {
  return {
    model: name,
    stream: true,
    instructions: "Answer in one word.",
    input: "What is two plus two?",
    tools: [{
      type: "function",
      name: FUNCTION_NAME,
      description: "Keeps a word.",
      parameters: {
        type: "object",
        properties: { [ARGUMENT_NAME]: { type: "string" } },
        required: [ARGUMENT_NAME],
        additionalProperties: false,
      },
    }],
    tool_choice: "required",
    _gateway: { request_form: form },
  };
}

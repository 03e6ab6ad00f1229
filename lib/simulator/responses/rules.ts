/**
 * What a body is checked against, and how the refusals of OpenAI's own API look.
 */

import { STATUS_CODE } from "@std/http";
import { type JsonObject, stringField } from "../../protocol/json.ts";
import type { AnswerOptions } from "../model/answer_options.ts";
import type { Refused } from "../faults/refusals.ts";

export interface Rules {
  /** Of the account that is asked. */
  readonly ownerKey: string;
  readonly models: readonly JsonObject[];
  readonly plainForm: AnswerOptions["plainForm"];
  /** Whether the request has the header of lite models. */
  readonly isLite: boolean;
  /** Earlier items of the conversation, which the body does not repeat. */
  readonly history: readonly JsonObject[];
}

/** The entry of the model that the body names. */
export function entryOf(
  body: JsonObject,
  { models }: Rules,
): JsonObject | undefined {
  const model = stringField(body, "model");
  return models.find(({ slug }) => slug === model);
}

/** 400 that names the parameter, unless another status is given. */
export function invalid(
  message: string,
  { param, code = null, status = STATUS_CODE.BadRequest }: {
    readonly param: string | null;
    readonly code?: string | null;
    readonly status?: number;
  },
): Refused {
  return {
    status,
    body: { error: { message, type: "invalid_request_error", param, code } },
  };
}

/** 400 with the backend's own body (`{"detail": …}`). */
export function detail(text: string): Refused {
  return { status: STATUS_CODE.BadRequest, body: { detail: text } };
}

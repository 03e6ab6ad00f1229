/**
 * What the handlers of the admin port share: they read a JSON body and make an
 * error answer. Quotes nothing of a body that cannot be read: it may hold a
 * token.
 */
import { STATUS_CODE } from "@std/http";
import { type Intake, readBody } from "../../downstream/body.ts";
import { json } from "../../downstream/json_answer.ts";
import { renderCallerError } from "../../downstream/render.ts";
import { MAX_ADMIN_BODY_BYTES } from "../../limits.ts";
import { cut } from "../../protocol/quote.ts";
import { type JsonObject, parseObject } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";

/**
 * The body as an object, or the answer that refuses it. `empty`: what no body
 * stands for; by default it is refused.
 */
export async function readJson(
  request: Request,
  intake: Intake,
  empty?: JsonObject,
): Promise<Result<JsonObject, Response>> {
  using held = intake.budget.open();
  const limit = MAX_ADMIN_BODY_BYTES;
  const body = await readBody(request, { ...intake, limit, held });
  if (!body.ok) return err(renderCallerError(body.error));
  if (empty !== undefined && body.value.bytes.length === 0) return ok(empty);
  // The parser's own message could quote a token.
  const object = parseObject(new TextDecoder().decode(body.value.bytes));
  return object ? ok(object) : err(refuse("body must be a JSON object"));
}

export function refuse(message: string): Response {
  return failure(STATUS_CODE.BadRequest, message);
}

export function unknown(id: string): Response {
  return failure(STATUS_CODE.NotFound, `unknown account \`${cut(id)}\``);
}

/** An error answer; `more` are members beside `error`. */
export function failure(
  status: number,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  return json(status, { error: { message }, ...more });
}

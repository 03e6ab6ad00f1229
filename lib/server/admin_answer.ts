/**
 * What the handlers of the admin port share: a JSON body read, and a refusal
 * made. Messages quote no value of a body, which may be a token.
 */
import { STATUS_CODE } from "@std/http";
import { type Intake, readBody } from "../downstream/body.ts";
import { json, renderCallerError } from "../downstream/render.ts";
import { type JsonObject, parseObject } from "../protocol/json.ts";
import { err, ok, type Result } from "../result.ts";

/** Far more than any account file has. */
const MAX_BODY_BYTES = 65_536;

/** The body as an object, or the answer to whatever else it is. */
export async function readJson(
  request: Request,
  intake: Intake,
): Promise<Result<JsonObject, Response>> {
  using held = intake.budget.open();
  const limit = MAX_BODY_BYTES;
  const body = await readBody(request, { ...intake, limit, held });
  if (!body.ok) return err(renderCallerError(body.error));
  // Without the parser's words: they would quote a token.
  const object = parseObject(new TextDecoder().decode(body.value.bytes));
  return object ? ok(object) : err(refuse("body must be a JSON object"));
}

export function refuse(message: string): Response {
  return failure(STATUS_CODE.BadRequest, message);
}

export function unknown(id: string): Response {
  return failure(STATUS_CODE.NotFound, `unknown account \`${id}\``);
}

/** An error, with members beside it where the caller can use them. */
export function failure(
  status: number,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  return json(status, { error: { message }, ...more });
}

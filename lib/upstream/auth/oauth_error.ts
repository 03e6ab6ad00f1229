/**
 * What the auth server says when it refuses, in either of its shapes: the error
 * response of RFC 6749, section 5.2, or an object with a code and a message.
 */
import { MAX_ERROR_MESSAGE_CHARS } from "../../limits.ts";
import {
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";

export interface OauthError {
  readonly code: string | undefined;
  /** In words; empty without any. */
  readonly said: string;
}

export function readOauthError(object: JsonObject): OauthError {
  const error = objectField(object, "error");
  const said = (error && stringField(error, "message")) ??
    stringField(object, "error_description") ?? "";
  const code = error
    ? stringField(error, "code") ?? stringField(error, "type")
    : stringField(object, "error");
  return {
    code: code?.slice(0, MAX_ERROR_MESSAGE_CHARS),
    said: said.slice(0, MAX_ERROR_MESSAGE_CHARS),
  };
}

/** Status, code and words, for a message. */
export function oauthErrorText(
  status: number,
  { code, said }: OauthError,
): string {
  return `${status}` + (code ? ` ${code}` : "") + (said ? `: ${said}` : "");
}

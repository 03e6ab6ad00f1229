/**
 * Endpoints of the OpenAI API that are not served, and why: for SDK users, who
 * see code and message. Always a 404: SDKs try again after a 5xx.
 */
import { STATUS_CODE } from "@std/http";
import type { CallerError } from "../../downstream/failure.ts";
import { cut } from "../../protocol/quote.ts";

/** Undefined for a path that the OpenAI API does not have. */
export function unserved(
  method: string,
  path: string,
): CallerError | undefined {
  const response = STORED_RESPONSE.exec(path)?.[1];
  if (response === "input_tokens") return unsupported(method, path);
  if (response !== undefined) return noResponse(response);
  if (path === "/v1/completions") {
    return unsupported(method, path, "use POST /v1/chat/completions");
  }
  const isStored = method !== "POST" && CHAT.test(path);
  return isStored || UNSUPPORTED.test(path)
    ? unsupported(method, path)
    : undefined;
}

const STORED_RESPONSE =
  /^\/v1\/responses\/(?!compact$)([^/]+)(?:\/(?:cancel|input_items))?$/;

const CHAT = /^\/v1\/chat\/completions(?:\/|$)/;

const UNSUPPORTED =
  /^\/v1\/(?:embeddings|audio|moderations|files|uploads|batches|vector_stores|fine_tuning|conversations|assistants|threads|containers|evals|videos|realtime|messages)(?:\/|$)/;

function noResponse(id: string): CallerError {
  return {
    status: STATUS_CODE.NotFound,
    code: "response_not_found",
    param: "response_id",
    message: `Response with id '${
      cut(id)
    }' not found. This gateway keeps no responses.`,
  };
}

function unsupported(
  method: string,
  path: string,
  why = "the Codex backend has nothing like it",
): CallerError {
  return {
    status: STATUS_CODE.NotFound,
    code: "unsupported_endpoint",
    message: `Codaze does not serve ${method} ${cut(path)}: ${why}.`,
  };
}

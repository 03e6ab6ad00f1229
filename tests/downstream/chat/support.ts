/** Chat requests as objects, and what becomes of them. */
import { assert, assertEquals } from "@std/assert";
import {
  type ChatRequest,
  readChatRequest,
} from "../../../lib/downstream/chat/request.ts";
import type { CallerError } from "../../../lib/downstream/failure.ts";

export type Json = Readonly<Record<string, unknown>>;

export const HELLO: Json = { role: "user", content: "hi" };

/** A chat request with one message, unless `body` has its own. */
export function chatOf(body: Json): ChatRequest {
  const read = readChatRequest(bytesOf({ ...MINIMAL, ...body }));
  assert(read.ok, JSON.stringify(read));
  return read.value;
}

/** The refusal of such a request. */
export function refusalOf(body: Json): CallerError {
  const read = readChatRequest(bytesOf({ ...MINIMAL, ...body }));
  assert(!read.ok, "it was not refused");
  return read.error;
}

/** The request of the turn that such a request becomes. */
export function turnOf(body: Json): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(chatOf(body).body));
}

export function assertRefused(
  error: CallerError,
  param: string,
  code: string | null,
): void {
  assertEquals({ status: error.status, param: error.param, code: error.code }, {
    status: 400,
    param,
    code,
  });
}

export function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(body));
}

const MINIMAL: Json = { model: "gpt-6.2-sol", messages: [HELLO] };

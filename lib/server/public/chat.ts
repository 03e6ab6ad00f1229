/**
 * Chat completions: a turn whose request and answer are translated
 * (`downstream/chat/`). All between the two is the same as for
 * `/v1/responses`.
 */
import { type Intake, readBody } from "../../downstream/body.ts";
import { chatAnswer } from "../../downstream/chat/answer.ts";
import {
  type ChatRequest,
  readChatRequest,
} from "../../downstream/chat/request.ts";
import { prepare, type PrepareContext } from "../../downstream/normalize.ts";
import { renderCallerError } from "../../downstream/render.ts";
import { run, type RunDeps } from "../../relay/run.ts";
import type { Routed } from "../port/route.ts";

export interface ChatDeps {
  readonly run: RunDeps;
  readonly prepare: PrepareContext;
  readonly maxBodyBytes: number;
  readonly intake: Intake;
}

export async function chatCompletion(
  { request, requestId }: Routed,
  deps: ChatDeps,
): Promise<Response> {
  const { intake, maxBodyBytes: limit, prepare: context } = deps;
  // Held until the caller is answered: a failover sends the body again.
  using held = intake.budget.open();
  const received = await readBody(request, { ...intake, limit, held });
  if (!received.ok) return renderCallerError(received.error);
  const chat = readChatRequest(received.value.bytes);
  if (!chat.ok) return renderCallerError(chat.error);

  const { body: bytes, form } = chat.value;
  const { now } = deps.run.dispatch.runtime;
  const prepared = await prepare({
    endpoint: "responses",
    query: "",
    headers: request.headers,
    body: { coding: undefined, wire: bytes, bytes },
    answer: chatAnswer(form, { now, newId: context.newId }),
  }, context);
  if (!prepared.ok) return renderCallerError(prepared.error);
  const ignored = allIgnored(chat.value, prepared.value.ignored);
  const asking = { caller: request.signal, requestId };
  return await run({ ...prepared.value, ignored }, asking, deps.run);
}

/** What the translation and the rules behind it leave out, in one order. */
function allIgnored(
  { members, ignored }: ChatRequest,
  later: readonly string[],
): readonly string[] {
  const all = new Set([...ignored, ...later]);
  return members.filter((name) => all.has(name));
}

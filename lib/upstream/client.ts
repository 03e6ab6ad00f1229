/**
 * Sends one attempt over HTTP and tells what came of it: an open answer, or a
 * failure.
 *
 * Does not retry or judge accounts. Reads an error answer whole, because a
 * caller may get it unchanged.
 */
import { toBytes } from "@std/streams";
import { classifyAnswer } from "../failure/classify.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { isEventStream } from "../protocol/headers.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { Deadline, whyBroken } from "./deadline.ts";
import { fetchPlain } from "./fetch_plain.ts";
import { assertSendable, type UpstreamRequest } from "./request.ts";

export interface SendOptions {
  readonly runtime: Pick<Runtime, "after" | "fetch" | "now">;
  /** The client whose connections are used. */
  readonly client?: Deno.HttpClient;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** How long upstream may take to send the head of its answer. */
  readonly headersTimeoutMs: number;
  /** What the body of a good answer is. */
  readonly expected: "events" | "json";
}

/** Returns answers open, with their bodies unread. */
export async function send(
  attempt: UpstreamRequest,
  options: SendOptions,
): Promise<Result<Response, Failure>> {
  const { runtime, signal, headersTimeoutMs: ms } = options;
  const { after } = runtime;
  const awaited = "head of an answer from upstream";
  const deadline = new Deadline({ after, ms, awaited, signal });
  try {
    const response = await fetchPlain(runtime, {
      ...attempt,
      client: options.client,
      signal: deadline.signal,
    });
    if (response.status >= 400) {
      const answer = await readAnswer(response);
      signal.throwIfAborted();
      return err(classifyAnswer(answer, runtime.now()));
    }
    if (isAnswer(response, options.expected)) return ok(response);
    await response.body?.cancel();
    return err({ kind: "no_answer", message: whatCame(response) });
  } catch (error) {
    if (!signal.aborted) assertSendable(attempt);
    return err(whyBroken(error, { signal, deadline }));
  } finally {
    deadline.clear();
  }
}

/**
 * The backend never answers with a redirect, an upgrade, an empty 204 or a page
 * with status 200, so none of them may reach a caller.
 */
function isAnswer(
  { status, headers }: Response,
  expected: SendOptions["expected"],
): boolean {
  if (status !== 200) return false;
  const type = headers.get("content-type")?.toLowerCase();
  if (type === undefined || isEventStream(headers)) return true;
  return expected === "json" && type.includes("json");
}

function whatCame({ status, headers }: Response): string {
  const type = headers.get("content-type");
  return `upstream answered ${status}` +
    (type === null
      ? ", which does not answer this request"
      : ` with "${type.slice(0, 100)}", which does not answer this request`);
}

/** Reads an answer to its end. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers, body } = response;
  return {
    status,
    headers,
    body: body === null ? new Uint8Array() : await toBytes(body),
  };
}

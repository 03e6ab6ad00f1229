/**
 * Sends one attempt and says what came of it: an open answer, or a failure.
 *
 * The only file that talks to the backend over HTTP. Neither retries nor
 * judges accounts; an error answer is read whole, because a caller may have
 * to be given it unchanged.
 */
import { LimitedBytesTransformStream, toBytes } from "@std/streams";
import { classifyAnswer } from "../failure/classify.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { Deadline } from "./deadline.ts";
import { fetchPlain } from "./fetch_plain.ts";
import { assertSendable, type Attempt } from "./request.ts";

/** An upstream error body is an explanation; more than this is none. */
const MAX_ERROR_BYTES = 1_048_576;

export interface SendOptions {
  readonly runtime: Pick<Runtime, "after" | "fetch" | "now">;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** How long upstream may take until its headers are here. */
  readonly headersTimeoutMs: number;
}

/** Answers below 400 are given back open, with their bodies unread. */
export async function send(
  attempt: Attempt,
  options: SendOptions,
): Promise<Result<Response, Failure>> {
  const { runtime, signal } = options;
  const deadline = new Deadline({
    after: runtime.after,
    ms: options.headersTimeoutMs,
    signal,
  });
  try {
    const response = await fetchPlain(runtime, {
      ...attempt,
      signal: deadline.signal,
    });
    if (response.status < 400) return ok(response);
    return err(classifyAnswer(await readAnswer(response), runtime.now()));
  } catch (error) {
    if (signal.aborted) return err({ kind: "caller_gone" });
    assertSendable(attempt);
    const message = deadline.signal.aborted
      ? `no answer within ${options.headersTimeoutMs} ms`
      : errorMessage(error);
    return err({ kind: "transport", message });
  } finally {
    deadline.clear();
  }
}

/** Reads an answer to its end. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers, body } = response;
  if (body === null) return { status, headers, body: new Uint8Array() };
  const limited = body.pipeThrough(
    new LimitedBytesTransformStream(MAX_ERROR_BYTES),
  );
  return { status, headers, body: await toBytes(limited) };
}

/** What `fetch` hides in the causes of its errors, on one line. */
export function errorMessage(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    parts.push(at.message);
  }
  return parts.join(": ") || String(error);
}

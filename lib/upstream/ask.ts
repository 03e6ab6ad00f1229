/**
 * Asks the auth server one thing and reads the answer to its end.
 *
 * Never sends it twice and judges no answer.
 */
import type { Answer } from "../failure/failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { Runtime } from "../runtime.ts";
import { errorMessage, readAnswer } from "./client.ts";
import { Deadline } from "./deadline.ts";
import { fetchPlain } from "./fetch_plain.ts";
import { assertSendable, type Attempt } from "./request.ts";

/** How long the auth server may take for a whole answer. */
export const ISSUER_TIMEOUT_MS = 30_000;

/** Why there is no answer. */
export interface NoAnswer {
  /** Whether it is certain that the request has not left this machine. */
  readonly unsent: boolean;
  readonly message: string;
}

export async function askIssuer(
  attempt: Attempt,
  { runtime, signal, timeoutMs = ISSUER_TIMEOUT_MS }: {
    readonly runtime: Pick<Runtime, "after" | "fetch">;
    readonly signal: AbortSignal;
    readonly timeoutMs?: number;
  },
): Promise<Result<Answer, NoAnswer>> {
  using deadline = new Deadline({
    after: runtime.after,
    ms: timeoutMs,
    awaited: "answer from the auth server",
    signal,
  });
  try {
    const response = await fetchPlain(runtime, {
      ...attempt,
      signal: deadline.signal,
      // A token or a code that comes twice ends the sign-in (RFC 6749,
      // section 4.1.2).
      once: true,
    });
    return ok(await readAnswer(response));
  } catch (error) {
    assertSendable(attempt);
    return err({ unsent: isUnsent(error), message: errorMessage(error) });
  }
}

/**
 * No name, no connection, no tunnel or no TLS, or none of these was allowed:
 * then there was nowhere to send to. The runtime has only words for it.
 */
function isUnsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    errorMessage(error).includes("client error (Connect)");
}

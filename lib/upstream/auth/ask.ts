/**
 * Sends one request, or one grant, to the auth server and reads the whole
 * answer.
 *
 * Never sends it twice, and saves nothing.
 */
import { errorMessage } from "../../error_text.ts";
import type { Answer } from "../../failure/failure.ts";
import { ISSUER_TIMEOUT_MS } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { readAnswer } from "../client.ts";
import { Deadline } from "../deadline.ts";
import { fetchPlain } from "../fetch_plain.ts";
import { assertSendable, type UpstreamRequest } from "../request.ts";
import { inOneLine } from "../../failure/redact.ts";
import { type GrantOutcome, readGrant } from "./grant.ts";

/** Why there is no answer. */
export interface NoAnswer {
  /** Whether it is certain that the request has not left this machine. */
  readonly unsent: boolean;
  readonly message: string;
}

export async function askIssuer(
  attempt: UpstreamRequest,
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
      // A token or a code that is sent twice ends the sign-in (RFC 6749,
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
 * Whether nothing was sent, because DNS, the connection, a tunnel or TLS
 * failed, or the runtime did not permit it. Only the error's message tells.
 */
function isUnsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    errorMessage(error).includes("client error (Connect)");
}

export interface AskOptions {
  readonly runtime: Pick<Runtime, "after" | "fetch" | "now">;
  /** How long the token endpoint may take, to the end of its answer. */
  readonly timeoutMs: number;
  /** Redacted in messages, in case the answer quotes them. */
  readonly secrets: readonly string[];
}

/** Sends one grant to the token endpoint and tells its outcome. */
export async function askGrant(
  grant: UpstreamRequest,
  { runtime, timeoutMs, secrets }: AskOptions,
): Promise<GrantOutcome> {
  // No caller's leaving may abort a grant: its token may be spent already.
  const { signal } = new AbortController();
  const asked = await askIssuer(grant, { runtime, signal, timeoutMs });
  if (!asked.ok) {
    const { unsent, message } = asked.error;
    return {
      kind: unsent ? "unsent" : "unclear",
      message: `token endpoint: ${message}`,
    };
  }
  const outcome = readGrant(asked.value, runtime.now());
  if (outcome.kind === "granted") return outcome;
  return { ...outcome, message: inOneLine(outcome.message, secrets) };
}

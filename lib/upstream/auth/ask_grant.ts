/**
 * Sends one grant to the token endpoint and tells its outcome. Saves nothing.
 */
import { inOneLine } from "../../failure/redact.ts";
import type { Runtime } from "../../runtime.ts";
import { askIssuer } from "./ask.ts";
import { type GrantOutcome, readGrant } from "./grant.ts";
import type { UpstreamRequest } from "../request.ts";

export interface AskOptions {
  readonly runtime: Pick<Runtime, "after" | "fetch" | "now">;
  /** How long the token endpoint may take, to the end of its answer. */
  readonly timeoutMs: number;
  /** Redacted in messages, in case the answer quotes them. */
  readonly secrets: readonly string[];
}

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

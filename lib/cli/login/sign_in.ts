/**
 * What both ways of signing in share: how they end, and the exchange of the
 * code for tokens.
 */
import { err, ok, type Result } from "../../result.ts";
import { askIssuer } from "../../upstream/auth/ask.ts";
import {
  buildCodeGrant,
  type CodeGrant,
  readCodeGrant,
  type SignedIn,
} from "../../upstream/auth/authorization.ts";
import type { CommandContext } from "../process/environment.ts";
import type { TypedLines } from "../terminal/typed_lines.ts";
import { foreignText } from "../terminal/output.ts";

export interface SignInContext extends CommandContext {
  /** Aborts when the person cancels. */
  readonly stop: AbortSignal;
  /** What the person types; undefined if nobody can. */
  readonly typed?: TypedLines | undefined;
  /** Saves the tokens. Returns words for the person, or what went wrong. */
  readonly keep: (tokens: SignedIn) => Promise<Result<string, string>>;
}

/** Why a sign-in failed, or why its tokens are not saved. */
export type Ending =
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly message: string }
  | {
    readonly kind: "unsaved";
    readonly message: string;
    readonly tokens: SignedIn;
  };

/** Words for the person, or why there are no saved tokens. */
export type Outcome = Result<string, Ending>;

/** Exchanges the code and hands the tokens to `keep`. */
export async function finish(
  { config, runtime, stop, keep }: SignInContext,
  grant: CodeGrant,
): Promise<Outcome> {
  const attempt = buildCodeGrant(config, grant);
  const answer = await askIssuer(attempt, { runtime, signal: stop });
  if (!answer.ok) {
    if (stop.aborted) return cancelled();
    return failed(
      `The auth server gave no answer, so this sign-in is lost (${answer.error.message}); run codaze login again`,
    );
  }
  const tokens = readCodeGrant(answer.value, grant);
  if (!tokens.ok) {
    return failed(
      `The auth server did not accept the sign-in: ${
        foreignText(tokens.error)
      }; run codaze login again`,
    );
  }
  const kept = await keep(tokens.value);
  if (kept.ok) return ok(kept.value);
  return err({ kind: "unsaved", message: kept.error, tokens: tokens.value });
}

export function cancelled(): Outcome {
  return err({ kind: "cancelled" });
}

export function failed(message: string): Outcome {
  return err({ kind: "failed", message });
}

/** Time is up, or the person has cancelled. */
export function gaveUp(
  { stop }: Pick<SignInContext, "stop">,
  allowedMs: number,
): Outcome {
  if (stop.aborted) return cancelled();
  const minutes = Math.ceil(allowedMs / 60_000);
  return failed(
    `The sign-in has expired: it was not finished within ${minutes} min; run codaze login again`,
  );
}

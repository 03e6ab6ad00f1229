/** What was found wrong, by kind: each is one too many. */

export const FINDINGS = [
  /** A byte that the account did not say, or one that is missing. */
  "wrong bytes",
  /** What one account said, or owns, together with another's. */
  "mixed accounts",
  "told twice",
  /** A token where a caller or a log reader sees it, or a prompt in a log. */
  "leak",
  /** A turn that did not end, or ended without a word. */
  "never ended",
  /** What no turn may be answered: a redirect, a 204 … */
  "no answer",
  /** An account that is never wronged was not asked. */
  "failed for nothing",
  /** A refresh token was used twice, or the new one lost. */
  "login harmed",
  /** The gateway ended, hung, or told of a mistake of its own. */
  "gateway",
  /** What is left when all have gone. */
  "left over",
] as const;

export type FindingKind = typeof FINDINGS[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

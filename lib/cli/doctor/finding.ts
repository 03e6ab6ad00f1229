/**
 * The result of a check of `codaze doctor`: what it found and, if something is
 * wrong, what a person can do about it.
 *
 * Data only; `report.ts` formats it.
 */

export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
  /** What was checked, in a word or two. */
  readonly check: string;
  readonly verdict: Verdict;
  /** One line, without tokens. */
  readonly found: string;
  /** What to do; undefined if nothing is wrong. */
  readonly cure: string | undefined;
}

/** Makes the findings of one check. */
export interface Voice {
  readonly good: (found: string) => Finding;
  /** The gateway works, but not as well as it could, or may soon fail. */
  readonly warn: (found: string, cure: string) => Finding;
  /** Turns will fail, or the pool cannot use an account. */
  readonly fail: (found: string, cure: string) => Finding;
}

export function voiceOf(check: string): Voice {
  const trouble = (verdict: Verdict) => (found: string, cure: string) => ({
    check,
    verdict,
    found,
    cure,
  });
  return {
    good: (found) => ({ check, verdict: "ok", found, cure: undefined }),
    warn: trouble("warn"),
    fail: trouble("fail"),
  };
}

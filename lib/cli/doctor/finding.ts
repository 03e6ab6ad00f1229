/**
 * What a check of `codaze doctor` has to say: what it found and, where
 * something is wrong, what a person can do about it.
 *
 * Says nothing by itself; how findings look is `report.ts`.
 */

export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly verdict: Verdict;
  /** One line, without tokens. */
  readonly found: string;
  /** What to do; where all is well there is nothing. */
  readonly cure: string | undefined;
}

/** The three ways a check can end. */
export interface Voice {
  readonly good: (found: string) => Finding;
  /** The gateway works, but not as well as it could, or not for long. */
  readonly warn: (found: string, cure: string) => Finding;
  /** Turns will fail, or an account is lost to the pool. */
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

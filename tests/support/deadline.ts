/**
 * How long a test may take that waits for what a fault may keep from coming: it
 * fails instead of hanging. Far more than any needs on any machine; the
 * variable is for one that is slower still.
 */
export const DEADLINE = {
  timeout: Number(Deno.env.get("CODAZE_TEST_LIMIT_MS") ?? 120_000),
} as const;

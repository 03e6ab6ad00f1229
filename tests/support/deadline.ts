/**
 * For tests that wait for what a fault may keep from coming: they fail instead
 * of hanging. Far more than they need on any machine.
 */
export const DEADLINE = { timeout: 120_000 } as const;

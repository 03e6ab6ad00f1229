/** Faults of an account that many tests play. */
import type { Fault } from "../../lib/simulator/faults/faults.ts";
import { usageLimitReached } from "../../lib/simulator/faults/limits.ts";

/** The account has used up what its plan allows, for an hour from now. */
export function spentForAnHour(): Fault {
  const now = Date.now();
  return usageLimitReached({ now, resetsAt: now + 3_600_000 });
}

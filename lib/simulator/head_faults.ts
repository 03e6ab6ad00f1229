/** Whether an answer is still to be given, for all that its fault does. */

import type { Exchange } from "./exchange.ts";
import { type Fault, isHeadFault } from "./faults.ts";

/** Shows a head fault; false when there is nothing left to answer. */
export async function mayAnswer(
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<boolean> {
  if (fault === undefined || !isHeadFault(fault)) return true;
  return await exchange.suffer(fault);
}

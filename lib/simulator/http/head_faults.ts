/** What an endpoint asks before it answers: does its fault leave an answer? */

import type { Exchange } from "./exchange.ts";
import { type Fault, isHeadFault } from "../faults/faults.ts";

/** Carries out a head fault; false if no answer may follow. */
export async function mayAnswer(
  exchange: Exchange,
  fault: Fault | undefined,
): Promise<boolean> {
  if (fault === undefined || !isHeadFault(fault)) return true;
  return await exchange.suffer(fault);
}

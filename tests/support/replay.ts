/**
 * Makes every decision of the tests again, from its record as JSON: `decide()`
 * may look at nothing else.
 */
import {
  type MadeDecision,
  observeDecisions,
} from "../../lib/accounts/pool/decisions.ts";
import { decide } from "../../lib/policy/decide.ts";

const differences: string[] = [];

observeDecisions((made: MadeDecision) => {
  const record = JSON.stringify(made.input);
  const again = decide(JSON.parse(record));
  const isSame = again.account === made.decision.account &&
    again.rule === made.decision.rule;
  if (!isSame) differences.push(`${record} ${JSON.stringify(made.decision)}`);
});

/** Fails a test in which a decision could not be made again. */
export function assertReplayed(): void {
  const found = differences.splice(0);
  if (found.length > 0) throw new Error(`not made again: ${found.join("\n")}`);
}

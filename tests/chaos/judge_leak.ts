/** Whether a token of any account is in what a caller got. */
import { CANARY } from "../../lib/simulator/accounts/canary.ts";
import type { Finding } from "./findings.ts";

export function judgeLeak(
  got: { readonly head: string; readonly body: string },
): readonly Finding[] {
  return Object.entries(got).flatMap(([part, text]): Finding[] => {
    const at = text.search(CANARY);
    if (at < 0) return [];
    const before = text.slice(Math.max(0, at - 60), at);
    const words = `a token in the ${part} of an answer, behind ${before}`;
    return [{ kind: "leak", text: words }];
  });
}

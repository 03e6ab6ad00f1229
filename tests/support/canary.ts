/**
 * No token of any account shows where it must not: every token of the
 * simulator carries a mark, and every test that has a gateway looks for it.
 */
import { CANARY } from "../../lib/simulator/accounts/canary.ts";

/** Throws if a token is in `text`, and says only where that was. */
export function assertNoToken(text: string, where: string): void {
  const at = text.search(CANARY);
  if (at < 0) return;
  const line = text.slice(0, at).split("\n").length;
  throw new Error(`a token is in ${where}, line ${line}`);
}

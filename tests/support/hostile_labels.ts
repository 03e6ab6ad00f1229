/** Labels that try to be more than text. */
import type { TestOptions } from "./gateway.ts";

export const HOSTILE_LABELS: readonly string[] = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(2)</script>",
  '"><svg onload=alert(3)>',
  "<!--accounts--><!--view-->",
  "{}</script>",
  "$& $1 $` $'",
  "\u202Eevil\u202C \u200Fright",
  "a\u0007b\u001B[31mc\u2028d",
  "ab".repeat(5_000),
];

/** An account for each of them. */
export function hostileAccounts(): TestOptions {
  const accounts = HOSTILE_LABELS.map((_, at) => `h${at}`);
  const labels = Object.fromEntries(
    HOSTILE_LABELS.map((label, at) => [`h${at}`, label]),
  );
  return { accounts, labels };
}

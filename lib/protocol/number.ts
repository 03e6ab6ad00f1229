/** Numbers as upstream writes them, in headers and in JSON. */

/** A finite number of at least zero, written in digits and one point. */
export function decimal(value: unknown): number | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  if (!/^\s*\d{1,18}(?:\.\d{1,18})?\s*$/.test(text)) return undefined;
  return Number(text);
}

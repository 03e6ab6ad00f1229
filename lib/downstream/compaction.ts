/**
 * A compaction answer as SDK callers expect it: older backends call the item
 * `compaction_summary`, the public API calls it `compaction`. Codex callers get
 * the answer unchanged.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const SUMMARY_TYPE = /("type"\s*:\s*)"compaction_summary"/g;

/** Renames the item's type and leaves every other byte. */
export function openaiCompaction(
  body: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const text = decoder.decode(body);
  const renamed = text.replace(SUMMARY_TYPE, '$1"compaction"');
  return renamed === text ? body : encoder.encode(renamed);
}

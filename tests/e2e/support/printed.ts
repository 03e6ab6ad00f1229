/**
 * What the official client shows a person, without what differs from run to
 * run: folders, ids, addresses, times.
 */
import type { Ended } from "./child.ts";

/** Lines about the machine, not the turn; their number and place vary. */
const NOISE =
  /^WARNING: proceeding|^warning: Codex could not find bubblewrap| rmcp::transport|::responses_websocket: failed to connect/;

const VARYING: ReadonlyArray<[RegExp, string]> = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, "<time>"],
  // With a date, if it is not today.
  [
    /\b(?:[A-Z][a-z]{2} \d{1,2}(?:st|nd|rd|th), \d{4} )?\d{1,2}:\d\d [AP]M\b/g,
    "<time>",
  ],
  [/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, "<id>"],
  [/https?:\/\/127\.0\.0\.1:\d+\/[\w/-]+/g, "<address>"],
  [/\S*\/codaze-e2e-[^/\s"]+/g, "<home>"],
  [/(tokens used\n)[\d,]+/g, "$1<count>"],
];

export function printedBy(ended: Ended): string {
  const lines = `${ended.stderr}${ended.stdout}`.split("\n");
  return VARYING.reduce(
    (text, [pattern, word]) => text.replaceAll(pattern, word),
    lines.filter((line) => !NOISE.test(line)).join("\n"),
  );
}

/**
 * Foreign text in a sentence of ours: cut first, so that what it costs does not
 * depend on how much somebody sent.
 */

const MAX_QUOTED = 200;

/** At most 200 characters of `text`, the last of them whole. */
export function cut(text: string): string {
  return text.length <= MAX_QUOTED
    ? text
    : `${text.slice(0, MAX_QUOTED).toWellFormed()}…`;
}

/** The same of UTF-8 that has not been decoded. */
export function cutBytes(bytes: Uint8Array): string {
  // A character takes four bytes at most.
  return cut(new TextDecoder().decode(bytes.subarray(0, 4 * MAX_QUOTED + 4)));
}

/**
 * Files that are no account: the list for a person, and one log line for each
 * change of each file rather than one for each scan.
 */

import type { Log } from "../runtime.ts";
import type { FoundFile } from "./folder.ts";
import type { InvalidFile } from "./registry.ts";

export class ReportedFiles {
  readonly #log: Log;
  /** What each file was like at the last look. */
  #seen: ReadonlyMap<string, string> | undefined;
  /** What was said of each file, with the contents it was said of. */
  #reported: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Gives the list of what is broken among `found`. To the log goes what is
   * new and was the same at the last look: not a file that is being written.
   */
  update(found: readonly FoundFile[]): readonly InvalidFile[] {
    const invalid: InvalidFile[] = [];
    const seen = new Map<string, string>();
    const reported = new Map<string, string>();
    for (const { name, bytes, parsed } of found) {
      if (parsed.ok) continue;
      const reason = parsed.error;
      invalid.push({ file: name, reason });
      const state = `${reason} ${fingerprint(bytes)}`;
      seen.set(name, state);
      const before = this.#reported.get(name);
      const isSettled = this.#seen === undefined ||
        this.#seen.get(name) === state;
      if (isSettled && before !== state) {
        this.#log.warn("account file ignored", { file: name, reason });
      }
      const said = isSettled ? state : before;
      if (said !== undefined) reported.set(name, said);
    }
    this.#seen = seen;
    this.#reported = reported;
    return invalid;
  }
}

/** FNV-1a, 32 bits: tells versions of one file apart, no more. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

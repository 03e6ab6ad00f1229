/**
 * Files that are no account: the list for a person, and one log line for each
 * change of each file rather than one for each scan.
 */

import type { Log } from "../runtime.ts";
import type { FoundFile } from "./folder.ts";
import type { InvalidFile } from "./registry.ts";

export class ReportedFiles {
  readonly #log: Log;
  /** What was said of each file, with the contents it was said of. */
  #reported: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Reports what is new among `found`; gives the whole list. */
  update(found: readonly FoundFile[]): readonly InvalidFile[] {
    const invalid: InvalidFile[] = [];
    const reported = new Map<string, string>();
    for (const { name, bytes, parsed } of found) {
      if (parsed.ok) continue;
      const reason = parsed.error;
      const state = `${reason} ${fingerprint(bytes)}`;
      if (this.#reported.get(name) !== state) {
        this.#log.warn("account file ignored", { file: name, reason });
      }
      reported.set(name, state);
      invalid.push({ file: name, reason });
    }
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

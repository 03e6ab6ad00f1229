/**
 * Files that are no accounts: lists them for a person, and logs each change of
 * a file once rather than at every scan.
 */

import type { Log } from "../../runtime.ts";
import { fingerprint } from "../files/digest.ts";
import type { FoundFile } from "../files/folder.ts";
import type { InvalidFile } from "../pool/registry.ts";

export class ReportedFiles {
  readonly #log: Log;
  /** The state of each broken file at the last scan. */
  #seen: ReadonlyMap<string, string> | undefined;
  /** The state of each broken file that was logged last. */
  #reported: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Returns the broken files among `found`. Logs a state only when two scans in
   * a row saw it, or the first one did: a file may be half written.
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

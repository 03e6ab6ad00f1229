/**
 * Sign-ins that the server has ended, as `trash/` remembers them: the account's
 * file, with the reason and the time added.
 *
 * Reads that folder and changes nothing. `signed_out.ts` keeps such accounts in
 * the list.
 */

import { join } from "@std/path";
import { ok, type Result } from "../../result.ts";
import type { AccountFile } from "../files/file.ts";
import { type FoundFile, listFolder } from "../files/folder.ts";
import { personIn } from "../pool/person.ts";
import { tokenHash } from "../files/digest.ts";
import { notesIn } from "../files/trash_notes.ts";

/** A sign-in that was given up. */
export interface Ended {
  /** The file's name in `trash/`. */
  readonly trashName: string;
  /** The name it had when it was an account. */
  readonly name: string;
  readonly file: AccountFile;
  /** When the file was made, in milliseconds since the epoch. */
  readonly createdAt: number;
  readonly reason: string;
  /** When it was given up, in milliseconds since the epoch. */
  readonly at: number;
}

/** Empty if there is no `trash/`. */
export async function listEnded(
  dir: string,
): Promise<Result<readonly Ended[], string>> {
  const listed = await listFolder(join(dir, "trash"));
  return listed.ok ? ok(listed.value.flatMap(endedIn)) : listed;
}

/** Empty for a file that is there for another reason. */
function endedIn(
  { name, bytes, parsed, createdAt }: FoundFile,
): readonly Ended[] {
  if (!parsed.ok) return [];
  const notes = notesIn(bytes);
  if (notes === undefined || !notes.ended) return [];
  return [{
    trashName: name,
    name: notes.from ?? name,
    file: parsed.value,
    createdAt,
    reason: notes.reason,
    at: notes.at ?? createdAt,
  }];
}

/** What the account files tell about a sign-in that was given up. */
export type EndState =
  /** No new sign-in. */
  | "out"
  /** The same person has signed in again, as far as the files tell. */
  | "renewed"
  /** A file holds, or may hold, this very login: it gets another try. */
  | "there";

/** The files of the accounts, looked up by name, person and token. */
export class Present {
  readonly #persons = new Set<string>();
  readonly #hashes = new Set<string>();
  readonly #broken = new Set<string>();
  readonly #names = new Map<string, string | undefined>();

  constructor(found: readonly FoundFile[]) {
    for (const { name, parsed } of found) {
      const person = parsed.ok ? personIn(parsed.value) : undefined;
      this.#names.set(name, person);
      if (!parsed.ok) {
        this.#broken.add(name);
        continue;
      }
      if (person !== undefined) this.#persons.add(person);
      this.#hashes.add(tokenHash(parsed.value.refreshToken));
      for (const hash of parsed.value.previous) this.#hashes.add(hash);
    }
  }

  /** Whether an account file has this name. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Whether a file holds this login, at this token or a later one. */
  holds({ refreshToken }: AccountFile): boolean {
    return this.#hashes.has(tokenHash(refreshToken));
  }

  /** Whether the file of this name may belong to the same person. */
  mayBe(name: string, file: AccountFile): boolean {
    if (!this.#names.has(name)) return false;
    const there = this.#names.get(name);
    const person = personIn(file);
    return there === undefined || person === undefined || there === person;
  }

  standing({ name, file }: Ended): EndState {
    // A half-written file may turn out to hold this login.
    if (this.holds(file) || this.#broken.has(name)) return "there";
    const person = personIn(file);
    const isBack = person !== undefined && this.#persons.has(person);
    return isBack || this.mayBe(name, file) ? "renewed" : "out";
  }
}

/**
 * The accounts that are signed out. Of each person, only the sign-in that ended
 * last counts.
 */
export function stillOut(
  ended: readonly Ended[],
  present: Present,
): readonly Ended[] {
  const byPerson = new Map<string, Ended>();
  for (const one of ended.toSorted((a, b) => a.at - b.at)) {
    if (present.standing(one) !== "out") continue;
    byPerson.set(personIn(one.file) ?? `file ${one.name}`, one);
  }
  return [...byPerson.values()];
}

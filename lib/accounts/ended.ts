/**
 * Sign-ins that the server has ended, as `trash/` remembers them: the file of
 * the account, with the reason and the time in it.
 *
 * Reads that folder and decides; changes nothing. What becomes of them among
 * the accounts is `signed_out.ts`.
 */

import { join } from "@std/path";
import { parseObject, stringField } from "../protocol/json.ts";
import { ok, type Result } from "../result.ts";
import type { AccountFile } from "./file.ts";
import { type FoundFile, listFolder } from "./folder.ts";
import { personIn } from "./person.ts";
import { tokenHash } from "./token_id.ts";

/** The sign-in of an account that was given up. */
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

/** Reasons for which the login itself is as good as before, or replaced. */
const NO_END = /^(duplicate of |holds a token that |replaced by )/;

/** Without a folder of that name nothing was ever given up. */
export async function listEnded(
  dir: string,
): Promise<Result<readonly Ended[], string>> {
  const listed = await listFolder(join(dir, "trash"));
  return listed.ok ? ok(listed.value.flatMap(endedIn)) : listed;
}

/** None for what lies there for another reason. */
function endedIn(
  { name, bytes, parsed, createdAt }: FoundFile,
): readonly Ended[] {
  if (!parsed.ok) return [];
  const notes = parseObject(new TextDecoder().decode(bytes)) ?? {};
  const reason = stringField(notes, "codaze_reason");
  if (reason === undefined || NO_END.test(reason)) return [];
  const at = Date.parse(stringField(notes, "codaze_trashed_at") ?? "");
  return [{
    trashName: name,
    name: stringField(notes, "codaze_trashed_from") ?? name,
    file: parsed.value,
    createdAt,
    reason,
    at: Number.isNaN(at) ? createdAt : at,
  }];
}

/** What the files of the accounts say of a sign-in that was given up. */
export type Standing =
  /** Nobody has signed in again. */
  | "out"
  /** Its person has another sign-in, or its name has another file. */
  | "renewed"
  /** One of them holds, or may hold, this very login: it gets another try. */
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

  /** Whether the file of this name is, for all we know, this person's. */
  mayBe(name: string, file: AccountFile): boolean {
    if (!this.#names.has(name)) return false;
    const there = this.#names.get(name);
    const person = personIn(file);
    return there === undefined || person === undefined || there === person;
  }

  standing({ name, file }: Ended): Standing {
    // Half a file may become anything.
    if (this.holds(file) || this.#broken.has(name)) return "there";
    const person = personIn(file);
    const isBack = person !== undefined && this.#persons.has(person);
    return isBack || this.mayBe(name, file) ? "renewed" : "out";
  }
}

/** The accounts that are signed out: of one person the latest end only. */
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

/**
 * Sign-ins that the server has declared dead: their files lie in `trash/`
 * with the reason. One that somebody has signed in again is no trouble.
 */
import { join } from "@std/path";
import { parseAccountFile } from "../../accounts/file.ts";
import type { FoundFile } from "../../accounts/folder.ts";
import { personIn } from "../../accounts/person.ts";
import { parseObject, stringField } from "../../protocol/json.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { Scene } from "./scene.ts";

const voice = voiceOf("signed out");

/** Reasons for which the login itself is as good as before. */
const ALIVE = /^(duplicate of |holds a token that |replaced by )/;

interface Dead {
  readonly name: string;
  readonly reason: string;
  /** RFC 3339. */
  readonly at: string | undefined;
  /** Whose it was. */
  readonly person: string | undefined;
}

export async function checkTrash(
  { files, config }: Scene,
): Promise<readonly Finding[]> {
  const listed = await files;
  if (!listed.ok) return [];
  const trash = join(config.accountsDir, "trash");
  const dead = await deadIn(trash);
  return latest(dead).filter((one) => !isBack(one, listed.value)).map((one) => {
    const at = one.at === undefined ? "" : ` on ${one.at.slice(0, 10)}`;
    return voice.warn(
      `${one.name} was given up${at}: ${one.reason}`,
      `sign in again with codaze login; if it is not wanted, delete ${
        join(trash, one.name)
      }`,
    );
  });
}

async function deadIn(trash: string): Promise<readonly Dead[]> {
  const dead: Dead[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(trash)) {
      if (!isFile || !name.endsWith(".json")) continue;
      const one = await readDead(trash, name);
      if (one !== undefined) dead.push(one);
    }
  } catch {
    // No such folder: nothing was ever given up.
  }
  return dead;
}

/** Undefined for what lies there for another reason. */
async function readDead(
  trash: string,
  name: string,
): Promise<Dead | undefined> {
  const bytes = await Deno.readFile(join(trash, name)).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const object = parseObject(new TextDecoder().decode(bytes)) ?? {};
  const reason = stringField(object, "codaze_reason");
  if (reason === undefined || ALIVE.test(reason)) return undefined;
  const file = parseAccountFile(bytes);
  return {
    name,
    reason,
    at: stringField(object, "codaze_trashed_at"),
    person: file.ok ? personIn(file.value) : undefined,
  };
}

/** One person may have been signed out several times. */
function latest(dead: readonly Dead[]): readonly Dead[] {
  const byPerson = new Map<string, Dead>();
  const sorted = dead.toSorted((a, b) => (a.at ?? "") < (b.at ?? "") ? -1 : 1);
  for (const one of sorted) byPerson.set(one.person ?? one.name, one);
  return [...byPerson.values()];
}

/** By the person where that is known, else by the name of the file. */
function isBack(
  { name, person }: Dead,
  files: readonly FoundFile[],
): boolean {
  return files.some((file) => {
    if (!file.parsed.ok) return false;
    if (file.name === name) return true;
    return person !== undefined && personIn(file.parsed.value) === person;
  });
}

/**
 * Finds files that share one sign-in, and sign-ins that share one quota. Pure,
 * except that it waits for the list of files.
 */
import type { AccountFile } from "../../accounts/files/file.ts";
import type { FoundFile } from "../../accounts/files/folder.ts";
import { personIn } from "../../accounts/pool/person.ts";
import { tokenHash } from "../../accounts/files/token_id.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { Scene } from "./scene.ts";

const voice = voiceOf("duplicate");

export async function checkDuplicates(
  { files }: Scene,
): Promise<readonly Finding[]> {
  const listed = await files;
  if (!listed.ok) return [];
  const twins = pairs(listed.value, (file) => tokenHash(file.refreshToken));
  const seconds = new Set(twins.map(([, second]) => second));
  const others = listed.value.filter((file) => !seconds.has(file));
  return [
    ...twins.map(([first, second]) =>
      voice.warn(
        `${first.name} and ${second.name} hold the same sign-in`,
        `delete one of them; else the gateway moves ${second.name} to trash/`,
      )
    ),
    ...pairs(others, personIn).map(([first, second]) =>
      voice.warn(
        `${second.name} is the same person and workspace as ${first.name}: one quota, so only one is used`,
        `delete one of them, or sign in to ${second.name} as somebody else`,
      )
    ),
  ];
}

/** Each file whose key an older file has, with the oldest such file first. */
function pairs(
  files: readonly FoundFile[],
  keyOf: (file: AccountFile) => string | undefined,
): ReadonlyArray<readonly [FoundFile, FoundFile]> {
  const first = new Map<string, FoundFile>();
  return [...files].sort(byAge).flatMap((file) => {
    const key = file.parsed.ok ? keyOf(file.parsed.value) : undefined;
    if (key === undefined) return [];
    const older = first.get(key);
    if (older === undefined) first.set(key, file);
    return older === undefined ? [] : [[older, file] as const];
  });
}

/** The order in which the gateway prefers files. */
function byAge(a: FoundFile, b: FoundFile): number {
  return a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
}

/**
 * Finds files that share one sign-in, and sign-ins that share one quota. Pure,
 * except that it waits for the list of files.
 */
import type { FoundFile } from "../../accounts/files/folder.ts";
import { Account } from "../../accounts/pool/account.ts";
import { markDuplicates } from "../../accounts/pool/pool.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("duplicate");

export async function checkDuplicates(
  { files }: CheckContext,
): Promise<readonly Finding[]> {
  const listed = await files;
  if (!listed.ok) return [];
  const { kept, copies } = withoutCopies(listed.value);
  return [
    ...copies.map(([first, second]) =>
      voice.warn(
        `${first.name} and ${second.name} hold the same sign-in`,
        `delete one of them; else the gateway moves ${second.name} to trash/`,
      )
    ),
    ...sharers(kept).map(([serving, other]) =>
      voice.warn(
        `${other} is the same person and workspace as ${serving}: one quota, so only one is used`,
        `delete one of them, or sign in to ${other} as somebody else`,
      )
    ),
  ];
}

interface Files {
  /** One file per sign-in, the one that a gateway keeps. */
  readonly kept: readonly FoundFile[];
  /** Each other file, with the one that is kept first. */
  readonly copies: ReadonlyArray<readonly [FoundFile, FoundFile]>;
}

function withoutCopies(files: readonly FoundFile[]): Files {
  const kept = new Map<string, FoundFile>();
  const copies = files.toSorted(byAge).flatMap((file) => {
    if (!file.parsed.ok) return [];
    const { refreshToken } = file.parsed.value;
    const older = kept.get(refreshToken);
    if (older === undefined) kept.set(refreshToken, file);
    return older === undefined ? [] : [[older, file] as const];
  });
  return { kept: [...kept.values()], copies };
}

/** The order in which a gateway that starts prefers copies of one sign-in. */
function byAge(a: FoundFile, b: FoundFile): number {
  return a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
}

/** Names of two files of one person, the one that is used first. */
function sharers(
  files: readonly FoundFile[],
): ReadonlyArray<readonly [string, string]> {
  const accounts = files.flatMap(({ name, parsed, createdAt }) =>
    parsed.ok ? [new Account(name, parsed.value, createdAt)] : []
  );
  markDuplicates(accounts);
  return accounts.flatMap((other) => {
    const serving = accounts.find(({ id }) => id === other.duplicateOf);
    return serving ? [[serving.fileName, other.fileName] as const] : [];
  });
}

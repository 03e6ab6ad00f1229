/**
 * Finds refreshes that were interrupted, and refresh tokens that were used
 * before, from the notes beside the account files. Takes no lock and changes
 * nothing.
 */
import { dirname, join } from "@std/path";
import type { FoundFile } from "../../accounts/files/folder.ts";
import {
  isUnderWay,
  JOURNAL_FOLDER,
  journalPath,
  peekEntry,
} from "../../accounts/refresh/journal.ts";
import { isSpent } from "../../accounts/refresh/spent.ts";
import { tokenHash } from "../../accounts/files/token_id.ts";
import { nameOf } from "./account_files.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { Scene } from "./scene.ts";

const voice = voiceOf("refresh");

export async function checkInterrupted(
  { files, config, runtime }: Scene,
): Promise<readonly Finding[]> {
  const listed = await files;
  if (!listed.ok) return [];
  const findings: Finding[] = [];
  for (const file of listed.value) {
    const finding = await checkSide(file, {
      dir: config.accountsDir,
      now: runtime.now(),
    });
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function checkSide(
  file: FoundFile,
  { dir, now }: { readonly dir: string; readonly now: number },
): Promise<Finding | undefined> {
  if (!file.parsed.ok) return undefined;
  const named = join(dir, file.name);
  const real = await Deno.realPath(named).catch(() => named);
  const { refreshToken } = file.parsed.value;
  const hash = tokenHash(refreshToken);
  const path = journalPath(dirname(real), hash);
  try {
    const entry = await peekEntry(path);
    if (entry === undefined) {
      return await checkSpent(file, { dir, refreshToken });
    }
    if (isUnderWay(entry, now)) {
      return voice.good(`${nameOf(file)}: one is under way, or just broke off`);
    }
    return interrupted(nameOf(file), entry.record.granted !== undefined);
  } catch {
    return voice.warn(
      `${nameOf(file)}: its notes in ${JOURNAL_FOLDER} cannot be read`,
      "let this user read and write that folder",
    );
  }
}

/** Whether the file is an old copy whose token was used already. */
async function checkSpent(
  file: FoundFile,
  { dir, refreshToken }: {
    readonly dir: string;
    readonly refreshToken: string;
  },
): Promise<Finding | undefined> {
  if (!await isSpent(dir, refreshToken)) return undefined;
  return voice.fail(
    `${nameOf(file)}: its refresh token was used before, and is not sent again`,
    "put the newer file back, or run codaze login",
  );
}

function interrupted(name: string, hasTokens: boolean): Finding {
  return hasTokens
    ? voice.warn(
      `${name}: new tokens wait beside its file, where a crash has left them`,
      "start the gateway: it puts them where they belong",
    )
    : voice.warn(
      `${name}: one was interrupted, and its answer may be lost`,
      `codaze accounts refresh '${name}' will tell; if it is dead, codaze login`,
    );
}

/**
 * Finds refreshes that were interrupted, and refresh tokens that were used
 * before, from the notes beside the account files. Takes no lock and changes
 * nothing.
 */
import { JOURNAL_FOLDER } from "../../accounts/refresh/journal.ts";
import {
  type RefreshState,
  refreshStates,
} from "../../accounts/refresh/refresh_state.ts";
import { nameOf } from "./account_files.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("refresh");

export async function checkInterrupted(
  { files, config, runtime }: CheckContext,
): Promise<readonly Finding[]> {
  const listed = await files;
  if (!listed.ok) return [];
  const stateOf = await refreshStates(config.accountsDir, runtime.now());
  const findings: Finding[] = [];
  for (const file of listed.value) {
    if (!file.parsed.ok) continue;
    const { refreshToken } = file.parsed.value;
    const state = await stateOf({ fileName: file.name, refreshToken });
    const finding = findingOf(nameOf(file), state);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

function findingOf(name: string, state: RefreshState): Finding | undefined {
  switch (state) {
    case "settled":
      return undefined;
    case "under_way":
      return voice.good(`${name}: one is under way, or just broke off`);
    case "interrupted":
      return voice.warn(
        `${name}: one was interrupted, and its answer may be lost`,
        `codaze accounts refresh '${name}' will tell; if it is dead, codaze login`,
      );
    case "waiting":
      return voice.warn(
        `${name}: new tokens wait beside its file, where a crash has left them`,
        "start the gateway: it puts them where they belong",
      );
    case "spent":
      return voice.fail(
        `${name}: its refresh token was used before, and is not sent again`,
        "put the newer file back, or run codaze login",
      );
    case "unreadable":
      return voice.warn(
        `${name}: its notes in ${JOURNAL_FOLDER} cannot be read`,
        "let this user read and write that folder",
      );
  }
}

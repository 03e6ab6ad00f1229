/**
 * Reports sign-ins that the server has declared dead: their files are in
 * `trash/`, with the reason. Leaves out accounts that are signed in again.
 */
import { join } from "@std/path";
import { listEnded, Present, stillOut } from "../../accounts/sync/ended.ts";
import { idOf } from "../../accounts/files/file_name.ts";
import { shellWord } from "../terminal/words.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("signed out");

export async function checkTrash(
  { files, config }: CheckContext,
): Promise<readonly Finding[]> {
  const listed = await files;
  if (!listed.ok) return [];
  const ended = await listEnded(config.accountsDir);
  if (!ended.ok) {
    return [
      voice.warn(
        `${join(config.accountsDir, "trash")} cannot be read: ${ended.error}`,
        "let this user read it: it has the accounts that are signed out",
      ),
    ];
  }
  return stillOut(ended.value, new Present(listed.value)).map((one) => {
    const day = new Date(one.at).toISOString().slice(0, 10);
    return voice.warn(
      `${one.name} was given up on ${day}: ${one.reason}`,
      `sign in again with codaze login; if it is not wanted, codaze accounts remove ${
        shellWord(idOf(one.name))
      }`,
    );
  });
}

/**
 * Why a gateway cannot have its ports: perhaps because it runs already, on the
 * same accounts dir.
 */
import { type Address, findNotes } from "../../accounts/sync/running.ts";
import type { Config } from "../../config/config.ts";
import type { Runtime } from "../../runtime.ts";
import { callAdmin } from "./admin_call.ts";
import { readPoolView } from "./read_view.ts";
import { clockText, counted } from "../terminal/words.ts";

const ANSWER_MS = 2000;

/** For the person; undefined if no gateway has one of these ports. */
export async function alreadyRunning(
  { accountsDir, listen, adminListen }: Config,
  { after, now }: Pick<Runtime, "after" | "now">,
): Promise<string | undefined> {
  const wanted = [listen, adminListen];
  for (const note of await findNotes(accountsDir)) {
    const taken = [note.listen, note.adminListen];
    if (!taken.some((one) => wanted.some((other) => isSame(one, other)))) {
      continue;
    }
    const answer = await callAdmin(
      note.adminListen,
      { line: "GET /admin/accounts", timeoutMs: ANSWER_MS },
      after,
    );
    const view = answer.ok ? readPoolView(answer.value.body ?? {}) : undefined;
    if (view === undefined) continue;
    const since = clockText(note.startedAt, now());
    const accounts = counted(view.accounts.length, "account");
    return `Codaze is already running here${
      since === "" ? "" : ` since ${since}`
    } (${accounts}): codaze status`;
  }
  return undefined;
}

function isSame(one: Address, other: Address): boolean {
  return one.port === other.port && one.hostname === other.hostname;
}

/**
 * What a person can do to one account: end its cooldown, refresh it, remove
 * it. Returns what to tell the person; prints only the question before a
 * removal.
 */
import { err, ok, type Result } from "../../result.ts";
import type { AccountView, Pool, Woken } from "../pool/pool.ts";
import { askYes, isAsked } from "../process/ask.ts";

export const CARE = ["wake", "remove", "refresh"] as const;
export type Verb = typeof CARE[number];

export interface CareRequest {
  readonly verb: Verb;
  /** Undefined: every account. */
  readonly name: string | undefined;
  /** Whether to remove without asking. */
  readonly yes: boolean;
}

type Said = Promise<Result<string, string>>;

/** Each line on its own. */
export async function care(
  request: CareRequest,
  pool: Pool,
): Promise<Result<readonly string[], string>> {
  if (request.name === undefined) return await wakeAll(pool);
  const said = await careFor(request.name, request, pool);
  return said.ok ? ok([said.value]) : said;
}

function careFor(
  name: string,
  { verb, yes }: CareRequest,
  pool: Pool,
): Said {
  switch (verb) {
    case "wake":
      return wake(name, pool);
    case "remove":
      return remove(name, { pool, yes });
    case "refresh":
      return refresh(name, pool);
  }
}

async function wake(name: string, pool: Pool): Said {
  const woken = await pool.wake(name);
  if (!woken.ok) return woken;
  if (woken.value.disposition !== "woken") return err(wokenText(woken.value));
  return ok(pool.via === "gateway" ? wokenText(woken.value) : NOTHING_TO_WAKE);
}

/**
 * Reports an account that stays signed out, but does not fail because of it.
 */
async function wakeAll(
  pool: Pool,
): Promise<Result<readonly string[], string>> {
  const woken = await pool.wakeAll();
  if (!woken.ok) return woken;
  if (pool.via === "folder") return ok([NOTHING_TO_WAKE]);
  const lines = woken.value.map(wokenText);
  return ok(lines.length === 0 ? ["There are no accounts"] : lines);
}

function wokenText({ account, disposition }: Woken): string {
  const name = nameOf(account);
  switch (disposition) {
    case "woken":
      return `Woken: ${name}`;
    case "skipped_auth_invalid":
      return `${name} needs a new sign-in; waking cannot help: run codaze login`;
  }
}

const NOTHING_TO_WAKE =
  "Nothing to wake: no gateway runs, and only a gateway has cooldowns";

async function refresh(name: string, pool: Pool): Said {
  const done = await pool.refresh(name);
  if (!done.ok) return done;
  const { account } = done.value;
  switch (done.value.kind) {
    case "refreshed": {
      const until = account.access_token_expires_at ?? "an unknown time";
      return ok(
        `Refreshed: ${nameOf(account)}, access token good until ${until}`,
      );
    }
    case "dead":
      return err(
        `The sign-in of ${
          nameOf(account)
        } is dead, run codaze login: ${done.value.message}`,
      );
    case "failed":
      return err(
        `Cannot refresh ${nameOf(account)} now: ${done.value.message}`,
      );
  }
}

async function remove(
  name: string,
  { pool, yes }: { readonly pool: Pool; readonly yes: boolean },
): Said {
  const chosen = await pool.find(name);
  if (!chosen.ok) return chosen;
  const account = nameOf(chosen.value);
  const question = `Remove ${account}? Its file goes to trash/.`;
  if (!yes && !isAsked()) {
    return err(`Cannot ask before ${account} is removed: pass --yes`);
  }
  if (!yes && !await askYes(question, { byDefault: false })) {
    return ok("Nothing removed");
  }

  const removed = await pool.remove(chosen.value.id);
  if (!removed.ok) return removed;
  return ok(
    `Removed: ${account}. Its file is in trash/; its sign-in is not revoked at OpenAI`,
  );
}

/** `label (email)`, or the id if there is neither. */
export function nameOf({ id, label, email }: AccountView): string {
  const name = label ?? email ?? id;
  return email === null || email === name ? name : `${name} (${email})`;
}

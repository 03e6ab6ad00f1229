/** What is known of one account, in words for a person. Pure. */
import type { AccountView } from "../../server/admin/account_view.ts";
import type { QuotaView, WindowView } from "../../server/admin/quota_view.ts";
import { parseObject, stringField } from "../../protocol/json.ts";
import { cutMiddle, widthOf } from "../terminal/text_width.ts";
import { dayText, timeIn } from "../terminal/words.ts";

/** What `codaze accounts` calls an account. */
export function shownName(
  { id, label, email }: Pick<AccountView, "id" | "label" | "email">,
  short = id,
): string {
  return label ?? email ?? short;
}

/** Keeps what tells names apart: of an email its domain goes first. */
export function cutName(name: string, width: number): string {
  if (widthOf(name) <= width) return name;
  return cutMiddle(name.replace(/(?<=.)@.*$/, ""), width);
}

/** `twin` is the name of the account that serves instead of a duplicate. */
export function stateWords(
  account: AccountView,
  { now, twin }: { readonly now: number; readonly twin: string },
): string {
  const words = servesWords(account, { now, twin });
  return account.persist_pending ? `${words}, not saved yet` : words;
}

function servesWords(
  { serves, routing_state: state, signed_out_at: at, keep }: AccountView,
  { now, twin }: { readonly now: number; readonly twin: string },
): string {
  switch (serves) {
    case "now":
      return state.replaceAll("_", " ");
    case "kept":
      return `down to ${keep}%`;
    case "duplicate":
      return `duplicate of ${twin}`;
    case "invalid": {
      const day = dayText(at, now);
      return `signed out${day === "" ? "" : `, ${day}`}: codaze login`;
    }
    default:
      return STATES.get(serves) ?? serves.replaceAll("_", " ");
  }
}

const STATES: ReadonlyMap<string, string> = new Map([
  ["spent", "used up"],
  ["quota_exhausted", "out of quota"],
  ["temporarily_unavailable", "unavailable"],
]);

/** A figure that is older is marked. */
export const STALE_MS = 15 * 60_000;

export function isStale(quota: QuotaView | null, now: number): boolean {
  const at = timeIn(quota?.observed_at ?? null);
  return at !== undefined && now - at > STALE_MS;
}

/** The windows of the limit that most models share. */
export function usualWindows(
  quota: QuotaView | null,
): readonly WindowView[] {
  const limit = quota?.limits.find(({ id }) => id === USUAL) ??
    quota?.limits[0];
  return limit?.windows ?? [];
}

const USUAL = "codex";

/** What is left: "57%", "<1%", or "fresh" for a window that is not running. */
export function leftWords({ used_percent: used, running }: WindowView): string {
  if (!running && used === 0) return "fresh";
  const left = Math.max(0, 100 - used);
  return left > 0 && left < 1 ? "<1%" : `${Math.floor(left)}%`;
}

/**
 * Whether the last error still says something: the account has not served
 * since, and the table does not say it already.
 */
export function errorMatters(account: AccountView, now: number): boolean {
  const at = timeIn(account.last_error_at);
  if (account.last_error === null) return false;
  // Of a gateway that does not tell the time.
  if (at === undefined) return true;
  const served = timeIn(account.last_success_at);
  if (served !== undefined && served >= at) return false;
  if (account.serves === "quota_exhausted") return false;
  return account.serves !== "now" || now - at < RECENT_MS;
}

/** An account that would serve, and has not been asked for this long. */
const RECENT_MS = 60 * 60_000;

/** "429: text" as "text (429)"; of JSON only what is meant for a person. */
export function errorWords(error: string): string {
  const [, status, rest = error] = /^(\d{3}): ([^]*)$/.exec(error) ?? [];
  const text = messageIn(rest) ?? rest;
  if (status === undefined) return text;
  return text === "" || /^\s*[<{[]/.test(text)
    ? `upstream answered ${status}`
    : `${text} (${status})`;
}

/** The most telling text of a JSON object; undefined if it is none. */
function messageIn(text: string): string | undefined {
  const object = parseObject(text);
  if (object === undefined) return undefined;
  for (const key of ["message", "detail", "error", "code"]) {
    const value = stringField(object, key);
    if (value !== undefined) return value.replaceAll("_", " ");
  }
  return "";
}

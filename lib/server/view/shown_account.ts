/**
 * An account as the page and `codaze top` show it: all that `/admin/accounts`
 * tells of it, and what a person reads first, in words and figures. Pure.
 *
 * Holds no span of time that grows by itself, such as "3 min ago": the reader
 * counts those, so that a row changes only when something happens.
 */
import type { Account } from "../../accounts/pool/account.ts";
import type { AccountView as DecisionView } from "../../policy/input.ts";
import { mainWindow, rest, windowOfClass } from "../../policy/windows.ts";
import type { Window } from "../../quota/quota.ts";
import { type AccountView, accountView } from "../admin/account_view.ts";
import { timeOf } from "../admin/quota_view.ts";
import { forecastOf, type Stock } from "./forecast.ts";

/** Times are RFC 3339 in UTC; null for none. */
export interface ShownAccount extends AccountView {
  /** The label or, without one, the start of the id. Never the email. */
  readonly name: string;
  readonly file: string;
  readonly state: StateView;
  /** Of the week or, where there is none, of a longer window. */
  readonly week: LeftView | null;
  /** Of the window of five hours, or another one of less than a day. */
  readonly short: LeftView | null;
  /** How long the week will last at its pace; null: nothing can be said. */
  readonly forecast: ForecastView | null;
}

export interface StateView {
  /** `needs_you`: nothing but a person can bring it back. */
  readonly mark: "ready" | "limited" | "paused" | "needs_you";
  /** Such as "used up" or "signed out". */
  readonly words: string;
  /** When it serves again, if that is known. */
  readonly until: string | null;
}

/** What is left of a window. */
export interface LeftView {
  /** By its length: `short`, `week` or `long`. */
  readonly class: string;
  readonly minutes: number | null;
  /** From 0 to 100. */
  readonly left_percent: number;
  readonly resets_at: string | null;
  /** False: it begins with the next turn. */
  readonly running: boolean;
}

export interface ForecastView {
  readonly kind: "lasts" | "used_up";
  /** About when it is used up, or when it resets. */
  readonly at: string | null;
}

/**
 * `view` is what decisions see of it, `names` has the name of every account by
 * its id, `now` is in ms.
 */
export function shownAccount(
  account: Account,
  { view, names, now }: {
    readonly view: DecisionView;
    readonly names: ReadonlyMap<string, string>;
    readonly now: number;
  },
): ShownAccount {
  const all = accountView(account, now);
  const twin = names.get(all.duplicate_of ?? "") ?? "another account";
  return {
    ...all,
    name: names.get(account.id) ?? account.id,
    file: account.fileName,
    state: stateView(all, twin),
    week: leftView(
      windowOfClass(view, "week") ?? windowOfClass(view, "long"),
      now,
    ),
    short: leftView(windowOfClass(view, "short"), now),
    forecast: forecastView([stockOf(view)], now),
  };
}

/** A sign-in that has ended comes first: nothing else matters then. */
export function stateView(
  account: Pick<
    AccountView,
    | "serves"
    | "serves_at"
    | "routing_state"
    | "keep"
    | "paused"
    | "persist_pending"
  >,
  twin: string,
): StateView {
  const { serves, serves_at: until, persist_pending: isUnsaved } = account;
  if (account.routing_state === "auth_invalid") {
    return { mark: "needs_you", words: "signed out", until: null };
  }
  const { mark, words } = servesState(serves, account, twin);
  return isUnsaved
    ? { mark: "needs_you", words: `${words}, not saved`, until }
    : { mark, words, until };
}

function servesState(
  serves: string,
  { routing_state: state, keep }: Pick<AccountView, "routing_state" | "keep">,
  twin: string,
): Pick<StateView, "mark" | "words"> {
  switch (serves) {
    case "now":
      return {
        mark: "ready",
        words: state === "warming" ? "ready, signing in" : "ready",
      };
    case "paused":
      return { mark: "paused", words: "paused" };
    case "duplicate":
      return { mark: "paused", words: `same as ${twin}` };
    case "kept":
      return { mark: "limited", words: `down to the ${keep} % kept` };
    default:
      return {
        mark: "limited",
        words: LIMITED.get(serves) ?? serves.replaceAll("_", " "),
      };
  }
}

const LIMITED: ReadonlyMap<string, string> = new Map([
  ["spent", "used up"],
  ["quota_exhausted", "used up"],
  ["temporarily_unavailable", "unavailable"],
  ["risk_controlled", "held back"],
]);

function leftView(window: Window | undefined, now: number): LeftView | null {
  if (window === undefined) return null;
  const { class: kind, minutes, resetsAt, running } = window;
  const isOver = resetsAt !== undefined && resetsAt <= now;
  const left = rest(window, now);
  return {
    class: kind,
    minutes: minutes ?? null,
    // What is not quite nothing is not shown as nothing.
    left_percent: left > 0 && left < 1 ? 1 : Math.floor(left),
    resets_at: isOver ? null : timeOf(resetsAt),
    running: running && !isOver,
  };
}

/** What a forecast needs of an account. */
export function stockOf(view: DecisionView): Stock {
  const { weight, keep } = view;
  const main = mainWindow(view);
  const window = main?.class === "short" ? undefined : main;
  return { window, weight, keep };
}

export function forecastView(
  stocks: readonly Stock[],
  now: number,
): ForecastView | null {
  const forecast = forecastOf(stocks, now);
  if (forecast === undefined) return null;
  return { kind: forecast.kind, at: timeOf(forecast.at) };
}

/** What is chosen on the screen, and what a key does. Pure. */
import type { Lost } from "../watch/follow.ts";
import type { Shown, ShownAccount, ShownTurn } from "../watch/shown.ts";
import type { Key } from "./keys.ts";

export interface TopState {
  /** Undefined before the first view. */
  readonly shown: Shown | undefined;
  /** Why there is no connection; undefined: there is one. */
  readonly lost: Lost | undefined;
  readonly sort: Sort;
  readonly filter: string;
  /** Whether the filter is being typed. */
  readonly isTyping: boolean;
  readonly isHelp: boolean;
  /** The id of the chosen account. */
  readonly chosen: string | undefined;
  /** What the last action did; until the next key. */
  readonly note: string;
}

export const SORTS = ["name", "week", "5 h", "state", "turns"] as const;
export type Sort = typeof SORTS[number];

export const START: TopState = {
  shown: undefined,
  lost: undefined,
  sort: "name",
  filter: "",
  isTyping: false,
  isHelp: false,
  chosen: undefined,
  note: "",
};

/** What a key asks for beyond the screen. */
export type Wish =
  | { readonly kind: "quit" }
  | { readonly kind: "pause"; readonly account: ShownAccount }
  | { readonly kind: "wake"; readonly account: ShownAccount };

export interface Pressed {
  readonly state: TopState;
  readonly wish?: Wish;
}

const PAGE = 10;
const MAX_FILTER = 60;

export function pressed(before: TopState, key: Key): Pressed {
  const state = { ...before, note: "" };
  if (key === "interrupt") return { state, wish: { kind: "quit" } };
  if (state.isTyping) return { state: typed(state, key) };
  if (state.isHelp) {
    return key === "q"
      ? { state, wish: { kind: "quit" } }
      : { state: { ...state, isHelp: false } };
  }
  switch (key) {
    case "q":
      return { state, wish: { kind: "quit" } };
    case "?":
    case "h":
      return { state: { ...state, isHelp: true } };
    case "/":
      return { state: { ...state, isTyping: true } };
    case "escape":
      return { state: { ...state, filter: "" } };
    case "s":
      return { state: { ...state, sort: nextSort(state.sort) } };
    case "p":
    case "w":
      return steered(state, key === "p" ? "pause" : "wake");
    default:
      return { state: moved(state, STEPS.get(key) ?? 0) };
  }
}

const STEPS: ReadonlyMap<Key, number> = new Map([
  ["up", -1],
  ["k", -1],
  ["down", 1],
  ["j", 1],
  ["page_up", -PAGE],
  ["page_down", PAGE],
  ["home", -Infinity],
  ["end", Infinity],
]);

function typed(state: TopState, key: Key): TopState {
  const { filter } = state;
  switch (key) {
    case "enter":
      return { ...state, isTyping: false };
    case "escape":
      return { ...state, isTyping: false, filter: "" };
    case "backspace":
      return { ...state, filter: [...filter].slice(0, -1).join("") };
    default: {
      const isText = [...key].length === 1 && filter.length < MAX_FILTER;
      return isText ? { ...state, filter: filter + key } : state;
    }
  }
}

function nextSort(sort: Sort): Sort {
  return SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? "name";
}

function steered(state: TopState, kind: "pause" | "wake"): Pressed {
  const account = chosenAccount(state);
  if (account === undefined) return { state };
  if (state.lost !== undefined) {
    return { state: { ...state, note: "Not connected." } };
  }
  return { state: { ...state, chosen: account.id }, wish: { kind, account } };
}

function moved(state: TopState, step: number): TopState {
  if (step === 0) return state;
  const accounts = accountsOf(state);
  const at = indexOfChosen(state, accounts);
  const next = Math.max(0, Math.min(accounts.length - 1, at + step));
  return { ...state, chosen: accounts[next]?.id };
}

/** The first one, if none was chosen or the chosen one is not shown. */
export function chosenAccount(state: TopState): ShownAccount | undefined {
  const accounts = accountsOf(state);
  return accounts[indexOfChosen(state, accounts)];
}

export function indexOfChosen(
  { chosen }: Pick<TopState, "chosen">,
  accounts: readonly ShownAccount[],
): number {
  return Math.max(0, accounts.findIndex(({ id }) => id === chosen));
}

/** Those that the filter lets through, in the order of the sort. */
export function accountsOf(
  { shown, sort, filter }: TopState,
): readonly ShownAccount[] {
  const accounts = shown?.accounts ?? [];
  return accounts.filter(({ name }) => passes(filter, name))
    .toSorted(ORDERS[sort]);
}

export function turnsOf({ shown, filter }: TopState): readonly ShownTurn[] {
  const turns = shown?.turns ?? [];
  return turns.filter(({ name, model }) => passes(filter, name, model));
}

function passes(filter: string, ...texts: readonly string[]): boolean {
  const wanted = filter.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** Accounts come by name, and sorting keeps that among equals. */
const ORDERS: Readonly<
  Record<Sort, (a: ShownAccount, b: ShownAccount) => number>
> = {
  "name": () => 0,
  "week": (a, b) => leftOf(a.week) - leftOf(b.week),
  "5 h": (a, b) => leftOf(a.short) - leftOf(b.short),
  "state": (a, b) => rankOf(a) - rankOf(b),
  "turns": (a, b) => b.inFlight - a.inFlight,
};

/** The least first; what is not known comes last. */
function leftOf(left: ShownAccount["week"]): number {
  return left?.percent ?? 101;
}

const MARKS = ["needs_you", "limited", "paused", "ready"];

/** Those that a person should look at come first. */
function rankOf({ mark }: ShownAccount): number {
  return MARKS.indexOf(mark);
}

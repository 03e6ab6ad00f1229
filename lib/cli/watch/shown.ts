/**
 * Reads what `GET /admin/view` and its events tell, as far as a terminal shows
 * it (docs/api.md, "The view"). Pure.
 *
 * Works with older and newer gateways: what is missing becomes null or empty.
 */
import {
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { objectsIn } from "./patched.ts";

/** Times are in ms since the epoch; null: not known. */
export interface Shown {
  /** The gateway's clock. */
  readonly now: number;
  readonly about: ShownAbout;
  readonly headline: readonly (string | number)[];
  readonly policy: string;
  readonly canServe: number;
  readonly turnsOpen: number;
  readonly turnsEnded: number;
  /** By name. */
  readonly accounts: readonly ShownAccount[];
  /** Those under way, then those that have ended; in both the newest first. */
  readonly turns: readonly ShownTurn[];
  readonly problems: readonly ShownProblem[];
}

export interface ShownAbout {
  readonly version: string;
  readonly startedAt: number | null;
  readonly accountsDir: string;
  readonly publicOrigin: string;
  readonly adminOrigin: string;
}

export interface ShownAccount {
  readonly id: string;
  readonly name: string;
  readonly mark: string;
  readonly words: string;
  readonly until: number | null;
  readonly week: ShownLeft | null;
  readonly short: ShownLeft | null;
  readonly inFlight: number;
  readonly paused: boolean;
}

/** What is left of a window, in percent. */
export interface ShownLeft {
  readonly percent: number;
  readonly resetsAt: number | null;
  readonly running: boolean;
}

export interface ShownTurn {
  readonly id: number;
  readonly startedAt: number | null;
  readonly model: string;
  readonly account: string | null;
  readonly name: string;
  readonly moved: ShownMove | null;
  readonly rule: string | null;
  /** Null while it is under way. */
  readonly outcome: string | null;
  readonly why: string | null;
  readonly firstEventMs: number | null;
  readonly ms: number | null;
  readonly tokens: ShownTokens | null;
}

export interface ShownMove {
  readonly from: string | null;
  readonly why: string;
  readonly until: number | null;
}

export interface ShownTokens {
  /** With those that were cached. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface ShownProblem {
  readonly text: string;
  readonly cure: string | null;
}

/** Undefined if it is not a view. */
export function readShown(view: JsonObject): Shown | undefined {
  const pool = objectField(view, "pool");
  const about = objectField(view, "about");
  const now = timeIn(view, "now");
  if (pool === undefined || about === undefined || now === null) {
    return undefined;
  }
  return {
    now,
    about: {
      version: textIn(about, "version"),
      startedAt: timeIn(about, "started_at"),
      accountsDir: textIn(about, "accounts_dir"),
      publicOrigin: textIn(about, "public_origin"),
      adminOrigin: textIn(about, "admin_origin"),
    },
    headline: headlineIn(pool["headline"]),
    policy: textIn(pool, "routing_policy"),
    canServe: numberIn(pool, "can_serve") ?? 0,
    turnsOpen: numberIn(pool, "turns_open") ?? 0,
    turnsEnded: numberIn(pool, "turns_ended") ?? 0,
    accounts: objectsIn(view["accounts"]).map(readAccount).sort(byName),
    turns: objectsIn(view["turns"]).map(readTurn).sort(byTurn),
    problems: objectsIn(view["problems"]).map((problem) => ({
      text: textIn(problem, "text"),
      cure: stringField(problem, "cure") ?? null,
    })),
  };
}

function headlineIn(value: unknown): readonly (string | number)[] {
  const parts = Array.isArray(value) ? value : [];
  return parts.flatMap((part): (string | number)[] => {
    if (typeof part === "string") return [part];
    const [object] = objectsIn([part]);
    const at = object ? timeIn(object, "at") : null;
    return at === null ? [] : [at];
  });
}

function readAccount(account: JsonObject): ShownAccount {
  const state = objectField(account, "state") ?? {};
  return {
    id: textIn(account, "id"),
    name: textIn(account, "name"),
    mark: textIn(state, "mark"),
    words: textIn(state, "words"),
    until: timeIn(state, "until"),
    week: leftIn(account, "week"),
    short: leftIn(account, "short"),
    inFlight: numberIn(account, "in_flight_requests") ?? 0,
    paused: account["paused"] === true,
  };
}

function leftIn(account: JsonObject, key: string): ShownLeft | null {
  const left = objectField(account, key);
  const percent = left && numberIn(left, "left_percent");
  if (left === undefined || typeof percent !== "number") return null;
  return {
    percent: Math.min(100, Math.max(0, percent)),
    resetsAt: timeIn(left, "resets_at"),
    running: left["running"] === true,
  };
}

function readTurn(turn: JsonObject): ShownTurn {
  const moved = objectField(turn, "moved");
  const tokens = objectField(turn, "tokens");
  return {
    id: numberIn(turn, "id") ?? 0,
    startedAt: timeIn(turn, "started_at"),
    model: textIn(turn, "model"),
    account: stringField(turn, "account") ?? null,
    name: textIn(turn, "name"),
    moved: moved === undefined ? null : {
      from: stringField(moved, "from") ?? null,
      why: textIn(moved, "why"),
      until: timeIn(moved, "until"),
    },
    rule: stringField(turn, "rule") ?? null,
    outcome: stringField(turn, "outcome") ?? null,
    why: stringField(turn, "why") ?? null,
    firstEventMs: numberIn(turn, "first_event_ms"),
    ms: numberIn(turn, "ms"),
    tokens: tokens === undefined ? null : {
      input: numberIn(tokens, "input") ?? 0,
      cached: numberIn(tokens, "cached") ?? 0,
      output: numberIn(tokens, "output") ?? 0,
    },
  };
}

const NAMES = new Intl.Collator("en", { numeric: true });

function byName(a: ShownAccount, b: ShownAccount): number {
  return NAMES.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

function byTurn(a: ShownTurn, b: ShownTurn): number {
  const ended = (turn: ShownTurn) => turn.outcome === null ? 0 : 1;
  return ended(a) - ended(b) || b.id - a.id;
}

function textIn(object: JsonObject, key: string): string {
  return stringField(object, key) ?? "";
}

function numberIn(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function timeIn(object: JsonObject, key: string): number | null {
  const time = Date.parse(textIn(object, key));
  return Number.isNaN(time) ? null : time;
}

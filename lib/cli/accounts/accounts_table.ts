/**
 * The accounts as a table for a terminal. Pure. Escapes control characters,
 * because fields hold text from files and servers.
 */
import { shortIds } from "../../accounts/pool/short_ids.ts";
import { bold, dim, green, red, yellow } from "@std/fmt";
import type { AccountView } from "../../server/admin/account_view.ts";
import type { PoolView } from "../../server/admin/pool_view.ts";
import type { WindowView } from "../../server/admin/quota_view.ts";
import {
  type Cell,
  fitted,
  type GivesWay,
  layOut,
} from "../terminal/table_layout.ts";
import { cutTo, visible, wrapped } from "../terminal/text_width.ts";
import { agoText, untilText } from "../terminal/words.ts";
import { summaryText } from "./accounts_summary.ts";
import {
  cutName,
  errorMatters,
  errorWords,
  isStale,
  leftWords,
  shownName,
  stateWords,
  usualWindows,
} from "./account_words.ts";

export interface TableOptions {
  /** The folder alone does not tell which accounts cool down. */
  readonly via: "gateway" | "folder";
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Columns of the terminal; undefined: nothing is cut. */
  readonly columns: number | undefined;
}

type Paint = Cell["paint"];

const HEAD = [
  ...["LABEL", "PLAN", "STATE", "WEEK", "5H"],
  ...["RESETS", "IN FLIGHT", "UNTIL", "ID"],
];

/** What goes first when a terminal is narrow (docs/operations.md, "Accounts"). */
const GIVES_WAY: readonly GivesWay[] = [
  { drop: "ID" },
  { drop: "IN FLIGHT" },
  { cut: "LABEL", to: 24, by: cutName },
  { drop: "PLAN" },
  { cut: "STATE", to: 16 },
  { drop: "RESETS" },
  { cut: "LABEL", to: 14, by: cutName },
  { drop: "UNTIL" },
  { drop: "5H" },
  { cut: "LABEL", to: 8, by: cutName },
  { cut: "STATE", to: 8 },
];

/** Goes before an error, which is on a line of its own. */
const BELOW = "  └ ";

const plain: Paint = (text) => text;

/** All that `codaze accounts` prints; no line ends in blanks. */
export function accountsText(pool: PoolView, options: TableOptions): string {
  const parts = [
    pool.accounts.length === 0 ? emptyText(pool) : tableText(pool, options),
    ...invalidText(pool),
    ...lastLines(pool, options),
  ];
  return parts.join("\n\n");
}

function emptyText({ accounts_dir: dir }: PoolView): string {
  return `No accounts in ${visible(dir)}. To add one:
  codaze login            sign in with the browser
  codaze login --device   sign in with a code, on any device
  codaze import FILE      take in an auth.json of Codex`;
}

function tableText(
  { accounts }: PoolView,
  { now, columns = Infinity }: TableOptions,
): string {
  const names = namesOf(accounts);
  const table = {
    head: HEAD,
    rows: accounts.map((account) => rowOf(account, names, now)),
  };
  const fit = fitted(table, { columns, givesWay: GIVES_WAY });
  const [head = "", ...lines] = layOut(fit.head, fit.rows).lines;
  const withErrors = lines.flatMap((line, at) => {
    const account = accounts[at];
    return account && errorMatters(account, now)
      ? [line, dim(cutTo(errorLine(account, now), columns))]
      : [line];
  });
  return [head, ...withErrors].map((line) => line.trimEnd()).join("\n");
}

function errorLine(
  { last_error: error, ...account }: AccountView,
  now: number,
) {
  const age = agoText(account.last_error_at, now);
  const words = errorWords(error ?? "");
  return BELOW + visible(age === "" ? words : `${age}: ${words}`);
}

interface Names {
  readonly ids: ReadonlyMap<string, string>;
  readonly names: ReadonlyMap<string, string>;
}

function namesOf(accounts: readonly AccountView[]): Names {
  const ids = shortIds(accounts.map(({ id }) => id));
  const names = accounts.map((account) =>
    [account.id, shownName(account, ids.get(account.id))] as const
  );
  return { ids, names: new Map(names) };
}

function rowOf(
  account: AccountView,
  { ids, names }: Names,
  now: number,
): readonly Cell[] {
  const { id, plan_type: plan, duplicate_of: twin, quota } = account;
  const windows = usualWindows(quota);
  const find = (kind: string) => windows.find((one) => one.class === kind);
  const week = find("week") ?? find("long");
  const short = find("short");
  const cell = (text: string, paint = plain): Cell => ({
    text: visible(text),
    paint,
  });
  const left = (window: WindowView | undefined) =>
    leftCell(account, window, now);
  return [
    cell(names.get(id) ?? id),
    cell(quota?.plan_type ?? plan ?? ""),
    cell(
      stateWords(account, { now, twin: names.get(twin ?? "") ?? twin ?? "" }),
      paintOf(account),
    ),
    left(week),
    left(short),
    cell(resetText(week ?? short, now)),
    cell(String(account.in_flight_requests)),
    cell(untilText(account.serves_at, now)),
    cell(ids.get(id) ?? id, dim),
  ];
}

function leftCell(
  { quota }: AccountView,
  window: WindowView | undefined,
  now: number,
): Cell {
  if (window === undefined) {
    // Where others are known, this plan has no such window.
    const isKnown = usualWindows(quota).length > 0;
    return isKnown ? { text: "", paint: plain } : { text: "–", paint: dim };
  }
  const words = leftWords(window);
  const age = isStale(quota, now) && words !== "fresh" ? "*" : "";
  const length = window.class === "long" && window.minutes !== null
    ? ` of ${Math.round(window.minutes / (24 * 60))} d`
    : "";
  const left = 100 - window.used_percent;
  const paint = left <= 0 ? red : left <= THIN ? yellow : plain;
  return { text: words + age + length, paint };
}

/** Less than this, in percent, is worth a colour. */
const THIN = 10;

function resetText(window: WindowView | undefined, now: number): string {
  return window?.running ? untilText(window.resets_at, now) : "";
}

function paintOf(account: AccountView): Paint {
  const { serves, routing_state: state, persist_pending: pending } = account;
  if (pending) return red;
  switch (serves) {
    case "now":
      return state === "cold" ? plain : green;
    case "duplicate":
    case "paused":
      return dim;
    case "invalid":
      return red;
    default:
      return yellow;
  }
}

function invalidText({ invalid_files: files }: PoolView): readonly string[] {
  if (files.length === 0) return [];
  const lines = files.map(({ file, reason }) =>
    `  ${yellow(visible(file))}: ${visible(reason)}`
  );
  return [[bold("Files that are not accounts:"), ...lines].join("\n")];
}

/** What a person can do about what the table shows, and the pool in a line. */
function lastLines(
  pool: PoolView,
  { via, now, columns = Infinity }: TableOptions,
): readonly string[] {
  const { accounts, accounts_dir: dir } = pool;
  if (accounts.length === 0) return [];
  const notes: string[] = [];
  if (accounts.some(({ quota }) => isStale(quota, now))) {
    notes.push("* older than 15 min: codaze accounts --fresh asks again");
  }
  if (via === "folder") {
    notes.push(`no gateway runs; this is what ${visible(dir)} holds`);
  }
  const lines = (text: string) => wrapped(text, columns);
  return [
    [
      ...adviceFor(accounts).flatMap(lines),
      ...notes.flatMap(lines).map(dim),
      ...lines(summaryText(pool, { via, now })),
    ].join("\n"),
  ];
}

function adviceFor(accounts: readonly AccountView[]): readonly string[] {
  const advice: string[] = [];
  if (accounts.some(({ serves }) => serves === "invalid")) {
    advice.push(
      "signed out: codaze login brings an account back, codaze accounts remove takes it off the list",
    );
  }
  if (accounts.some((account) => account.persist_pending)) {
    advice.push(
      "not saved yet: make room on the disk; the gateway keeps trying",
    );
  }
  return advice;
}

/**
 * The accounts as a table for a terminal. Pure. Escapes control characters,
 * because fields hold text from files and servers.
 */
import { shortIds } from "../../accounts/pool/short_ids.ts";
import { bold, dim, green, red, yellow } from "@std/fmt";
import type { AccountView } from "../../server/account_view.ts";
import type { PoolView } from "../../server/pool_view.ts";
import { type Cell, layOut } from "../terminal/table_layout.ts";
import { cutTo, visible } from "../terminal/text_width.ts";
import { dayText, untilText } from "../terminal/words.ts";

export interface TableOptions {
  /** The folder alone does not tell which accounts cool down. */
  readonly via: "gateway" | "folder";
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Columns of the terminal; undefined: nothing is cut. */
  readonly columns: number | undefined;
}

type Paint = Cell["paint"];

const HEAD = ["LABEL", "EMAIL", "PLAN", "STATE", "IN FLIGHT", "UNTIL", "ID"];
const ERROR_HEAD = "LAST ERROR";
const GAP = "  ";
/** Goes before an error on a separate line. */
const BELOW = "  └ ";
/** With less room than this an error goes on a separate line. */
const MIN_ERROR = 24;

const plain: Paint = (text) => text;

/** All that `codaze accounts` prints; no line ends in blanks. */
export function accountsText(pool: PoolView, options: TableOptions): string {
  const parts = [
    pool.accounts.length === 0
      ? emptyText(pool)
      : tableText(pool.accounts, options),
    ...invalidText(pool),
    ...adviceText(pool, options),
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
  accounts: readonly AccountView[],
  { now, columns = Infinity }: TableOptions,
): string {
  const ids = shortIds(accounts.map(({ id }) => id));
  const rows = accounts.map((account) => rowOf(account, ids, now));
  const { lines: [head = "", ...lines], width } = layOut(HEAD, rows);

  const errors = accounts.map(({ last_error: error }) => visible(error ?? ""));
  const anyError = errors.some((error) => error !== "");
  const room = columns - width - GAP.length;
  const inline = room >= MIN_ERROR;
  const withError = lines.flatMap((line, at) => {
    const error = errors[at] ?? "";
    if (error === "") return [line];
    if (inline) return [line + GAP + dim(cutTo(error, room))];
    return [line, dim(BELOW + cutTo(error, columns - BELOW.length))];
  });
  return [anyError && inline ? head + GAP + bold(ERROR_HEAD) : head]
    .concat(withError).map((line) => line.trimEnd()).join("\n");
}

function rowOf(
  account: AccountView,
  ids: ReadonlyMap<string, string>,
  now: number,
): readonly Cell[] {
  const { id, label, email, plan_type: plan } = account;
  const short = ids.get(id) ?? id;
  const cell = (text: string, paint = plain) => ({
    text: visible(text),
    paint,
  });
  return [
    cell(label ?? short),
    cell(email ?? ""),
    cell(plan ?? ""),
    stateCell(account, { ids, now }),
    cell(String(account.in_flight_requests)),
    cell(untilText(account.blocked_until, now)),
    cell(short, dim),
  ];
}

function stateCell(
  account: AccountView,
  { ids, now }: {
    readonly ids: ReadonlyMap<string, string>;
    readonly now: number;
  },
): Cell {
  const { routing_state: state, blocked_reason: reason } = account;
  const { duplicate_of: twin, persist_pending: pending } = account;
  // A duplicate gets no turns, whatever its state.
  const words = [
    twin === null
      ? stateWords(account, now)
      : `duplicate of ${ids.get(twin) ?? twin}`,
  ];
  if (reason !== null && reason !== state) {
    words.push(reason.replaceAll("_", " "));
  }
  if (pending) words.push("not saved yet");
  const paint = pending ? red : twin !== null ? dim : paintOf(state);
  return { text: visible(words.join(", ")), paint };
}

/** A person may look only at this row, so it says what to do. */
function stateWords(
  { routing_state: state, signed_out_at: at }: AccountView,
  now: number,
): string {
  if (state !== "auth_invalid") return state.replaceAll("_", " ");
  const day = dayText(at, now);
  return `signed out${day === "" ? "" : `, ${day}`}: codaze login`;
}

function paintOf(state: string): Paint {
  if (state === "ready" || state === "warming") return green;
  if (state === "cold") return plain;
  return state === "auth_invalid" ? red : yellow;
}

function invalidText({ invalid_files: files }: PoolView): readonly string[] {
  if (files.length === 0) return [];
  const lines = files.map(({ file, reason }) =>
    `  ${yellow(visible(file))}: ${visible(reason)}`
  );
  return [[bold("Files that are not accounts:"), ...lines].join("\n")];
}

/** What a person can do about the states in the table. */
function adviceText(
  { accounts, accounts_dir: dir }: PoolView,
  { via }: TableOptions,
): readonly string[] {
  const advice: string[] = [];
  if (accounts.some(({ routing_state: is }) => is === "auth_invalid")) {
    advice.push(
      "signed out: codaze login brings an account back, codaze accounts remove takes it off the list",
    );
  }
  if (accounts.some((account) => account.persist_pending)) {
    advice.push(
      "not saved yet: make room on the disk; the gateway keeps trying",
    );
  }
  if (via === "folder" && accounts.length > 0) {
    advice.push(dim(`no gateway runs; this is what ${visible(dir)} holds`));
  }
  return advice.length === 0 ? [] : [advice.join("\n")];
}

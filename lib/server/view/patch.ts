/** What has changed from one view to the next, row by row. Pure. */
import type { ViewParts } from "./view.ts";

/**
 * An event `patch` of `GET /admin/events`. It belongs on top of the view or the
 * patch with the `seq` before; what is not in it stays as it was.
 */
export interface Patch extends Partial<ViewParts> {
  readonly seq: number;
  /** The gateway's clock; RFC 3339 in UTC. */
  readonly now: string;
  /** The ids of rows that are not there any more. */
  readonly accounts_gone?: readonly string[];
  readonly turns_gone?: readonly number[];
  readonly decisions_gone?: readonly number[];
}

export type Changes = Omit<Patch, "seq" | "now">;

/** The parts of a view as text, to see what changes. */
export interface Printed {
  readonly whole: ReadonlyMap<Whole, string>;
  readonly rows: ReadonlyMap<Rows, ReadonlyMap<Id, string>>;
}

type Id = string | number;
/** Parts that change as a whole. */
type Whole = typeof WHOLE[number];
/** Parts that change by their rows. */
type Rows = typeof ROWS[number];

const WHOLE = ["pool", "problems", "about"] as const;
const ROWS = ["accounts", "turns", "decisions"] as const;

export function printed(parts: ViewParts): Printed {
  return {
    whole: new Map(WHOLE.map((name) => [name, JSON.stringify(parts[name])])),
    rows: new Map(ROWS.map((name) => [name, printedRows(parts[name])])),
  };
}

function printedRows(
  rows: readonly { readonly id: Id }[],
): ReadonlyMap<Id, string> {
  return new Map(rows.map((row) => [row.id, rowText(row)]));
}

/** Turns that have ended and decisions stay the same objects. */
const TEXTS = new WeakMap<object, string>();

function rowText(row: object): string {
  const known = TEXTS.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify(row);
  TEXTS.set(row, text);
  return text;
}

/** Undefined if nothing has changed. `next` is `parts`, printed. */
export function changesIn(
  parts: ViewParts,
  { before, next }: { readonly before: Printed; readonly next: Printed },
): Changes | undefined {
  const changes: Record<string, unknown> = {};
  for (const name of WHOLE) {
    if (before.whole.get(name) !== next.whole.get(name)) {
      changes[name] = parts[name];
    }
  }
  for (const name of ROWS) {
    const old = before.rows.get(name) ?? new Map();
    const now = next.rows.get(name) ?? new Map();
    const rows: readonly { readonly id: Id }[] = parts[name];
    const changed = rows.filter(({ id }) => old.get(id) !== now.get(id));
    const gone = [...old.keys()].filter((id) => !now.has(id));
    if (changed.length > 0) changes[name] = changed;
    if (gone.length > 0) changes[`${name}_gone`] = gone;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

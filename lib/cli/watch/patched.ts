/** A view with an event `patch` on top (docs/api.md, "Events"). Pure. */
import { isObject, type JsonObject } from "../../protocol/json.ts";

const ROWS = ["accounts", "turns", "decisions"] as const;

/** Undefined if it does not belong on this view: one between them is missing. */
export function patched(
  view: JsonObject,
  patch: JsonObject,
): JsonObject | undefined {
  const { seq } = view;
  if (typeof seq !== "number" || patch["seq"] !== seq + 1) return undefined;
  const rows = ROWS.map((name) => [
    name,
    mergedRows(view[name], patch[name], patch[`${name}_gone`]),
  ]);
  return { ...view, ...patch, ...Object.fromEntries(rows) };
}

/** In no order: its reader sorts. */
function mergedRows(
  before: unknown,
  changed: unknown,
  gone: unknown,
): readonly JsonObject[] {
  const rows = new Map<unknown, JsonObject>();
  for (const row of [...objectsIn(before), ...objectsIn(changed)]) {
    rows.set(row["id"], row);
  }
  for (const id of Array.isArray(gone) ? gone : []) rows.delete(id);
  return [...rows.values()];
}

export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

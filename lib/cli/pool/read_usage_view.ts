/** Reads the usage as an admin port shows it. Pure. */
import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import type { UsageRowView, UsageView } from "../../server/admin/usage_view.ts";
import { figuresIn } from "../../usage/lines.ts";

/** Undefined if it is not a list of days. */
export function readUsageView(body: JsonObject): UsageView | undefined {
  const listed = body["days"];
  if (!Array.isArray(listed)) return undefined;
  const days = listed.map(readRow).filter((row) => row !== undefined);
  return days.length === listed.length ? { days } : undefined;
}

function readRow(value: unknown): UsageRowView | undefined {
  if (!isObject(value)) return undefined;
  const day = stringField(value, "day");
  const model = stringField(value, "model");
  const figures = figuresIn(value);
  if (day === undefined || model === undefined || figures === undefined) {
    return undefined;
  }
  const account = stringField(value, "account") ?? null;
  const label = stringField(value, "label") ?? null;
  return { day, account, label, model, ...figures };
}

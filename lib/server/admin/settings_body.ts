/** Reads what a person sets for an account. Errors name the field. Pure. */
import { type Settings, SETTINGS_RANGE } from "../../accounts/pool/settings.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";

/** Any of the settings, but at least one, and nothing else. */
export function readSettings(
  body: JsonObject,
): Result<Partial<Settings>, string> {
  const given = Object.entries(body);
  const names = Object.keys(READERS).join(", ");
  if (given.length === 0) return err(`no setting; expected some of ${names}`);

  let changes: Partial<Settings> = {};
  for (const [name, value] of given) {
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (reader === undefined) {
      return err(`unknown setting \`${cut(name)}\`; expected some of ${names}`);
    }
    const read = reader(value);
    if (!read.ok) {
      return err(`${name} must be ${read.error}, not ${quoted(value)}`);
    }
    changes = { ...changes, ...read.value };
  }
  return ok(changes);
}

/** The error is what was expected. */
type Reader = (value: unknown) => Result<Partial<Settings>, string>;

const READERS: Readonly<Record<string, Reader>> = {
  paused: (value) =>
    typeof value === "boolean" ? ok({ paused: value }) : err("true or false"),
  priority: (value) => whole("priority", value),
  keep: (value) => whole("keep", value),
  weight: (value) => {
    if (value === null) return ok({ weight: undefined });
    const { least, most } = SETTINGS_RANGE.weight;
    return isWithin(value, SETTINGS_RANGE.weight)
      ? ok({ weight: value })
      : err(`a number from ${least} to ${most}, or null`);
  },
};

function whole(
  name: "priority" | "keep",
  value: unknown,
): Result<Partial<Settings>, string> {
  const range = SETTINGS_RANGE[name];
  return isWithin(value, range) && Number.isInteger(value)
    ? ok({ [name]: value })
    : err(`a whole number from ${range.least} to ${range.most}`);
}

function isWithin(
  value: unknown,
  { least, most }: { readonly least: number; readonly most: number },
): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

/** A parsed value as a message quotes it. */
export function quoted(value: unknown): string {
  return `\`${cut(JSON.stringify(value) ?? "undefined")}\``;
}

/**
 * The record in the file of an installed service: the wish it was made from and
 * the folders made for it. With it, later commands can check and remove the
 * service.
 */
import {
  isObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import type { MadeFolders, Plan, Wish } from "./plan.ts";
import type { Variables } from "./task_command.ts";

export interface RecordOptions {
  readonly made: readonly MadeFolders[];
  /** The variables that the file may show. */
  readonly environment: Variables;
}

export function recordOf(
  { wish, program }: Plan,
  { made, environment }: RecordOptions,
): JsonObject {
  return {
    runs: program.path,
    program: wish.program,
    flags: wish.flags,
    environment,
    secrets: Object.keys(wish.secrets),
    proxies: wish.proxies,
    roots: wish.roots,
    made,
  };
}

/** Secrets whose value is not in the record become empty. */
export function wishOf(record: JsonObject): Wish {
  const told = variablesIn(record);
  const names = stringsIn(record["secrets"]);
  const open = Object.entries(told).filter(([name]) => !names.includes(name));
  return {
    flags: stringsIn(record["flags"]),
    environment: Object.fromEntries(open),
    secrets: Object.fromEntries(names.map((name) => [name, told[name] ?? ""])),
    program: stringField(record, "program"),
    proxies: stringsIn(record["proxies"]),
    roots: stringsIn(record["roots"]),
  };
}

export function madeOf(record: JsonObject): readonly MadeFolders[] {
  const { made } = record;
  return Array.isArray(made)
    ? made.filter(isObject).map((folders) => ({
      dir: stringField(folders, "dir") ?? "",
      count: numberField(folders, "count") ?? 0,
    }))
    : [];
}

function variablesIn(record: JsonObject): Variables {
  const found = Object.entries(objectField(record, "environment") ?? {});
  return Object.fromEntries(
    found.flatMap(([name, text]) =>
      typeof text === "string" ? [[name, text]] : []
    ),
  );
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "string")
    : [];
}

/**
 * Reads the fields of a foreign JSON value, and keeps the first thing that is
 * wrong with them: the value as a whole is then not to be used. Pure.
 */
import { isObject, type JsonObject } from "../../protocol/json.ts";
import { cut } from "../../protocol/quote.ts";

/** `field` is the path of a value, as the error names it. */
export class FieldReader {
  #problem: string | undefined;

  /** What is wrong first; undefined if all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  object(value: unknown, field: string): JsonObject {
    return isObject(value) ? value : this.#wrong(field, "an object", value, {});
  }

  list(value: unknown, field: string): readonly unknown[] {
    return Array.isArray(value)
      ? value
      : this.#wrong(field, "a list", value, []);
  }

  text(value: unknown, field: string): string {
    return typeof value === "string"
      ? value
      : this.#wrong(field, "a text", value, "");
  }

  number(value: unknown, field: string): number {
    return typeof value === "number" && Number.isFinite(value)
      ? value
      : this.#wrong(field, "a number", value, 0);
  }

  flag(value: unknown, field: string): boolean {
    return typeof value === "boolean"
      ? value
      : this.#wrong(field, "true or false", value, false);
  }

  oneOf<T extends string>(
    names: readonly [T, ...T[]],
    value: unknown,
    field: string,
  ): T {
    const found = names.find((name) => name === value);
    const expected = `one of ${names.join(", ")}`;
    return found ?? this.#wrong(field, expected, value, names[0]);
  }

  /** Undefined for what is missing or null. */
  optional<T>(
    value: unknown,
    field: string,
    read: (value: unknown, field: string) => T,
  ): T | undefined {
    return value === undefined || value === null
      ? undefined
      : read(value, field);
  }

  #wrong<T>(field: string, expected: string, value: unknown, instead: T): T {
    const what = value === undefined
      ? "is missing"
      : `is ${cut(JSON.stringify(value) ?? typeof value)}`;
    this.#problem ??= `"${field}" ${what}, expected ${expected}`;
    return instead;
  }
}

/**
 * Why a chat request cannot be served, by the name of the parameter to blame.
 * The words are those of the OpenAI API where it has some.
 */
import { STATUS_CODE } from "@std/http";
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import type { CallerError } from "../failure.ts";

/** What a translation gives: a part of the request, or a refusal. */
export type Read<T> = Result<T, CallerError>;

export function refused(
  code: string | null,
  param: string,
  message: string,
): { readonly ok: false; readonly error: CallerError } {
  return err({ status: STATUS_CODE.BadRequest, code, message, param });
}

export function missing(param: string): Read<never> {
  return refused(
    "missing_required_parameter",
    param,
    `Missing required parameter: '${param}'.`,
  );
}

/** `expected`: with its article, such as `a string`. */
export function invalidType(
  param: string,
  value: unknown,
  expected: string,
): Read<never> {
  return refused(
    "invalid_type",
    param,
    `Invalid type for '${param}': expected ${expected}, but got ${
      quoted(value)
    }.`,
  );
}

export function invalidValue(
  param: string,
  value: unknown,
  supported: readonly string[],
): Read<never> {
  const list = supported.map((one) => `'${one}'`).join(", ");
  return refused(
    "invalid_value",
    param,
    `Invalid value for '${param}': ${
      quoted(value)
    }. Supported values are: ${list}.`,
  );
}

/** `why`: a whole sentence. */
export function unsupported(param: string, why: string): Read<never> {
  return refused(
    "unsupported_parameter",
    param,
    `Unsupported parameter: '${param}'. ${why}`,
  );
}

/** Reads all, or stops at the first that is refused. */
export function readEach<T, U>(
  list: readonly T[],
  read: (value: T, at: number) => Read<U>,
): Read<U[]> {
  const done: U[] = [];
  for (const [at, value] of list.entries()) {
    const one = read(value, at);
    if (!one.ok) return one;
    done.push(one.value);
  }
  return ok(done);
}

function quoted(value: unknown): string {
  return cut(JSON.stringify(value) ?? "nothing");
}

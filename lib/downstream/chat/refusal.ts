/**
 * Why a chat request cannot be served, by the name of the parameter to blame.
 * The words are those of the OpenAI API where it has some.
 */
import { cut } from "../../protocol/quote.ts";
import { err, ok, type Result } from "../../result.ts";
import { type CallerError, refused } from "../failure.ts";
import {
  missing as missingWords,
  type Refusal,
  unsupported as unsupportedWords,
  wrongType,
} from "../openai/refusal.ts";

/** What a translation gives: a part of the request, or a refusal. */
export type Read<T> = Result<T, CallerError>;

export function refuse(refusal: Refusal): Read<never> {
  return err(refused(refusal));
}

export function missing(param: string): Read<never> {
  return refuse(missingWords(param));
}

/** `expected`: with its article, such as `a string`. */
export function invalidType(
  param: string,
  value: unknown,
  expected: string,
): Read<never> {
  return refuse(wrongType(param, { expected, given: quoted(value) }));
}

export function invalidValue(
  param: string,
  value: unknown,
  supported: readonly string[],
): Read<never> {
  const list = supported.map((one) => `'${one}'`).join(", ");
  return refuse({
    code: "invalid_value",
    param,
    message: `Invalid value for '${param}': ${
      quoted(value)
    }. Supported values are: ${list}.`,
  });
}

/** `why`: a whole sentence. */
export function unsupported(param: string, why: string): Read<never> {
  return refuse(unsupportedWords(param, why));
}

/** The parameter may have another value, but not this one. */
export function unsupportedValue(param: string, why: string): Read<never> {
  return refuse({
    code: "unsupported_value",
    param,
    message: `Unsupported value: '${param}' ${why}.`,
  });
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

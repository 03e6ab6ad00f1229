/** Types of `assert.ts`: the signatures of `@std/assert`. */

/** Any constructor whose instances are `T`. */
// deno-lint-ignore no-explicit-any
export type AnyConstructor<T> = abstract new (...args: any[]) => T;

/** A constructor of errors of class `E`. */
// deno-lint-ignore no-explicit-any
export type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Throws unless `expr` is truthy, and narrows it. */
export function assert(expr: unknown, msg?: string): asserts expr;

/** Throws unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;

/** Throws if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;

/** Throws unless both are the same value by `Object.is`, and narrows it. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T;

/** Throws unless `actual` matches. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void;

/** Throws unless `expected` is part of `actual`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void;

/** Throws on `null` and `undefined`, and narrows the rest. */
export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T>;

/** Throws unless `actual` is an instance of the class, and narrows it. */
// deno-lint-ignore no-explicit-any
export function assertInstanceOf<T extends AnyConstructor<any>>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T>;

/** Throws unless `actual` is greater. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void;

/** Throws unless `actual` is less. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void;

/** Throws unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Throws unless `fn` throws an error of this class; returns that error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;

/** Rejects unless the promise of `fn` rejects; resolves to the reason. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Rejects unless `fn` rejects with this class; resolves to that error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;

/** Throws always. */
export function fail(msg?: string): never;

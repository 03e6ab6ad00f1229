/**
 * Expected failures as values: failures from the outside world are returned,
 * and only bugs are thrown.
 */

export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** Known at once, or later. `await` takes both, and a promise has its price. */
export type MaybePromise<T> = T | Promise<T>;

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

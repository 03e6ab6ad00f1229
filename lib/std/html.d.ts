/** Types of `html.ts`: the signature of `@std/html`. */

/** Escapes `&`, `<`, `>`, `"` and `'`, for text and for quoted attributes. */
export function escape(str: string): string;

/** Types of `toml.ts`: the signature of `@std/toml/parse`. */

/** Parses TOML 1.0; throws a `SyntaxError` with line and column. */
export function parse(tomlString: string): Record<string, unknown>;

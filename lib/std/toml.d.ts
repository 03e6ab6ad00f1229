/** Types of `toml.ts`: the signature of `@std/toml/parse`. */

/** Parses TOML 1.0; a `SyntaxError` says line and column. */
export function parse(tomlString: string): Record<string, unknown>;

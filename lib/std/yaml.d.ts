/** Types of `yaml.ts`: the part of the `@std/yaml` signature that we use. */

/** Parses one YAML document (1.2, core schema); throws a `SyntaxError`. */
export function parse(content: string): unknown;

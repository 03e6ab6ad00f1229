/**
 * Types of `cli.ts`: the part of the `@std/cli` signature that takes lists of
 * names. Dotted names and per-name alias types are left out.
 */

export interface ParseOptions<
  S extends string,
  B extends string,
  C extends string,
  N extends string,
  D extends object,
> {
  /** Names that are always strings, never numbers. */
  readonly string?: readonly S[];
  /** Names that take no value; false where absent. */
  readonly boolean?: readonly B[];
  /** Names that may be given more than once and become arrays. */
  readonly collect?: readonly C[];
  /** Names that may be negated as `--no-NAME`. */
  readonly negatable?: readonly N[];
  /** Default values. */
  readonly default?: D;
  /** Other spellings of a name. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Puts what follows `--` into the key `--`, not into `_`. */
  readonly "--"?: boolean;
  /** Puts everything after the first positional argument into `_`. */
  readonly stopEarly?: boolean;
  /** Called with arguments not named above; `false` leaves them out. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Value<K extends string, T, C extends string, D> = K extends C ? T[]
  : K extends keyof D ? T | D[K]
  : T extends boolean ? boolean
  : T | undefined;

/** The parsed arguments, `_` holding the positional ones. */
export type Args<
  S extends string = never,
  B extends string = never,
  C extends string = never,
  D extends object = Record<never, never>,
> =
  & { _: Array<string | number> }
  & { "--"?: string[] }
  & { [K in S]: Value<K, string, C, D> }
  & { [K in B]: Value<K, boolean, C, D> }
  & { [K in Exclude<C, S | B>]: Array<string | number | boolean> }
  & { [K in Exclude<keyof D, S | B | C>]: D[K] };

/** Parses command line arguments; undeclared names have type `unknown`. */
export function parseArgs(
  args: string[],
): Args & Record<string, unknown>;
/** Parses command line arguments as `options` declares them. */
export function parseArgs<
  const S extends string = never,
  const B extends string = never,
  const C extends string = never,
  const N extends string = never,
  const D extends object = Record<never, never>,
>(
  args: string[],
  options: ParseOptions<S, B, C, N, D>,
): Args<S, B, C, D>;
